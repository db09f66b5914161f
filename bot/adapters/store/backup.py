"""Backups: made while the bot runs, checked before they count, restored with the outbox paused."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL

from bot.adapters.store.engine import SQLITE, connect_sqlite, parse_url, sqlite_path, where
from bot.adapters.store.folder import FolderLock
from bot.adapters.store.migration import (
    alone,
    forget_file,
    refuse_newer,
    replace_file,
    upgrade_file,
)
from bot.adapters.store.outbox import PAUSED
from bot.errors import Broken, Misconfigured, Transient

# Tables whose rows somebody would miss.
_DEAR = ("feeds", "articles", "subscriptions", "deliveries", "declared")


async def backup(url: str, target: Path) -> Path:
    """Copies the database to this file, whole and checked; the bot may be running. Gives the file.

    SQLite by ``VACUUM INTO``: SQLite's backup call starts again at every write of another connection (50 s
    against 0.1 s). PostgreSQL by ``pg_dump`` (custom format).

    Raises:
        Misconfigured: the file exists already, there is no database, or no ``pg_dump``.
        Transient: it could not be written. Broken: what was written is damaged.
    """
    await asyncio.to_thread(_backup, parse_url(url), target)
    return target


async def restore(saved: Path, url: str, *, force: bool = False) -> Path | None:
    """Puts a SQLite backup in the place of the database; gives where the old one is kept, if any.

    The restored outbox starts paused: what was pending at the time of the backup may have been sent since.

    Raises:
        Misconfigured: a bot is running on the folder; the database holds something and not ``force``; the
            backup is none, is damaged or is newer than this program; the database is PostgreSQL (use
            ``pg_restore``).
        Transient: another process has the database open.
    """
    parsed = parse_url(url)
    file = sqlite_path(parsed)
    if file is None:
        raise Misconfigured(
            "Dateline restores SQLite only",
            hint="for PostgreSQL: pg_restore --clean --if-exists -d ADDRESS FILE; the outbox starts paused",
        )
    with FolderLock(file.parent):
        return await asyncio.to_thread(_restore, saved, parsed, file, force)


def _backup(url: URL, target: Path) -> None:
    if target.exists():
        raise Misconfigured("the backup's file exists already", hint="choose another name", file=target)
    unfinished = target.with_name(target.name + ".unfinished")
    forget_file(unfinished)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        file = sqlite_path(url)
        if file is None:
            _dump(url, unfinished)
        else:
            _vacuum(file, unfinished)
        replace_file(unfinished, target)
    except OSError as error:
        raise Transient("the backup could not be written", hint="is the disk full?", file=target) from error
    finally:
        forget_file(unfinished)


def _vacuum(file: Path, target: Path) -> None:
    if not file.exists():
        raise Misconfigured("there is no database to back up", hint="run: dateline migrate", database=file)
    try:
        with closing(connect_sqlite(file)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except SQLITE.Error as error:
        raise Transient("the backup could not be written", hint="is the disk full?", file=target) from error
    problem = _problem(target)
    if problem:
        raise Broken(f"the backup is damaged ({problem})", hint="is the disk failing?", file=target)


def _dump(url: URL, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise Misconfigured(
            "pg_dump is not on the PATH", hint="install PostgreSQL's client programs of the server's version"
        )
    # The password goes by the environment: arguments are for everybody to read.
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(  # noqa: S603 - our own program and a checked address
        [program, "--format=custom", f"--file={target}", f"--dbname={address}"],
        env=os.environ | secret,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise Misconfigured(
            f"pg_dump failed ({said[-1] if said else done.returncode})",
            hint="its version must not be older than the server's",
            database=where(url),
        )


def _problem(file: Path) -> str:
    """What is wrong with this SQLite file, "" when nothing is."""
    try:
        with closing(connect_sqlite(file)) as connection:
            rows = connection.execute("PRAGMA integrity_check(1)").fetchall()
            found = str(rows[0][0]) if rows else "no answer"
            if found != "ok":
                return found
            tables = {
                row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
    except SQLITE.Error as error:
        return str(error)
    return "" if tables >= {*_DEAR, "alembic_version"} else "it holds no Dateline tables"


def _restore(saved: Path, url: URL, file: Path, force: bool) -> Path | None:
    if not saved.is_file():
        raise Misconfigured("there is no such backup", file=saved)
    copy = file.with_name(file.name + ".restoring")
    forget_file(copy)
    try:
        shutil.copyfile(saved, copy)
        _prepare(copy, saved, url)
        return _swap(copy, file, force)
    except OSError as error:
        raise Transient("the backup could not be copied", hint="is the disk full?", file=copy) from error
    finally:
        forget_file(copy)


def _prepare(copy: Path, saved: Path, url: URL) -> None:
    """Checks the copy, brings it to this program's version and pauses its outbox."""
    problem = _problem(copy)
    if problem:
        raise Misconfigured(f"this backup cannot be used ({problem})", hint="try an older one", file=saved)
    with closing(connect_sqlite(copy)) as connection:
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    refuse_newer(rows[0][0] if rows else None, str(saved))
    upgrade_file(url, copy)
    with closing(connect_sqlite(copy)) as connection:
        connection.execute(
            "INSERT INTO notes (key, value) VALUES (?, ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (PAUSED, f"restored from {saved.name}"),
        )


def _swap(copy: Path, file: Path, force: bool) -> Path | None:
    if not file.exists():
        replace_file(copy, file)
        return None
    with closing(alone(file)) as connection:
        if not force and _holds_something(connection):
            raise Misconfigured(
                "the database is not empty", hint="add --force; the old file will be kept", database=file
            )
        kept = _free_name(file)
        os.link(
            file, kept
        )  # both names, then one step: a kill leaves the old or the new in place, never nothing
        replace_file(copy, file)
    return kept


def _holds_something(connection: SQLITE.Connection) -> bool:  # type: ignore[name-defined]
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return any(
        connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()  # noqa: S608 - a name of our own
        for name in _DEAR
        if name in tables
    )


def _free_name(file: Path) -> Path:
    """``dateline.db.before-restore``, numbered if there is one: that may be the last good copy."""
    kept = file.with_name(file.name + ".before-restore")
    number = 2
    while kept.exists():
        kept = file.with_name(f"{file.name}.before-restore-{number}")
        number += 1
    return kept
