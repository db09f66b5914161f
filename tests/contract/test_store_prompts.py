"""Versions of prompts, pointers to the live ones, history and outcomes, on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from bot.ports import Store
from bot.types import LivePrompt, PromptEvent, PromptOutcome, PromptVersion, StoryId, VersionState
from tests import make

FIRST = PromptVersion(
    name="story", hash="aaaa11112222", text="one", origin="default", by="dateline", at=make.NOW
)
SECOND = replace(
    FIRST, hash="aabb11112222", text="two", origin="chat", by="7", at=make.ago(hours=-1), why="tone"
)
LIVE = LivePrompt(name="story", hash=FIRST.hash, since=make.NOW, by="dateline")


async def test_a_version_is_kept_once_and_found_by_the_start_of_its_hash(store: Store) -> None:
    async with store.begin() as tx:
        assert await tx.add_version(FIRST)
        assert await tx.add_version(SECOND)
        assert not await tx.add_version(replace(FIRST, why="again"))
    async with store.begin() as tx:
        assert await tx.versions("story") == (SECOND, FIRST)
        assert await tx.versions("other") == ()
        assert await tx.version("story", "aabb") == SECOND
        assert await tx.version("story", "aa") is None  # too short to mean one
        assert await tx.version("story", "cccc") is None
        await tx.set_version("story", SECOND.hash, VersionState.REFUSED)
        assert (await tx.versions())[0].state is VersionState.REFUSED


async def test_a_pointer_moves_only_for_whom_has_seen_its_last_state(store: Store) -> None:
    async with store.begin() as tx:
        assert await tx.put_live(LIVE, expected=None)
        assert not await tx.put_live(replace(LIVE, hash="x"), expected=None)
    async with store.begin() as tx:
        mine = replace(LIVE, hash=SECOND.hash, before=FIRST.hash, by="7")
        assert await tx.put_live(mine, expected=0)
        assert not await tx.put_live(replace(LIVE, by="8"), expected=0)
        assert await tx.live_prompts() == (replace(mine, revision=1),)
        assert not await tx.drop_live("story", "", expected=0)
        rival = replace(mine, rival=FIRST.hash, rival_until=make.ago(days=-3))
        assert await tx.put_live(rival, expected=1)
        assert await tx.live_prompts() == (replace(rival, revision=2),)
        assert await tx.drop_live("story", "", expected=2)
        assert await tx.live_prompts() == ()


async def test_history_and_outcomes_come_in_order(store: Store) -> None:
    event = PromptEvent(at=make.NOW, name="story", hash="h", what="tested", by="7", figures={"hard": 1})
    outcome = PromptOutcome(
        at=make.NOW, name="story", hash="h", story=StoryId(4), sentences=3, hard=1, dropped=1,
        extractive=True,
        tokens_in=10, tokens_out=5, cost=0.25, seconds=1.5,
    )  # fmt: skip
    async with store.begin() as tx:
        await tx.add_event(event)
        await tx.add_event(replace(event, what="refused", why="cost"))
        await tx.add_outcome(outcome)
        await tx.add_outcome(replace(outcome, at=make.ago(hours=-2), story=None, extractive=False))
    async with store.begin() as tx:
        assert [one.what for one in await tx.events("story")] == ["refused", "tested"]
        assert (await tx.events("story", 1))[0].why == "cost"
        assert (await tx.outcomes("story", "h"))[0] == outcome
        assert len(await tx.outcomes("story", "h")) == 2
        assert len(await tx.outcomes("story", "h", make.ago(hours=-1))) == 1
