"""``dateline demo`` as a newcomer runs it: in an empty folder, whatever the environment says."""

from __future__ import annotations

import asyncio
import html
import json
import os
import pty
import re
import sys
from pathlib import Path

import pytest

from tests.loopback import Loopback, answer

ROOT = Path(__file__).parents[2]
PLAIN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("DATELINE_", "OPENAI_", "TELEGRAM_", "COLUMNS", "LINES", "TERM", "NO_COLOR"))
} | {"PYTHONPATH": str(ROOT)}


async def demo(folder: Path, *args: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", *args),
        cwd=folder,
        env=PLAIN | environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 100)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def judge(out: str, *, width: int) -> None:
    """What is printed is a digest, and nothing of a terminal's tricks is in it."""
    assert "\x1b" not in out
    assert "\r" not in out
    assert "Traceback" not in out
    assert all(len(line.rstrip()) <= width for line in out.splitlines() if "http" not in line)
    told = " ".join(out.split())
    assert told.startswith("Dateline · ")
    for said in ("Syria", "US-China", "Indo-Pacific", "independent sources", "11 of 13 feeds fine", "[1]"):
        assert said in told, said
    assert re.search(r"✓ \d+ articles of sample outlets became \d+ stories", told)
    assert "posted to the simulated chat in" in told


def judge_page(folder: Path) -> None:
    page = (folder / "digest.html").read_text(encoding="utf-8")
    assert page.lower().startswith("<!doctype html>")
    assert "Tartus" in page
    assert "win-prizes" not in page
    document = json.loads((folder / "digest.json").read_text(encoding="utf-8"))
    stories = [story for topic in document["topics"] for story in topic["stories"]]
    assert len(stories) >= 9
    assert {number for story in stories for told in story["sentences"] for number in told["sources"]}
    assert all(story["headline"] in html.unescape(page) for story in stories)


async def test_the_demo_needs_nothing_and_lets_nothing_of_the_environment_in(tmp_path: Path) -> None:
    async with Loopback() as trap:  # whoever calls here was led astray
        trap.otherwise(answer(b"{}", content_type="application/json"))
        code, out, err = await demo(
            tmp_path,
            COLUMNS="40",
            NO_COLOR="1",
            TERM="dumb",
            OPENAI_API_KEY="sk-this-must-never-be-used",
            OPENAI_BASE_URL=trap.url("/v1"),
            TELEGRAM_BOT_TOKEN="777777:not-a-token-that-anybody-may-use-here",
            DATELINE_TELEGRAM_API=trap.url("/bot"),
            DATELINE_LANGUAGES="zh",
            DATELINE_DATA=str(tmp_path / "nowhere"),
            DATELINE_NONSENSE="1",
            HTTP_PROXY=trap.url(""),
            http_proxy=trap.url(""),
            ALL_PROXY=trap.url(""),
        )
        assert (code, err) == (0, "")
        assert trap.requests == []
        assert trap.connections == 0
    judge(out, width=40)
    judge_page(tmp_path / "demo-output")
    assert [path.name for path in await asyncio.to_thread(lambda: list(tmp_path.iterdir()))] == [
        "demo-output"
    ]
    assert "AI summar" not in out


@pytest.mark.slow
async def test_the_demo_does_not_read_what_lies_about_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NONSENSE\n", encoding="utf-8")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "topics.yaml").write_text("topics: [", encoding="utf-8")
    (tmp_path / "prompts").mkdir()
    code, out, err = await demo(tmp_path, "--folder", "pages/today")
    assert (code, err) == (0, "")
    judge(out, width=96)
    judge_page(tmp_path / "pages" / "today")


@pytest.mark.slow
async def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    code, out, err = await demo(tmp_path, "--folder", "taken")
    assert code == 2
    assert out == ""
    assert "the page cannot be written" in err
    assert "--folder" in err
    assert "Traceback" not in err


@pytest.mark.slow
async def test_in_a_terminal_bars_move_and_the_digest_has_colours(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "demo"),
            cwd=tmp_path,
            env=PLAIN | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
    finally:
        os.close(theirs)
    shown = await asyncio.to_thread(_read_all, ours)
    assert await asyncio.wait_for(process.wait(), 100) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\]8;.*?\x1b\\", "", shown)
    for stage in ("Feeds", "Articles", "Stories", "Summaries"):
        assert re.search(rf"{stage} .*\d+/\d+", text), stage
    assert "\x1b[1" in shown
    assert "11 of 13 feeds fine" in " ".join(text.split())


def _read_all(terminal: int) -> str:
    data = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # what Linux says when the last writer has closed a terminal
            piece = b""
        if not piece:
            os.close(terminal)
            return data.decode("utf-8", errors="replace")
        data += piece
