"""The command line in a folder of its own."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.entrypoints.cli.main import main

ROOT = Path(__file__).parents[2]
Dateline = Callable[..., int]


@pytest.fixture
def dateline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dateline]:
    """Runs a command in a folder of its own, in this process; gives the exit code."""
    for name in list(os.environ):
        if name.startswith(("DATELINE_", "OPENAI_", "TELEGRAM_")) and not name.startswith("DATELINE_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    for folder in ("config", "prompts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / ".env").write_text("DATELINE_ALLOW_PRIVATE=127.0.0.1\n", encoding="utf-8")

    def run(*args: str) -> int:
        monkeypatch.setattr(sys, "argv", ["dateline", *args])
        try:
            main()
        except SystemExit as done:
            return int(done.code or 0)
        return 0

    root = logging.getLogger()
    before = list(root.handlers)
    yield run
    root.handlers[:] = before  # a command's own writes to this test's standard error, which is closed then
