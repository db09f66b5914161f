from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.entrypoints.cli.main import main
from tests.loopback import Loopback, answer

ROOT = Path(__file__).parents[2]
Dateline = Callable[..., int]
COMMANDS = """demo run collect digest summarize check eval doctor migrate backup restore outbox subscriptions
feeds topics config"""
RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Loop News</title><link>http://x.example</link>
<item><title>Syria and Qatar sign a power deal in Damascus</title><link>http://x.example/1</link></item>
</channel></rss>"""
PAGE = b"""<html><head><link rel="alternate" type="application/rss+xml" href="/rss" title="All"></head>
<body></body></html>"""


@pytest.fixture
def dateline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dateline:
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

    return run


def test_help_names_every_command(dateline: Dateline, capsys: pytest.CaptureFixture[str]) -> None:
    assert dateline("--help") == 0
    told = capsys.readouterr().out
    for command in COMMANDS.split():
        assert f" {command} " in told, command


@pytest.mark.parametrize(
    "args", [["nonsense"], ["digest", "--hours", "0"], ["feeds"], ["outbox", "settle", "1"]]
)
def test_misuse_is_exit_code_2(dateline: Dateline, args: list[str]) -> None:
    assert dateline(*args) == 2


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["digest", "syra"], "dateline topics list"),
        (["summarize", "nowhere.txt"], "no such file"),
        (["eval", "nonsense", "--data", "."], "one of"),
        (["eval", "feeds", "--data", "nowhere"], "no such data"),
        (["restore", "nowhere.db"], "no such backup"),
        (["feeds", "import", "nowhere.opml"], "no such file"),
        (["feeds", "remove", "nothing"], "dateline feeds list"),
        (["outbox", "settle", "7", "--arrived"], "ambiguous"),
        (["outbox", "retry", "7"], "failed"),
        (["config", "settle", "feed", "x", "--file"], "config diff"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_to_do_and_exit_code_2(
    dateline: Dateline, capsys: pytest.CaptureFixture[str], args: list[str], says: str
) -> None:
    assert dateline(*args) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert "Traceback" not in told.err
    assert told.out == ""


def test_a_mistake_in_a_file_stops_every_command_with_file_and_line(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("config/feeds.yaml").open("a", encoding="utf-8") as file:
        file.write("  mine:\n    url: https://x.example/f\n    outlett: bbc\n")
    lines = len(Path("config/feeds.yaml").read_text(encoding="utf-8").splitlines())
    assert dateline("feeds", "list") == 2
    told = capsys.readouterr().err
    assert "feeds.yaml" in told
    assert f"line {lines}" in told
    assert "outlet" in told


def test_a_mistake_in_env_stops_with_the_nearest_name(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(".env").write_text("TELEGRAM_TOKEN=1\n", encoding="utf-8")
    assert dateline("doctor") == 2
    assert "TELEGRAM_BOT_TOKEN" in capsys.readouterr().err


def test_doctor_tells_the_state_of_the_house(dateline: Dateline, capsys: pytest.CaptureFixture[str]) -> None:
    assert dateline("doctor", "--json") == 0
    rows = {row["check"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["database"]["state"] in ("ok", "note")
    assert "98 feeds" in rows["feeds"]["says"]
    assert "DATELINE_CHAT_ID" in rows["readers"]["says"]
    assert rows["telegram"]["state"] == rows["model"]["state"] == "note"


def test_lists_answer_in_json(dateline: Dateline, capsys: pytest.CaptureFixture[str]) -> None:
    assert dateline("feeds", "list", "--json") == 0
    feeds = json.loads(capsys.readouterr().out)
    assert len(feeds) == 98
    assert {"id", "url", "status", "last_code"} <= set(feeds[0])
    assert dateline("topics", "list", "--json") == 0
    assert [row["slug"] for row in json.loads(capsys.readouterr().out)] == [
        "syria",
        "us-china",
        "indo-pacific",
    ]
    assert dateline("subscriptions", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []
    assert dateline("outbox", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"paused": "", "deliveries": []}


def test_tables_are_printed_too(dateline: Dateline, capsys: pytest.CaptureFixture[str]) -> None:
    Path(".env").write_text("DATELINE_CHAT_ID=-100123\n", encoding="utf-8")
    for args in (
        ["feeds", "list"],
        ["topics", "list"],
        ["subscriptions", "list"],
        ["outbox", "list"],
        ["doctor"],
    ):
        assert dateline(*args) == 0, args
    told = capsys.readouterr().out
    assert "enab-baladi" in told
    assert "-100123" in told


def test_topics_explain_shows_the_arithmetic(dateline: Dateline, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        dateline("topics", "explain", "Turkey and Jordan send crews as wildfires burn in Latakia, Syria") == 0
    )
    assert "syria" in capsys.readouterr().out
    assert dateline("topics", "explain", "Chinese ships collide near Scarborough Shoal", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 3


def test_a_digest_of_an_empty_store_is_honest_in_every_form(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dateline("digest") == 0
    text = capsys.readouterr().out
    assert "98" in text
    assert dateline("digest", "syria", "--format", "json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document
    assert dateline("digest", "--format", "html", "--language", "ar") == 0
    assert 'dir="rtl"' in capsys.readouterr().out


async def test_feeds_are_found_added_listed_exported_and_removed(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Loopback() as web:
        web.on("/", answer(PAGE, content_type="text/html"))
        web.on("/rss", answer(RSS, content_type="application/rss+xml"))
        page, feed = web.url("/"), web.url("/rss")
        for args in (
            ["feeds", "discover", page],
            ["feeds", "add", page, "--id", "loop"],
            ["collect", "--json"],
        ):
            assert await asyncio.to_thread(dateline, *args) == 0, args
    told = capsys.readouterr().out
    assert feed in told
    assert "Loop News" in told
    assert await asyncio.to_thread(dateline, "feeds", "export") == 0
    opml = capsys.readouterr().out
    assert feed in opml
    assert await asyncio.to_thread(dateline, "config", "diff") == 0
    assert "loop" in capsys.readouterr().out
    await asyncio.to_thread(Path("all.opml").write_text, opml, encoding="utf-8")
    assert await asyncio.to_thread(dateline, "feeds", "remove", "loop") == 0
    assert await asyncio.to_thread(dateline, "feeds", "import", "all.opml") == 0
    assert "0 added" in capsys.readouterr().out


def test_config_is_exported_as_files_that_can_be_read_again(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dateline("config", "export", "out") == 0
    shutil.rmtree("config")
    shutil.copytree("out", "config")
    assert dateline("config", "diff") == 0
    assert "agree" in capsys.readouterr().out


def test_a_backup_is_made_and_restored_with_a_paused_outbox(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dateline("migrate") == 0
    assert dateline("feeds", "list") == 0
    assert dateline("backup", "copy.db") == 0
    assert dateline("restore", "copy.db") in (1, 2)  # there is something: not without --force
    assert dateline("restore", "copy.db", "--force") == 0
    capsys.readouterr()
    assert dateline("outbox", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)["paused"]
    assert dateline("outbox", "resume") == 0
    capsys.readouterr()
    assert dateline("outbox", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)["paused"] == ""


def test_check_takes_json_and_answers_json(
    dateline: Dateline, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = {
        "sources": ["The port of Tartus will get $800 million under a 30-year concession, DP World said."],
        "sentences": [f"The port will get ${n} million, DP World said." for n in (800, 900)],
    }
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(document)))
    assert dateline("check", "--json") == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first["ok"]
    assert not second["ok"]
    assert second["findings"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("{}"))
    assert dateline("check", "--json") == 2


def test_a_scraped_text_is_taken_apart_filed_and_summarized(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "tests" / "entrypoints" / "scraped.txt").read_text(encoding="utf-8")
    Path("page.txt").write_text(text, encoding="utf-8")
    assert dateline("summarize", "page.txt", "--json") == 0
    pieces = json.loads(capsys.readouterr().out)["pieces"]
    article = pieces[0]
    assert article["kind"] == "article"
    assert article["topics"] == ["syria"]
    assert article["summary"]["method"] == "extractive"
    assert article["summary"]["sentences"]
    assert all(sentence["sources"] == [1] for sentence in article["summary"]["sentences"])
    assert {piece["kind"] for piece in pieces} >= {"article", "teaser"}
    keys = {"title", "text", "kind", "language", "topics", "reason", "summary"}
    assert all(set(piece) >= keys for piece in pieces)
    assert article["captions"] == ["Cranes at the port of Tartus. [Photo: AFP]"]
    assert dateline("summarize", "page.txt") == 0
    assert "Tartus" in capsys.readouterr().out


def test_the_program_itself_starts_and_keeps_standard_output_for_answers(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "topics", "list", "--json"],
        cwd=ROOT,
        env={**os.environ, "DATELINE_DATA": str(tmp_path)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 3
