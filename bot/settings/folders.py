"""The folders of ``config/`` and ``prompts/``: where they are, what is in them, whether it has changed."""

from __future__ import annotations

import contextlib
import importlib.resources
from pathlib import Path

from bot.errors import Misconfigured
from bot.events import logger

log = logger("settings")

READ_AT_MOST = 100_000
"""Bytes of a prompt file that are read: one that is longer is refused by its length."""


def folder_of(name: str, wanted: Path) -> Path:
    """The folder of ``config`` or ``prompts``: the wanted one, else the package's own defaults."""
    return wanted if wanted.is_dir() or wanted != Path(name) else defaults_of(name)


def defaults_of(name: str) -> Path:
    """The defaults of ``config`` or ``prompts``: in the installed package, or in the checkout around it."""
    package = Path(str(importlib.resources.files("bot")))
    installed = package / "defaults" / name
    return installed if installed.is_dir() else package.parent / name


def samples_of(prompts: Path) -> Path:
    """The folder of the samples on which prompts are tried; the package's own where the house has none."""
    own = folder_of("prompts", prompts) / "samples"
    return own if own.is_dir() else defaults_of("prompts") / "samples"


def read_text(path: Path) -> str:
    """A file of ``prompts/``. Raises Misconfigured where it cannot be read, or is no text in UTF-8."""
    try:
        with path.open("rb") as file:
            return file.read(READ_AT_MOST).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured("cannot read the prompt", hint="a text file in UTF-8", file=path) from error


def prompt_texts(folder: Path) -> dict[str, str]:
    """Name -> text of the prompt files there; one that is no text in UTF-8 counts as an empty one."""
    found = {}
    for path in sorted(folder.glob("*.prompt.md")):
        try:
            found[path.name.removesuffix(".prompt.md")] = read_text(path)
        except Misconfigured as error:
            log.error("prompt_file_broken", error=error)  # noqa: TRY400 - it says it all
            found[path.name.removesuffix(".prompt.md")] = ""
    return found


class FolderWatch:
    """Whether the files of some folders have changed since the last look that said so.

    A change counts when the files look the same twice: an editor may be in the middle of writing.
    """

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._told = self._seen = self._look()

    def changed(self) -> bool:
        """True once for each change that has settled."""
        before, self._seen = self._seen, self._look()
        if self._seen == self._told or self._seen != before:
            return False
        self._told = self._seen
        return True

    def _look(self) -> frozenset[tuple[str, int, int]]:
        found = set()
        for path in (path for folder in self._folders for path in folder.iterdir() if _is_ours(path)):
            with contextlib.suppress(OSError):  # gone since it was listed
                state = path.stat()
                found.add((path.name, state.st_mtime_ns, state.st_size))
        return frozenset(found)


def _is_ours(path: Path) -> bool:
    return path.name.endswith((".yaml", ".prompt.md"))
