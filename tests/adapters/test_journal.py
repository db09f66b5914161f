from __future__ import annotations

import logging

import pytest

from bot.adapters import journal

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture(autouse=True)
def _no_token_in_a_log() -> None:
    """Not watched: a token that nobody announced is logged here on purpose, to see it masked."""


@pytest.mark.parametrize(
    "text",
    [
        f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
        "Authorization: Bearer sk-proj-abcdef1234567890",
        "https://user:hunter2@feeds.example/rss",
        "https://feeds.example/rss?api_key=hunter2&x=1",
        "https://feeds.example/rss?x=1&TOKEN=hunter2",
    ],
)
def test_secrets_are_masked_in_any_text(text: str) -> None:
    masked = journal.mask(text)
    assert masked != text
    for secret in (TOKEN, "sk-proj", "hunter2"):
        assert secret not in masked


def test_a_traceback_that_holds_a_token_is_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        journal.set_up("DEBUG")
        try:
            int(f"https://api.telegram.org/bot{TOKEN}/getMe")
        except ValueError:
            logging.getLogger("dateline.x").exception("failed token=%s", TOKEN)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    told = capsys.readouterr().err
    assert "failed" in told
    assert "Traceback" in told
    assert TOKEN not in told
