"""What ``dateline doctor`` finds, and the command or setting that it names for each."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.simulator import Simulator
from bot.adapters.store import migrate, open_store, warnings
from bot.entrypoints.cli.doctor import of_sqlite
from bot.errors import Code
from tests import make
from tests.entrypoints.conftest import Dateline
from tests.fake_llm import Reply, fake_llm
from tests.loopback import Loopback, answer, refused_port

TOKEN = "1234567:token-of-the-simulator-in-tests-000"
Row = dict[str, str]


def _env(**settings: object) -> None:
    lines = "".join(f"{name}={value}\n" for name, value in settings.items())
    Path(".env").write_text(lines, encoding="utf-8")


def _rows(dateline: Dateline, capsys: pytest.CaptureFixture[str], code: int) -> list[Row]:
    assert dateline("doctor", "--json") == code
    found: list[Row] = json.loads(capsys.readouterr().out)
    return found


def _of(rows: list[Row], check: str) -> Row:
    (row,) = [row for row in rows if row["check"] == check]
    return row


@asynccontextmanager
async def simulator(**chats: str) -> AsyncIterator[Simulator]:
    sim = Simulator(token=TOKEN, clock=SystemClock())
    for number, standing in chats.items():
        sim.world.add_chat(-int(number.removeprefix("chat")), "channel", f"Channel {number}")
        if standing != "administrator":
            sim.world.set_bot(-int(number.removeprefix("chat")), standing)
    await sim.start()
    try:
        yield sim
    finally:
        await sim.stop()


async def look(dateline: Dateline, capsys: pytest.CaptureFixture[str], code: int, **env: object) -> list[Row]:
    await asyncio.to_thread(_env, DATELINE_ALLOW_PRIVATE="127.0.0.1", DATELINE_EMBEDDER="none", **env)
    return await asyncio.to_thread(_rows, dateline, capsys, code)


@pytest.mark.parametrize("token", ["abc", "12345:", "bot12345:secret-words"])
async def test_a_token_that_is_none_is_named_and_hides_nothing_else(
    dateline: Dateline, capsys: pytest.CaptureFixture[str], token: str
) -> None:
    rows = await look(dateline, capsys, 1, TELEGRAM_BOT_TOKEN=token)
    row = _of(rows, "telegram")
    assert row["state"] == "bad"
    assert "@BotFather" in row["mend"]
    assert _of(rows, "database")["state"] in ("ok", "note")
    assert "98 feeds" in _of(rows, "feeds")["says"]


async def test_a_token_that_telegram_does_not_know(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    async with simulator() as sim:
        other = "7654321:" + "another-token-of-the-tests-000000"
        rows = await look(dateline, capsys, 1, TELEGRAM_BOT_TOKEN=other, DATELINE_TELEGRAM_API=sim.base_url)
    row = _of(rows, "telegram")
    assert (row["state"], "does not know" in row["says"]) == ("bad", True)
    assert "TELEGRAM_BOT_TOKEN" in row["mend"]
    assert "another-token" not in json.dumps(rows)


async def test_each_channel_in_which_the_bot_may_not_post_has_its_line(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    digests = {"a": "-1007", "b": "-1008", "c": "-1009"}
    body = "digests:\n" + "".join(f"  {k}: {{chat: '{v}', times: ['07:30']}}\n" for k, v in digests.items())
    await asyncio.to_thread(Path("config/digests.yaml").write_text, body, encoding="utf-8")
    async with simulator(chat1007="administrator", chat1008="member") as sim:
        rows = await look(dateline, capsys, 1, TELEGRAM_BOT_TOKEN=TOKEN, DATELINE_TELEGRAM_API=sim.base_url)
    assert _of(rows, "chats")["says"] == "may post in Channel chat1007"
    refused = {row["says"].split(":")[0]: row for row in rows if row["check"] == "chat"}
    assert set(refused) == {"-1008", "-1009"}
    assert {row["state"] for row in refused.values()} == {"bad"}
    assert "administrator who may post messages" in refused["-1008"]["mend"]
    assert "check the chat id" in refused["-1009"]["mend"]


@pytest.mark.parametrize(
    ("off", "state", "says"),
    [
        (timedelta(hours=2, seconds=30), "bad", r"clock is 2:00:\d\d behind Telegram's"),
        (timedelta(minutes=-5), "bad", r"clock is 0:05:\d\d ahead of Telegram's"),
        (timedelta(0), "ok", r"within \d+ s of Telegram's"),
    ],
)
async def test_a_clock_that_is_off_is_measured_by_telegrams_answer(
    dateline: Dateline, capsys: pytest.CaptureFixture[str], off: timedelta, state: str, says: str
) -> None:
    me = b'{"ok": true, "result": {"id": 1, "is_bot": true, "first_name": "D", "username": "d_bot"}}'
    async with Loopback() as web:
        date = format_datetime(SystemClock().now() + off, usegmt=True)
        web.otherwise(answer(me, content_type="application/json", date=date))
        rows = await look(
            dateline,
            capsys,
            1 if state == "bad" else 0,
            TELEGRAM_BOT_TOKEN=TOKEN,
            DATELINE_TELEGRAM_API=web.url("/bot"),
        )
    row = _of(rows, "clock")
    assert row["state"] == state
    assert re.search(says, row["says"])
    assert ("timedatectl" in row["mend"]) is (state == "bad")


def test_sqlite_with_the_wal_reset_bug_is_told_with_what_mends_it() -> None:
    url = "sqlite:///data/dateline.db"
    for old in ((3, 40, 1), (3, 51, 2)):
        found = of_sqlite("SQLite", warnings(url, old))
        assert found.state == "note"
        assert "can damage a database" in found.says
        assert "pip install 'dateline-digest[sqlite]'" in found.mend
    assert warnings(url, (3, 51, 3)) == warnings("postgresql://h/d", (3, 40, 1)) == ()
    assert of_sqlite("SQLite", ()).state == "ok"


async def test_no_embedder_is_a_note_with_the_setting_that_was_made(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    row = _of(await look(dateline, capsys, 0), "embedder")
    assert (row["state"], row["mend"]) == ("note", "DATELINE_EMBEDDER=auto in .env")


async def test_a_model_whose_server_does_not_answer(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    with refused_port() as port:
        rows = await look(dateline, capsys, 1, OPENAI_BASE_URL=f"http://127.0.0.1:{port}/v1")
    row = _of(rows, "model")
    assert (row["state"], "nobody answers" in row["says"]) == ("bad", True)
    assert "OPENAI_BASE_URL" in row["mend"]


async def test_a_model_that_is_there_costs_nothing_to_look_at(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    async with fake_llm(Reply("unused")) as llm:
        rows = await look(dateline, capsys, 0, OPENAI_BASE_URL=llm.url)
    assert _of(rows, "model")["state"] == "ok"
    assert llm.requests == []


@pytest.mark.parametrize(
    ("status", "body", "state", "mend"),
    [
        (401, b'{"error": {"message": "bad key"}}', "bad", "OPENAI_API_KEY"),
        (503, b"", "bad", "OPENAI_BASE_URL"),
        (200, b'{"object": "list", "data": [{"id": "qwen3:8b", "object": "model"}]}', "note", "ollama pull"),
        (200, b"<html>", "ok", ""),
    ],
)
async def test_what_a_models_server_says_is_told_apart(
    dateline: Dateline,
    capsys: pytest.CaptureFixture[str],
    status: int,
    body: bytes,
    state: str,
    mend: str,
) -> None:
    async with Loopback() as web:
        web.otherwise(answer(body, status=status, content_type="application/json"))
        rows = await look(dateline, capsys, 1 if state == "bad" else 0, OPENAI_BASE_URL=web.url("/v1"))
    row = _of(rows, "model")
    assert row["state"] == state
    assert mend in row["mend"]


async def _polled(*failures: tuple[str, Code | None, bool]) -> None:
    """The house's database with these feeds asked: (id, code, whether it was ever read)."""
    url = "sqlite:///data/dateline.db"
    await migrate(url)
    store = open_store(url, clock=SystemClock())
    now = SystemClock().now()
    async with store.begin() as tx:
        for name, code, read in failures:
            await tx.put_feeds([make.feed(name)])
            learnt = {"polls": 3, "failures": 3 if code else 0, "last_code": code}
            after = make.feed(name, **learnt, last_success_at=now if read else None)
            await tx.record_polls([make.poll(after, polled_at=now, code=code)])
    await store.close()


