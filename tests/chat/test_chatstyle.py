"""``/style``: a chat's own way of being told, within what the owner allows; and a topic's own prompt."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain import prompts
from bot.pipeline import studio
from tests.chat.conversation import GROUP, OTHER, READER, Conversation, conversation
from tests.chat.test_prompts import CALM, SHIPPED, obedient
from tests.fake_llm import FakeLLM, fake_llm

OWN = "For these readers, where it differs from the lines above: "


def told_so(model: FakeLLM, what: str) -> int:
    return sum(what in str(one["messages"][0]) for one in model.requests)


async def digest(talk: Conversation, user: int = READER) -> None:
    await talk.say("/digest syria 24h full", user=user)
    await talk.delivered()


async def test_where_the_owner_allows_none_the_chat_is_told_so(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        assert "has not allowed" in (await talk.say("/style short and dry")).text
        assert not (await studio.refresh(talk.app.deps)).styles


async def test_a_chat_is_told_in_its_own_style_and_all_others_in_the_houses(tmp_path: Path) -> None:
    async with (
        fake_llm(obedient) as model,
        conversation(tmp_path, collected=True, openai_base_url=model.url, chat_style=60) as talk,
    ):
        await talk.app.import_prompts(by_itself=False)
        assert "in plain words, at most 60" in (await talk.say("/style")).text
        assert "78 characters, 60 are allowed" in (await talk.say("x" * 78)).text
        assert "links, @names" in (await talk.say("as on https://a.example")).text
        said = await talk.say("Like a lighthouse keeper\nwho has time")
        assert "Like a lighthouse keeper who has time" in said.text
        await digest(talk)
        own = told_so(model, f"{OWN}Like a lighthouse keeper who has time")
        assert own == len(model.requests) > 0
        await digest(talk, OTHER)
        house = len(model.requests) - own
        assert house > 0  # theirs are the house's, not Rana's
        await digest(talk)
        assert told_so(model, OWN) == own  # kept
        async with talk.app.deps.store.begin() as tx:
            pointers = await tx.live_prompts()
            told = [one for live in pointers for one in await tx.outcomes(live.name, live.hash)]
        assert len(told) == house  # what a chat's own style does is not held against the prompt
        await talk.press("Take it away")
        assert "as the house does again" in talk.simulator.render(READER)
        assert not (await studio.refresh(talk.app.deps)).styles


async def test_in_a_group_only_who_administers_it_sets_the_style(tmp_path: Path) -> None:
    async with conversation(tmp_path, chat_style=60) as talk:
        await talk.say("/style@dateline_bot dry", chat=GROUP)
        assert not (await studio.refresh(talk.app.deps)).styles
        await talk.say("/style@dateline_bot dry", user=OTHER, chat=GROUP)
        assert (await studio.refresh(talk.app.deps)).styles == {str(GROUP): "dry"}


@pytest.mark.slow
async def test_a_topics_own_prompt_tells_that_topic_and_no_other(tmp_path: Path) -> None:
    async with (
        fake_llm(obedient) as model,
        conversation(tmp_path, collected=True, openai_base_url=model.url) as talk,
    ):
        await talk.app.import_prompts(by_itself=False)
        deps = talk.app.deps
        text = prompts.with_body(SHIPPED, CALM)
        version, _ = await studio.draft(deps, "story", text, by="1", origin="chat")
        await studio.activate(deps, version, by="1", expected=None, scope="topic:us-china", force="a test")
        model.requests.clear()
        await digest(talk)
        assert told_so(model, "Sound calm") == 0
        await talk.say("/digest us-china 24h full")
        await talk.delivered()
        assert told_so(model, "Sound calm") > 0
