"""The paragraph that opens a topic of a long digest: written once, checked, never waited for."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.app import App
from bot.pipeline.compose import demand
from bot.pipeline.prompt_files import take_style
from bot.types import Digest, Length, TopicSlug
from tests.chat.conversation import conversation
from tests.fake_llm import FakeLLM, Reply, copying, fake_llm

OPENS = "the paragraph that opens"


def script(body: dict[str, Any], at: int) -> Reply:
    """Copies passages; ``invents`` in a house style makes the overview lie."""
    said = str(body["messages"][0])
    if OPENS in said and "Words to avoid: truth" in said:
        return Reply(
            text='{"headline": "Nothing", "sentences": [{"text": "91 died on Atlantis.", "passages": []}]}'
        )
    return Reply(text=copying(body, at))


def openings_asked(model: FakeLLM) -> int:
    return sum(OPENS in str(one["messages"][0]) for one in model.requests)


async def digest_of(app: App, length: Length = Length.DEEP) -> Digest:
    return await demand(app.deps, topics=[TopicSlug("syria")], length=length)


def lines(home: Path, task: str) -> int:
    """Lines of the ledger for calls of this task."""
    with closing(sqlite3.connect(home / "data" / "dateline.db")) as base:
        count: int = base.execute("SELECT count(*) FROM calls WHERE task = ?", (task,)).fetchone()[0]
    return count


async def test_a_long_digest_opens_its_topics_once_for_all_and_no_other_does(tmp_path: Path) -> None:
    async with (
        fake_llm(script) as model,
        conversation(tmp_path, collected=True, openai_base_url=model.url) as talk,
    ):
        await talk.app.import_prompts(by_itself=False)
        (section,) = (await digest_of(talk.app)).sections
        assert len(section.items) >= 3
        assert section.overview
        shown = {item.story: item for item in section.items}
        for line in section.overview:
            sources = {source.article for source in shown[line.story].summary.sources}
            async with talk.app.deps.store.begin() as tx:
                texts = [one.text for one in await tx.articles(sorted(sources))]
            assert any(line.text in " ".join(text.split()) for text in texts)
        assert openings_asked(model) == 1
        assert lines(tmp_path, "overview") == 1
        assert (await digest_of(talk.app)).sections[0].overview == section.overview
        assert openings_asked(model) == 1  # kept
        (short,) = (await digest_of(talk.app, Length.STANDARD)).sections
        assert short.overview == ()
        assert openings_asked(model) == 1
        async with talk.app.deps.store.begin() as tx:
            outcomes = await tx.outcomes("overview", (await tx.versions("overview"))[0].hash)
        assert [one.sentences for one in outcomes] == [3]  # for the watch


async def test_an_overview_that_nothing_carries_is_left_out_and_the_digest_goes_out(tmp_path: Path) -> None:
    async with (
        fake_llm(script) as model,
        conversation(tmp_path, collected=True, openai_base_url=model.url) as talk,
    ):
        await talk.app.import_prompts(by_itself=False)
        await take_style(talk.app.deps, "avoid: [truth]\n", by_hand=True)
        (section,) = (await digest_of(talk.app)).sections
        assert len(section.items) >= 3
        assert section.overview == ()
        asked = openings_asked(model)
        assert 1 <= asked <= 2  # the answer, and its one repair