async def test_feeds_that_never_worked_are_named_with_what_to_try(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("fine", "away", "page")
    feeds = "feeds:\n" + "".join(f"  {n}: {{url: 'https://{n}.example/rss'}}\n" for n in names)
    await asyncio.to_thread(Path("config/feeds.yaml").write_text, feeds, encoding="utf-8")
    await _polled(("fine", None, True), ("away", Code.DNS, False), ("page", Code.HTML_PAGE, False))
    rows = await look(dateline, capsys, 0)
    assert _of(rows, "feeds")["says"].startswith("3 feeds, 2 failing")
    never = {row["says"].split()[0]: row for row in rows if row["check"] == "feed"}
    assert set(never) == {"away", "page"}
    assert never["away"]["says"] == "away never worked (dns): https://away.example/rss"
    assert "slip in the name" in never["away"]["mend"]
    assert "feeds discover" in never["page"]["mend"]


async def test_when_no_feed_was_ever_read_it_is_the_network(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    feeds = "feeds:\n  away: {url: 'https://away.example/rss'}\n"
    await asyncio.to_thread(Path("config/feeds.yaml").write_text, feeds, encoding="utf-8")
    await _polled(("away", Code.TIMEOUT, False))
    row = _of(await look(dateline, capsys, 1), "feeds")
    assert (row["state"], "network" in row["mend"]) == ("bad", True)


async def test_people_see_what_to_do_below_each_finding(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.to_thread(_env, TELEGRAM_BOT_TOKEN="abc", DATELINE_EMBEDDER="none")
    assert await asyncio.to_thread(dateline, "doctor") == 1
    lines = capsys.readouterr().out.splitlines()
    at = next(number for number, line in enumerate(lines) if "does not look like one" in line)
    assert lines[at].startswith("✗ telegram")
    assert lines[at + 1].strip().startswith("→ write TELEGRAM_BOT_TOKEN=")
    assert lines[-1] == "1 thing needs a hand."
