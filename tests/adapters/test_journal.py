from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters import journal
from bot.errors import Broken, Code
from bot.events import logger

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


@pytest.fixture
def _own_handlers() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def _crash(said: str) -> None:
    try:
        int(said)
    except ValueError:
        logger("x").exception("crashed", token=TOKEN)
        logging.getLogger("a.library").exception("failed with %s", TOKEN)


@pytest.mark.usefixtures("_own_handlers")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_token_is_in_no_field_and_in_no_traceback(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    journal.set_up("DEBUG", form)
    _crash(f"https://api.telegram.org/bot{TOKEN}/getMe")
    told = capsys.readouterr().err
    assert "crashed" in told
    assert told.count("Traceback") == 2
    assert told.count("<token>") >= 4
    assert TOKEN not in told


@pytest.mark.usefixtures("_own_handlers")
def test_an_event_of_ours_and_a_line_of_a_library_are_json_objects_alike(
    capsys: pytest.CaptureFixture[str],
) -> None:
    journal.set_up("INFO", "json")
    failure = Broken("no feed", code=Code.GONE, feed="a")
    logger("collect").info("feed_polled", feed="a", new=3, code=Code.GONE, error=failure, file=Path("b"))
    logger("collect").debug("unseen")
    logging.getLogger("some.library").warning("it took %d s", 3)
    ours, other = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert ours.pop("timestamp").endswith("+00:00")
    assert ours == {
        "level": "info",
        "logger": "dateline.collect",
        "event": "feed_polled",
        "feed": "a",
        "new": 3,
        "code": "gone",
        "error": "no feed: feed a",
        "file": "b",
    }
    assert (other["logger"], other["event"], other["level"]) == ("some.library", "it took 3 s", "warning")


@pytest.mark.usefixtures("_own_handlers")
def test_json_stays_json_whatever_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    journal.set_up("INFO", "json")
    logger("x").info("asked", url="https://a:b@c.example/?token=x&y=1", note="q?key=z", mail="a@b", at="c:d")
    told = json.loads(capsys.readouterr().err)
    assert told["url"] == "https://<user>:<password>@c.example/?token=<secret>&y=1"
    assert (told["note"], told["mail"], told["at"]) == ("q?key=<secret>", "a@b", "c:d")


@pytest.mark.usefixtures("_own_handlers")
def test_for_people_an_event_is_a_line_of_fields(capsys: pytest.CaptureFixture[str]) -> None:
    journal.set_up("INFO")
    logger("collect").info("feed_polled", feed="a", new=3, title="Two words")
    line = capsys.readouterr().err
    assert "info" in line
    assert "dateline.collect" in line
    assert line.split("feed_polled")[1].split() == [
        "[dateline.collect]",
        "feed=a",
        "new=3",
        "title='Two",
        "words'",
    ]


def test_an_event_is_readable_to_handlers_that_know_nothing_of_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logger("x").warning("step_failed", step="poll", code=None, error=ValueError("no"))
    assert caplog.records[-1].getMessage() == "step_failed step=poll error=no"
    assert caplog.records[-1].name == "dateline.x"
