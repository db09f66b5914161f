"""One bot per data folder."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.errors import Misconfigured

NAME = "dateline.lock"


class FolderLock:
    """Held by the running bot, so that a second one on the same data folder stops with a clear line.

    The kernel gives it back when the process ends, however it ends; the file itself stays, and its text (the
    holder's process id) is only for reading. A command that merely writes beside a running bot does not
    take it: SQLite's own locks are enough for that.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None

    def acquire(self) -> None:
        """Take it, or fail at once; taking what is held already changes nothing.

        Raises:
            Misconfigured: another process holds it, or the folder cannot be written.
        """
        if self._file is not None:
            return
        file = self._open()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            held = error.errno in (errno.EWOULDBLOCK, errno.EACCES)
            holder = os.pread(file, 20, 0).decode(errors="replace").strip() if held else ""
            os.close(file)
            raise Misconfigured(
                "another Dateline runs on this folder" if held else "the folder cannot be locked",
                hint=f"stop process {holder or '(unknown)'} first, or give this one a folder of its own",
                folder=self._folder,
                process=holder or "unknown",
            ) from error
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        self._file = file

    def _open(self) -> int:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # O_CLOEXEC is Python's default: a child that outlives us must not keep the lock.
            return os.open(self._folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise Misconfigured(
                "the data folder cannot be written", hint="check its owner and rights", folder=self._folder
            ) from error

    def release(self) -> None:
        """Give it back."""
        if self._file is None:
            return
        with suppress(OSError):
            os.ftruncate(self._file, 0)
        os.close(self._file)
        self._file = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
