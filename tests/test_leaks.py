"""The watch over the logs sees a leak; and what would leak is masked before anybody sees it."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters import journal
from bot.events import logger as events
from tests.leaks import watched

TOKEN = "765432:a-token_that-was-planted-in-a-log-00"


def _leak(said: str) -> list[str]:
    """What the watch finds when this is said in every way that there is."""
    logger = logging.getLogger("telegram.ext.ExtBot")
    with watched() as leaks:
        logger.debug("calling %s", said)
        logging.getLogger("asyncio").warning("Executing <Task url=/bot%s/getMe> took 3 s", said)
        try:
            raise RuntimeError(f"cannot reach /bot{said}/sendMessage")
        except RuntimeError:
            logger.exception("it failed")
        events("x").info("posted", address=f"/bot{said}/sendMessage", part=1)
        try:
            raise RuntimeError(f"cannot reach /bot{said}/getMe")
        except RuntimeError:
            events("x").exception("crashed")
        assert leaks.seen == 5
        return leaks.found


def test_a_hidden_token_is_in_no_record_of_any_logger(caplog: pytest.LogCaptureFixture) -> None:
    journal.hide(TOKEN)
    assert _leak(TOKEN) == []
    assert _leak(f"half of it: {TOKEN.split(':')[1]}") == []
    assert TOKEN.split(":")[1] not in caplog.text
    assert "<token>" in caplog.text
    assert "RuntimeError: cannot reach /bot<token>/sendMessage" in caplog.text
    assert journal.mask(f"https://api.telegram.org/bot{TOKEN}/x") == "https://api.telegram.org/bot<token>/x"


def test_a_logger_that_was_made_quiet_is_watched_all_the_same() -> None:
    journal.hide(TOKEN)
    quiet = logging.getLogger("telegram")
    before = quiet.level
    quiet.setLevel(logging.WARNING)
    try:
        assert _leak(TOKEN) == []
        assert quiet.level == logging.WARNING
    finally:
        quiet.setLevel(before)


def test_a_test_that_leaks_fails(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[1]
    (tmp_path / "conftest.py").write_text("from tests.conftest import _no_token_in_a_log\n")
    (tmp_path / "test_it.py").write_text(
        "import logging\n"
        "def test_leaks(): logging.getLogger('aiohttp.x').debug('at ' + '222222:a-token-that-this-leaks')\n"
        "def test_does_not(): logging.getLogger('aiohttp.client').debug('nothing')\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    done = subprocess.run(
        [*command, "-c", str(root / "pyproject.toml"), "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "a bot token in a log" in done.stdout
    assert "1 error" in done.stdout
    assert "2 passed" in done.stdout
