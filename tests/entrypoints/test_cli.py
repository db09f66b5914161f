from __future__ import annotations

import ast
import asyncio
import importlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import typer

from bot.adapters.clock import SystemClock
from bot.adapters.simulator import Simulator
from bot.entrypoints.cli import session
from bot.entrypoints.cli.main import COMMANDS as LISTED
from bot.entrypoints.cli.main import loaded
from bot.types import Feedback, Person, PlacementKind, Press, Role, StoryId, TopicSlug
from tests import make
from tests.loopback import Loopback, answer

ROOT = Path(__file__).parents[2]
Dateline = Callable[..., int]
COMMANDS = """demo run collect digest summarize check eval doctor migrate backup restore outbox subscriptions
feeds topics stories prompts config"""
TOKEN = "1234567:token-of-the-simulator-in-tests-000"
RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Loop News</title><link>http://x.example</link>
<item><title>Syria and Qatar sign a power deal in Damascus</title><link>http://x.example/1</link></item>
</channel></rss>"""
PAGE = b"""<html><head><link rel="alternate" type="application/rss+xml" href="/rss" title="All"></head>
<body></body></html>"""


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
        (["config", "settle", "feed", "x"], "--file or --database"),
        (["config", "settle", "feeds", "x", "--file"], "'feeds' is not one of"),
        (["outbox", "settle", "7"], "--arrived or --resend"),
        (["digest", "--language", "xx"], "ISO 639-1"),
        (["summarize", "nowhere.txt", "--language", "english"], "--language"),
        (["topics", "explain", ""], "there is no text"),
        (["topics", "explain", "nowhere.txt"], "no such file"),
        (["feeds", "add", "ftp://x.example/feed"], "https://example.org/feed"),
        (["feeds", "add", "two words"], "https://example.org/feed"),
        (["feeds", "export", "nowhere/all.opml"], "nowhere/all.opml"),
        (["config", "export", "config"], "--force"),
        (["config", "export", ".env"], ".env"),
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


def test_every_failure_that_the_command_line_and_the_settings_raise_says_what_to_do() -> None:
    for folder in ("entrypoints", "settings"):
        for path in (ROOT / "bot" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                if node.func.id in ("Misconfigured", "Broken", "Transient"):
                    assert "hint" in {word.arg for word in node.keywords}, f"{path.name}:{node.lineno}"


def test_the_version_is_told(dateline: Dateline, capsys: pytest.CaptureFixture[str]) -> None:
    assert dateline("--version") == 0
    assert re.fullmatch(r"dateline \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)


def test_a_folder_that_cannot_be_used_is_told(dateline: Dateline, capsys: pytest.CaptureFixture[str]) -> None:
    Path("taken").write_text("", encoding="utf-8")
    Path(".env").write_text("DATELINE_DATA=taken\n", encoding="utf-8")
    assert dateline("doctor") == 2
    told = capsys.readouterr().err
    assert "taken" in told
    assert "Traceback" not in told


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
    assert "DATELINE_CHAT_ID" in rows["readers"]["mend"]
    assert rows["telegram"]["state"] == rows["model"]["state"] == "note"


async def test_doctor_asks_telegram_whether_the_bot_may_post(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    simulator = Simulator(token=TOKEN, clock=SystemClock())
    simulator.world.add_chat(-1007, "channel", "Morning news")
    await simulator.start()
    try:
        lines = f"TELEGRAM_BOT_TOKEN={TOKEN}\nDATELINE_TELEGRAM_API={simulator.base_url}\n"
        for chat, code, says in (("-1007", 0, "may post in Morning news"), ("-1008", 1, "check the chat id")):
            env = f"{lines}DATELINE_CHAT_ID={chat}\n"
            await asyncio.to_thread(Path(".env").write_text, env, encoding="utf-8")
            assert await asyncio.to_thread(dateline, "doctor") == code
            assert says in capsys.readouterr().out
    finally:
        await simulator.stop()


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


def test_topics_lessons_are_listed_explained_and_forgotten(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    async def seed() -> None:
        async with session.app() as opened, opened.deps.store.begin() as tx:
            await tx.put_person(Person(id="5", role=Role.OWNER))
            for number in (1, 2, 3):
                await tx.add_feedback(
                    Feedback(
                        chat="5",
                        user="5",
                        story=StoryId(number),
                        topic=TopicSlug("syria"),
                        press=Press.WRONG_TOPIC,
                        counts=True,
                        at=make.NOW,
                        shown={"headline": "Bakery of Damascus"},
                    )
                )

    assert dateline("topics", "lessons") == 0
    assert "None." in capsys.readouterr().out
    asyncio.run(seed())
    assert dateline("topics", "lessons", "--json") == 0
    assert [row["term"] for row in json.loads(capsys.readouterr().out)] == ["bakery"]
    assert dateline("topics", "explain", "A bakery opens in Damascus") == 0
    told = capsys.readouterr().out
    assert "taught by presses 0.30" in told
    assert "3 presses of owner and editors on 3 stories" in told
    assert dateline("topics", "forget", "syria", "soap") == 2
    assert "`dateline topics lessons` lists them" in capsys.readouterr().err
    assert dateline("topics", "forget", "syra") == 2
    assert "syria" in capsys.readouterr().err
    assert dateline("topics", "forget", "syria", "bakery") == 0
    assert dateline("topics", "lessons") == 0
    assert "\nNone. It takes three presses" in capsys.readouterr().out


def test_stories_explain_shows_why_a_story_is_where_it_is(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dateline("stories", "explain", "1") == 2
    assert "no such story" in capsys.readouterr().err

    async def seed() -> None:
        async with session.app() as opened, opened.deps.store.begin() as tx:
            ident, _ = await tx.add_article(
                make.article(1, title="Troops leave Aleppo", text="The army left at dawn.", outlet="bbc")
            )
            await tx.apply(
                [make.placement(ident, 1, kind=PlacementKind.FOUND)],
                [make.story(1, ident, title="Troops leave Aleppo")],
            )

    asyncio.run(seed())
    capsys.readouterr()
    assert dateline("stories", "explain", "1") == 0
    told = capsys.readouterr().out
    assert "single source" in told
    assert "Aleppo: title 1" in told
    assert dateline("stories", "explain", "1", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["importance"]["voices"] == 1
    assert document["topics"]["syria"]["match"] is True
    assert document["placement"][0]["kind"] == "found"
    assert document["timeline"]["phase"] == "fading"
    assert [moment["outlet"] for moment in document["timeline"]["moments"]] == ["bbc"]


@pytest.mark.slow
def test_stories_are_listed_split_merged_and_the_corrections_taken_back(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    titles = ("Syrian army ship sinks off Latakia with 90", "Syrian army ship sinks off Latakia, 90 aboard")
    now = SystemClock().now()

    async def seed() -> None:
        async with session.app() as opened:
            async with opened.deps.store.begin() as tx:
                for number, title in enumerate(titles, 1):
                    one = make.article(number, title=title, text=f"{title}.", outlet=f"o{number}")
                    at = now - timedelta(minutes=3 - number)  # of one moment, their addresses would decide
                    await tx.add_article(replace(one, published_at=at, seen_at=at))
            await opened.work("place")

    def said() -> str:
        return capsys.readouterr().out

    asyncio.run(seed())
    assert dateline("stories", "list") == 0
    assert "Syrian army ship sinks" in said()
    assert dateline("stories", "explain", "1") == 0
    told = said()
    assert "article 2, o2: Syrian army ship sinks off Latakia, 90 aboard" in told
    assert "joined, similarity" in told
    assert "to its article 1: title " in told
    assert dateline("stories", "split", "1", "2") == 0
    assert "1 article of story 1 became story 2, by hand" in said()
    assert dateline("stories", "split", "1", "2") == 2
    assert "the story has no such article" in capsys.readouterr().err
    assert dateline("stories", "merge", "1", "2") == 0
    assert "story 2 (1 article) merged into 1, by hand" in said()
    assert dateline("stories", "merge", "1", "2") == 2
    assert "one story already" in capsys.readouterr().err
    assert dateline("stories", "corrections", "--json", "--by-hand") == 0
    listed = json.loads(said())
    assert [row["split"] for row in listed] == [False, True]
    assert dateline("stories", "explain", "1") == 0
    assert f"correction {listed[0]['correction']}: story 2 (1 article) merged into 1" in said()
    assert dateline("stories", "undo", str(listed[0]["correction"])) == 0
    assert "1 article of story 1 became story 3" in said()
    assert dateline("stories", "explain", "2", "--json") == 0
    assert json.loads(said())["story"] == 3  # the old address leads to what it meant
    assert dateline("stories", "undo", "99") == 2
    assert "`dateline stories corrections` lists them" in capsys.readouterr().err


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


@pytest.mark.slow
async def test_feeds_are_found_added_listed_exported_and_removed(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Loopback() as web:
        web.on("/", answer(PAGE, content_type="text/html"))
        web.on("/rss", answer(RSS, content_type="application/rss+xml"))
        web.on("/other", answer(RSS, content_type="application/rss+xml"))
        web.on("/plain", answer(b"<html><body>nothing</body></html>", content_type="text/html"))
        page, feed, other = web.url("/"), web.url("/rss"), web.url("/other")

        async def told(code: int, *args: str) -> str:
            assert await asyncio.to_thread(dateline, *args) == code, args
            said = capsys.readouterr()
            return said.out + said.err

        assert feed in await told(0, "feeds", "discover", page)
        assert feed in await told(0, "feeds", "discover", feed)  # it is one itself
        assert "names no feed" in await told(1, "feeds", "discover", web.url("/plain"))
        assert "Loop News" in await told(0, "feeds", "add", page, "--id", "loop")
        assert "did you mean syria?" in await told(2, "feeds", "add", feed, "--topic", "syra")
        assert "cannot be an id" in await told(2, "feeds", "add", other, "--id", "Bad Id")
        assert "known as loop" in await told(2, "feeds", "add", feed, "--id", "again")
        await told(0, "collect", "--json")
        opml = await told(0, "feeds", "export")
        assert feed in opml
        assert "added feed loop" in await told(0, "config", "diff")
        await asyncio.to_thread(Path("all.opml").write_text, opml, encoding="utf-8")
        assert "`dateline feeds add loop`" in await told(0, "feeds", "remove", "loop")
        assert "0 added" in await told(0, "feeds", "import", "all.opml")
        await told(0, "feeds", "add", feed)  # the same feed, not a second one
        twice = [web.url("/other?x=1"), web.url("/other?x=2")]
        for address in twice:
            await told(0, "feeds", "add", address)
        rows = json.loads(await told(0, "feeds", "list", "--json"))
        ours = {row["url"]: (row["id"], row["status"]) for row in rows if "127.0.0.1" in row["url"]}
        assert ours[feed] == ("loop", "active")
        assert set(ours) == {feed, *twice}
        assert len({ident for ident, _ in ours.values()}) == 3


def test_a_list_of_another_program_is_taken_as_far_as_it_can_be(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("list.opml").write_text(
        """<opml version="2.0"><body><outline text="Folder">
        <outline text="A [/b]" xmlUrl="http://a.example/feed"/><outline text="B" xmlUrl="http://a.example/rss"/>
        <outline text="C" xmlUrl="http://a b/"/></outline></body></opml>""",
        encoding="utf-8",
    )
    assert dateline("feeds", "import", "list.opml") == 0
    told = capsys.readouterr()
    assert "2 added, 0 known already, 1 left out" in told.out
    assert "http://a b/" in told.err
    assert dateline("feeds", "list") == 0
    table = capsys.readouterr().out
    assert "http://a.example/feed" in table  # whole, where no terminal is
    assert "http://a.example/rss" in table


def test_an_edit_is_taken_back_or_kept_as_its_owner_says(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    feeds = Path("config/feeds.yaml")

    def name(title: str) -> None:
        feeds.write_text(f"feeds:\n  a:\n    url: http://a.example\n    title: {title}\n", encoding="utf-8")

    def diff() -> list[tuple[str, str]]:
        capsys.readouterr()
        assert dateline("config", "diff", "--json") == 0
        return [(row["id"], row["state"]) for row in json.loads(capsys.readouterr().out)]

    name("One")
    assert diff() == []
    assert dateline("feeds", "remove", "a") == 0
    assert diff() == [("a", "edited")]
    assert dateline("config", "settle", "feed", "a", "--file") == 0
    assert diff() == []
    assert dateline("feeds", "remove", "a") == 0
    name("Two")
    assert diff() == [("a", "conflict")]
    assert dateline("config", "settle", "feed", "a", "--database") == 0
    assert diff() == [("a", "edited")]
    name("Three")
    assert dateline("config", "settle", "feed", "a", "--file") == 0
    assert diff() == []


def test_config_is_exported_as_files_that_can_be_read_again(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dateline("config", "export", "out") == 0
    assert dateline("config", "export", "out") == 2  # not over files that somebody may have edited
    assert dateline("config", "export", "out", "--force") == 0
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
    assert dateline("outbox", "pause", "the database was put back") == 0
    capsys.readouterr()
    assert dateline("outbox", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)["paused"] == "the database was put back"


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
    document["sentences"][0] += " [/b]"  # no markup of ours
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(document)))
    assert dateline("check") == 0
    assert "[/b]" in capsys.readouterr().out
    for wrong in ("{}", "", "[]", '{"sources": "text", "sentences": []}'):
        monkeypatch.setattr(sys, "stdin", io.StringIO(wrong))
        assert dateline("check", "--json") == 2
        assert '"sources"' in capsys.readouterr().err


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


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (b"", 1, "there is no text"),
        (b" \n\t\n", 1, "there is no text"),
        (b"%PDF-1.4\n" + bytes(range(256)), 2, "this is no text"),
        (bytes(range(256)) * 20, 2, "this is no text"),
        (b"<html><body></body></html>", 1, "no text found"),
        (b"Syria " * 400_000, 1, "larger than"),
    ],
)
def test_what_cannot_be_summarized_is_told(
    dateline: Dateline, capsys: pytest.CaptureFixture[str], body: bytes, code: int, says: str
) -> None:
    Path("given.txt").write_bytes(body)
    assert dateline("summarize", "given.txt") == code
    told = capsys.readouterr()
    assert says in told.err
    assert "given.txt" in told.err
    assert told.out == ""


def test_foreign_text_is_neither_markup_nor_a_command_to_the_terminal(
    dateline: Dateline, capsys: pytest.CaptureFixture[str]
) -> None:
    first = "Talks [/x] on Syria [red]begin[/red] in Damascus"
    text = f"{first}\n\nThe talks [Photo: AFP] began in Damascus on Monday, the ministry said. \x1b[2JGone.\n"
    Path("talks.txt").write_bytes(text.encode("utf-16"))  # whatever charset it is in
    assert dateline("summarize", "talks.txt") == 0
    told = capsys.readouterr().out
    assert "[/x]" in told
    assert "[red]begin[/red]" in told
    assert "\x1b" not in told


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


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    for name, (_, said) in LISTED.items():
        found = loaded(name).help
        assert found, name
        assert " ".join(found.split("\n\n")[0].split()) == said, name


def test_no_module_has_a_command_that_the_list_lacks() -> None:
    modules = {module for module, _ in LISTED.values()}
    for module in modules:
        part = typer.Typer()
        part.callback()(lambda: None)
        importlib.import_module(f"bot.entrypoints.cli.{module}").register(part)
        names = set(typer.main.get_command(part).commands)  # type: ignore[attr-defined]
        assert names == {name for name, (of, _) in LISTED.items() if of == module}
