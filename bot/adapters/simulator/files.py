"""Files that people and the bot sent: kept in memory, told about by ``getFile``, served for download."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.adapters.simulator.chats import Json
from bot.adapters.simulator.refusals import bad_request

_MOST_DOWNLOAD = 20 << 20  # bytes; bots may not download more (https://core.telegram.org/bots/api#getfile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One file."""

    id: str
    path: str
    name: str
    mime: str
    data: bytes

    def json(self) -> Json:
        """A Document as the API shows it."""
        return {
            "file_id": self.id,
            "file_unique_id": f"u{self.id[4:]}",
            "file_size": len(self.data),
            "file_name": self.name,
            "mime_type": self.mime,
        }


class Files:
    """All files of a simulated world."""

    def __init__(self) -> None:
        self._by_id: dict[str, Kept] = {}
        self._by_path: dict[str, Kept] = {}

    def keep(self, name: str, mime: str, data: bytes, *, folder: str = "documents") -> Kept:
        """Take a file in. Its path has the name's suffix only, as with the original."""
        number = len(self._by_id)
        suffix = PurePosixPath(name).suffix
        kept = Kept(
            id=f"file{number:06d}",
            path=f"{folder}/file_{number}{suffix if suffix[1:].isalnum() else ''}",
            name=name,
            mime=mime,
            data=data,
        )
        self._by_id[kept.id] = self._by_path[kept.path] = kept
        return kept

    def known(self, file: str) -> Kept | None:
        """The file with this id."""
        return self._by_id.get(file)

    def at(self, path: str) -> Kept | None:
        """The file with this path."""
        return self._by_path.get(path)

    def told(self, file: str) -> Json:
        """A File as ``getFile`` gives it. Raises Refusal: unknown, or over 20 MB."""
        kept = self._by_id.get(file)
        if kept is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if len(kept.data) > _MOST_DOWNLOAD:
            raise bad_request("file is too big")
        shown = {name: kept.json()[name] for name in ("file_id", "file_unique_id", "file_size")}
        return {**shown, "file_path": kept.path}
