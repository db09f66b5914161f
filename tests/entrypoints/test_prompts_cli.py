"""``dateline prompts`` as people type it, with a real model server on loopback where one is needed."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import sqlite3
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.clock import FixedClock
from bot.app import App, open_app
from bot.domain import prompts
from bot.entrypoints import prompts as desk
from bot.entrypoints.cli import session
from bot.ports import Clock
from bot.types import Sample
from tests.chat.conversation import COLLECTING, collected_home
from tests.chat.test_prompts import CALM, DEAR, INVENTS, SHIPPED, obedient
from tests.fake_llm import FakeLLM, Script, fake_llm
from tests.pipeline.newsroom import NOW
from tests.recorded import Recorded

pytestmark = pytest.mark.slow

Dateline = Callable[..., int]
Capture = pytest.CaptureFixture[str]


def file(body: str, name: str = "new.md") -> str:
    """A file with this text; gives its name."""
    Path(name).write_text(body, encoding="utf-8")
    return name


def listed(dateline: Dateline, capsys: Capture) -> dict[str, Any]:
    """The row of the prompt of stories."""
    capsys.readouterr()
    assert dateline("prompts", "list", "--json") == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return next(row for row in found if row["name"] == "story")


def test_a_draft_is_written_shown_and_compared_by_words(dateline: Dateline, capsys: Capture) -> None:
    first = listed(dateline, capsys)
    assert first["by"] == "dateline"
    assert first["drafts"] == []
    assert dateline("prompts", "show", "story") == 0
    assert capsys.readouterr().out == SHIPPED
    assert dateline("prompts", "edit", "story", "--file", file(CALM), "--why", "calmer") == 0
    row = listed(dateline, capsys)
    assert row["live"] == first["live"]
    (draft,) = row["drafts"]
    assert dateline("prompts", "show", "story", draft[:5]) == 0
    assert capsys.readouterr().out.startswith("---\nname: story\n")  # the settings came along
    assert dateline("prompts", "diff", "story") == 0
    told = capsys.readouterr().out
    assert "+ - Sound calm." in told
    assert f"- {first['live']}  + {draft}" in told
    assert dateline("prompts", "history", "story") == 0
    assert f"{draft}  drafted by " in (said := capsys.readouterr().out)
    assert "calmer" in said
    assert dateline("prompts", "edit", "story", "--file", "new.md") == 0
    assert "known already, draft" in capsys.readouterr().out


def test_a_typo_is_refused_in_plain_words_and_what_was_typed_in_an_editor_is_kept(
    dateline: Dateline, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    slip = SHIPPED.replace("{{ language }}", "{{ langauge }}")
    assert dateline("prompts", "edit", "story", "--file", file(slip)) == 2
    assert "unknown variable {{ langauge }}, did you mean 'language'?" in capsys.readouterr().err
    editor = file("import sys, pathlib\np = pathlib.Path(sys.argv[1])\n" + _EDITS, "editor.py")
    monkeypatch.setenv("EDITOR", f"{sys.executable} {editor}")
    assert dateline("prompts", "edit", "story") == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "not saved as a draft: unknown variable {{ langauge }}" in told
    kept = next(Path("data").glob("rejected-story.md"))
    assert f"--file {kept}" in told
    mended = kept.read_text(encoding="utf-8").replace("langauge", "language").replace("exact", "calm")
    kept.write_text(mended, encoding="utf-8")
    assert dateline("prompts", "edit", "story", "--file", str(kept)) == 0
    assert len(listed(dateline, capsys)["drafts"]) == 1
    monkeypatch.setenv("EDITOR", f"{sys.executable} -c pass")
    assert dateline("prompts", "edit", "story") == 2
    assert "nothing was changed" in capsys.readouterr().err
    monkeypatch.delenv("EDITOR")
    monkeypatch.delenv("VISUAL", raising=False)
    assert dateline("prompts", "edit", "story") == 2
    assert "no editor is set" in capsys.readouterr().err


_EDITS = """
t = p.read_text(encoding="utf-8")
p.write_text(t.replace("{{ language }}", "{{ langauge }}"), encoding="utf-8")
import os
os.utime(p, (4e9, 4e9))
"""


def test_a_text_comes_by_standard_input(
    dateline: Dateline, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CALM.encode())))
    assert dateline("prompts", "edit", "story", "--file", "-") == 0
    assert len(listed(dateline, capsys)["drafts"]) == 1


def test_lint_names_every_fault_and_says_yes_to_what_is_right(dateline: Dateline, capsys: Capture) -> None:
    assert dateline("prompts", "lint") == 0
    assert "prompts/story.prompt.md" in capsys.readouterr().out
    assert dateline("prompts", "lint", "story") == 0
    slip = file(SHIPPED.replace("task: story", "task: story\ntemprature: 0.3"))
    assert dateline("prompts", "lint", slip, "story") == 2
    told = capsys.readouterr()
    assert "unknown key 'temprature', did you mean 'temperature'?" in told.err
    assert "story.prompt.md" in told.out
    assert dateline("prompts", "lint", slip, "--json") == 2
    (row,) = json.loads(capsys.readouterr().out)
    assert row["ok"] is False
    Path("prompts/other.prompt.md").write_text(SHIPPED, encoding="utf-8")
    Path("prompts/house-style.yaml").write_text("tune: dry\n", encoding="utf-8")
    Path("latin.md").write_bytes("Überschrift".encode("latin-1"))
    for name, says in (
        ("other", "write name: other"),
        ("house-style.yaml", "unknown key 'tune'"),
        ("latin.md", "UTF-8"),
        ("nowhere", "no such file or prompt"),
    ):
        assert dateline("prompts", "lint", name) == 2
        assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["show", "stroy"], "did you mean story?"),
        (["show", "story", "feed"], "no version of 'story' begins with 'feed'"),
        (["show", "story", "draft"], "waits as a draft"),
        (["rollback", "story"], "no earlier version"),
        (["rollback", "story", "--scope", "topic:syra"], "did you mean syria?"),
        (["activate", "story", "live", "--scope", "chat:1"], "no digest goes to the chat"),
        (["activate", "story", "live", "--scope", "feed:1"], "--scope topic:SLUG, or chat:ID"),
        (["style", "show", "--chat", "1"], "no digest goes to the chat"),
        (["preview", "story", "live", "--stories", "1,x"], "--stories 1,2,3"),
        (["preview", "story", "live", "--stories", "77"], "no such story"),
        (["test", "story", "live"], "s"),  # no model, or no samples
        (["compare", "story", "live", "--days", "3"], "nothing to compare it with"),
        (["edit", "story", "--file", "nowhere.md"], "no such file"),
        (["style", "shwo"], "style show, or edit"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_to_do(
    dateline: Dateline, capsys: Capture, args: list[str], says: str
) -> None:
    assert dateline("prompts", *args) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert "→" in told.err
    assert "Traceback" not in told.err


def test_the_live_texts_are_exported_and_no_other_text_is_overwritten(
    dateline: Dateline, capsys: Capture
) -> None:
    assert dateline("prompts", "export", "out") == 0
    assert Path("out/story.prompt.md").read_text(encoding="utf-8") == SHIPPED
    assert dateline("prompts", "export") == 0  # the prompts folder says the same
    Path("out/story.prompt.md").write_text("mine", encoding="utf-8")
    assert dateline("prompts", "export", "out") == 2
    assert "--force" in capsys.readouterr().err
    assert dateline("prompts", "export", "out", "--force") == 0
    assert Path("out/story.prompt.md").read_text(encoding="utf-8") == SHIPPED


def test_the_house_style_is_shown_edited_and_outlives_its_file(dateline: Dateline, capsys: Capture) -> None:
    Path("prompts/house-style.yaml").write_text("tone: dry\n", encoding="utf-8")
    assert dateline("prompts", "style") == 0
    assert capsys.readouterr().out == "tone: dry\n"
    assert dateline("prompts", "style", "edit", "--file", file("tune: dry\n", "style.yaml")) == 2
    assert "unknown key 'tune'" in capsys.readouterr().err
    assert dateline("prompts", "style", "edit", "--file", file("tone: calm\n", "style.yaml")) == 0
    assert "- Tone: calm." in capsys.readouterr().out
    assert dateline("prompts", "style", "show") == 0
    assert capsys.readouterr().out == "tone: calm\n"
    Path("prompts/house-style.yaml").write_text("tone: brisk\n", encoding="utf-8")
    assert dateline("prompts", "style") == 0
    assert capsys.readouterr().out == "tone: brisk\n"


def test_a_broken_file_is_told_and_stops_nothing(dateline: Dateline, capsys: Capture) -> None:
    first = listed(dateline, capsys)
    Path("prompts/story.prompt.md").write_text("nothing", encoding="utf-8")
    Path("prompts/house-style.yaml").write_text("tune: dry\n", encoding="utf-8")
    assert dateline("prompts", "list") == 0
    told = capsys.readouterr()
    assert first["live"] in told.out
    assert "story is left as it was" in told.err
    assert "house-style.yaml is left as it was" in told.err


@asynccontextmanager
async def house(
    monkeypatch: pytest.MonkeyPatch, script: Script = obedient, clock: Clock | None = None
) -> AsyncIterator[FakeLLM]:
    """A model, stored stories, and three of them as the samples of the gate."""
    for folder in ("data", "config"):
        shutil.copytree(await collected_home() / folder, folder, dirs_exist_ok=True)

    @asynccontextmanager
    async def with_samples(*args: Any, **options: Any) -> AsyncGenerator[App, None]:
        async with open_app(*args, clock=clock, **options) as opened:
            briefs = await desk.briefs(opened.deps, [1, 2, 3])
            samples = tuple(Sample(id=f"sample-{one.story}", brief=one) for one in briefs)
            yield replace(opened, deps=replace(opened.deps, samples=lambda: samples))

    monkeypatch.setattr(session, "open_app", with_samples)
    async with fake_llm(script) as model:
        env = f"OPENAI_BASE_URL={model.url}\nDATELINE_ALLOW_PRIVATE=127.0.0.1\n"
        await asyncio.to_thread(Path(".env").write_text, env, encoding="utf-8")
        yield model


async def test_the_walk_preview_activate_and_roll_back(
    dateline: Dateline, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(*args: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(dateline, "prompts", *args)
        told = capsys.readouterr()
        return code, told.out, told.err

    async def live() -> str:
        return str((await asyncio.to_thread(listed, dateline, capsys))["live"])

    async with house(monkeypatch):
        first = await live()
        await run("edit", "story", "--file", file(CALM))
        code, out, _ = await run("preview", "story", "draft", "--stories", "1,2,3")
        assert code == 0
        assert out.count("live " + first) == 3
        told = " ".join(out.replace("│", " ").split())
        assert told.count(" tokens, $") == 6
        assert told.count(" sentences dropped, ") == 6
        code, out, _ = await run("preview", "story", "--stories", "2", "--json")
        (row,) = json.loads(out)
        assert (row["story"], row["draft"]["hard"]) == (2, row["live"]["hard"])
        assert row["draft"]["text"] == row["live"]["text"] != []
        code, out, _ = await run("test", "story", "draft")
        assert code == 0
        assert "on 3 samples" in out
        assert await live() == first
        code, out, _ = await run("activate", "story", "draft")
        assert code == 0
        second = await live()
        assert f"story {second} is live" in out
        assert (await run("activate", "story", second))[1].strip() == f"story {second} is live already."
        assert (await run("rollback", "story", "--why", "too calm"))[0] == 0
        assert await live() == first
        assert (await run("show", "story"))[1] == SHIPPED
        code, out, err = await run("activate", "story", second)
        assert code == 2
        assert "rolled back before" in err
        code, out, _ = await run("history", "story", "--json")
        events = [one["what"] for one in json.loads(out)["events"]]
        assert events[:4] == ["rolled_back", "activated", "tested", "tested"]


async def test_the_gate_is_exit_code_1_and_the_owner_may_overrule_it(
    dateline: Dateline, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(monkeypatch):
        for body, says in (
            (INVENTS, "hard findings per 100 sentences"),
            (DEAR, "tokens a story, "),
        ):
            await asyncio.to_thread(dateline, "prompts", "edit", "story", "--file", file(body))
            assert await asyncio.to_thread(dateline, "prompts", "activate", "story", "draft") == 1
            told = capsys.readouterr().err
            assert says in told
            assert "--force REASON" in told
        hash_ = (await asyncio.to_thread(_versions, dateline, capsys))[0]
        force = ("prompts", "activate", "story", hash_, "--force", "I want to see it")
        assert await asyncio.to_thread(dateline, *force) == 0
        assert "in spite of" in capsys.readouterr().out
        assert (await asyncio.to_thread(listed, dateline, capsys))["live"] == hash_


def _versions(dateline: Dateline, capsys: Capture) -> list[str]:
    """Hashes of the history, newest first."""
    capsys.readouterr()
    assert dateline("prompts", "history", "story", "--json") == 0
    return [one["hash"] for one in json.loads(capsys.readouterr().out)["events"]]


async def test_a_topic_has_a_version_of_its_own_and_gives_it_back(
    dateline: Dateline, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(monkeypatch):
        await asyncio.to_thread(dateline, "prompts", "edit", "story", "--file", file(CALM))
        scope = ("--scope", "topic:syria")
        assert await asyncio.to_thread(dateline, "prompts", "activate", "story", "draft", *scope) == 0
        row = await asyncio.to_thread(listed, dateline, capsys)
        assert row["scopes"].keys() == {"topic:syria"}
        assert row["scopes"]["topic:syria"] != row["live"]
        assert await asyncio.to_thread(dateline, "prompts", "rollback", "story", *scope) == 0
        assert "of the house" in capsys.readouterr().out
        assert (await asyncio.to_thread(listed, dateline, capsys))["scopes"] == {}


ONE = "- Tell each story in one sentence."


@pytest.mark.slow
async def test_a_digest_has_the_new_voice_and_after_a_rollback_the_old_one_byte_for_byte(
    dateline: Dateline, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(*args: str) -> str:
        assert await asyncio.to_thread(dateline, *args) == 0
        return capsys.readouterr().out

    def forget() -> None:
        """All that was told: the model is asked again, and answers from its record."""
        with closing(sqlite3.connect("data/dateline.db")) as base, base:
            base.execute("DELETE FROM summaries")

    model = Recorded(ONE)
    async with house(monkeypatch, model, FixedClock(NOW + COLLECTING)):
        before = await run("digest", "syria")
        await run("prompts", "edit", "story", "--file", file(f"{prompts.body_of(SHIPPED)}\n{ONE}"))
        await run("prompts", "activate", "story", "draft")
        during = await run("digest", "syria")
        assert 0 < len(during) < 0.8 * len(before)
        await run("prompts", "rollback", "story")
        await asyncio.to_thread(forget)
        asked = model.asked
        assert await run("digest", "syria") == before
        assert model.asked > asked


@pytest.mark.slow
async def test_two_versions_are_compared_side_by_side(
    dateline: Dateline, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(monkeypatch):
        await asyncio.to_thread(dateline, "prompts", "edit", "story", "--file", file(CALM))
        assert await asyncio.to_thread(dateline, "prompts", "compare", "story", "draft", "--days", "3") == 0
        row = await asyncio.to_thread(listed, dateline, capsys)
        assert row["compared_with"]
        assert await asyncio.to_thread(dateline, "prompts", "history", "story") == 0
        told = capsys.readouterr().out
        assert "compared since" in told
        assert row["live"] in told
        assert "compared by" in told
