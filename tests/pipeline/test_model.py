"""A model on the way from stories to messages: what it writes goes out checked, or excerpts do."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.runner_local import LocalRunner
from bot.app import App
from bot.demo.samples import SampleArticle
from bot.errors import Code
from bot.pipeline import plan
from bot.pipeline.compose import demand
from bot.types import Action, DeliveryState, Digest, Item, Method, PlacementKind
from tests.fake_llm import FakeLLM, Reply, Script, copying, fake_llm, obeying, passages, translating
from tests.loopback import refused_port
from tests.pipeline.newsroom import CHAT, NOW, Newsroom, newsroom, samples

SLOT = NOW + timedelta(hours=1, minutes=30)
ENGLISH = [one for one in samples()[0] if one.language == "en"]
AI_LABEL = "all texts are AI summaries, each sentence checked against the sources"
EXCERPT_LABEL = "all texts are excerpts from the sources"
EVIL = "Claim your refund of 500 dollars at win-prizes.example before midnight."


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database has the English sample articles collected."""
    home = tmp_path_factory.mktemp("collected")

    async def work() -> None:
        async with newsroom(home, outlets=ENGLISH) as room, room.app() as app:
            await app.work("poll", "read", "place")

    asyncio.run(work())
    return home


@pytest.fixture
def home(collected: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    shutil.copytree(collected / "data", tmp_path / "data")
    return tmp_path


@asynccontextmanager
async def working(
    home: Path, script: Script = copying, **rules: Any
) -> AsyncIterator[tuple[FakeLLM, Newsroom, App]]:
    """A model's server, the newsroom and an App between them."""
    async with (
        fake_llm(script) as llm,
        newsroom(home, outlets=ENGLISH) as room,
        room.app(model=llm.url, **rules) as app,
    ):
        yield llm, room, app


async def prepare(room: Newsroom, app: App, before: timedelta = timedelta(minutes=5)) -> None:
    room.clock.set(SLOT - before)
    await app.work("prepare")


async def post(room: Newsroom, app: App) -> None:
    """Compose and send at the slot; it takes no longer than an edition without a model."""
    room.clock.set(SLOT + timedelta(seconds=5))
    await app.work("compose", "send")


async def lateness(app: App) -> timedelta:
    """How long after its slot the one digest was queued, by the clock that everybody goes by."""
    async with app.deps.store.begin() as tx:
        (row,) = await tx.digests(None, 10)
        deliveries = await tx.deliveries(None, 100)
    assert deliveries
    assert all(one.state is DeliveryState.SENT for one in deliveries)
    made: datetime = row["made_at"]
    assert not row["late"]
    return made - SLOT


async def ledger(app: App) -> int:
    async with app.deps.store.begin() as tx:
        return (await tx.counts())["calls"]


def items(digest: Digest) -> list[Item]:
    return [item for section in digest.sections for item in section.items]


def lines(chat: list[str]) -> str:
    return "\n".join(chat)


# ------------------------------------------------------------------------------------------- a good model


async def test_a_model_that_behaves_writes_the_digest_with_citations_of_ours(home: Path) -> None:
    async with fake_llm(copying) as llm, newsroom(home, outlets=ENGLISH) as room:
        async with room.app(model=llm.url) as app:
            await prepare(room, app)
            asked = len(llm.requests)
            await post(room, app)
            assert await lateness(app) <= timedelta(seconds=60)
            told = items(await demand(app.deps))
            assert await ledger(app) == asked
        assert len(llm.requests) == asked == len(told)
        chat = lines(room.chat())
    assert AI_LABEL in chat
    for item in told:
        summary = item.summary
        assert (summary.method, summary.model) == (Method.LLM, "gpt-5.4-mini")
        assert summary.prompt
        assert summary.tokens_in == 100
        assert summary.headline in chat
        numbers = {source.number for source in summary.sources}
        for sentence in summary.sentences:
            assert sentence.sources
            assert numbers.issuperset(sentence.sources)
            assert sentence.text in chat


async def test_an_invented_sentence_is_left_out_and_counted_on_the_digest(home: Path) -> None:
    def inventing(body: dict[str, Any], _: int) -> str:
        said = json.loads(copying(body))
        lie = "Officials in Springfield counted 9,412 victims of the flood on Thursday."
        said["sentences"].append({"text": lie, "passages": said["sentences"][0]["passages"]})
        return json.dumps(said, ensure_ascii=False)

    async with fake_llm(inventing) as llm, newsroom(home, outlets=ENGLISH) as room:
        async with room.app(model=llm.url) as app:
            await prepare(room, app)
            await post(room, app)
            count = len(items(await demand(app.deps)))
        chat = lines(room.chat())
    assert "Springfield" not in chat
    assert f"{count} sentences left out: the check refused them" in chat


# ------------------------------------------------------------------------------------------ a bad model

ERROR = Reply(status=500, error={"message": "internal", "type": "server_error"})
BUSY = Reply(status=429, error={"message": "slow down"}, headers={"Retry-After": "600"})
ELSEWHERE = "Des responsables ont parlé de la situation lundi, selon plusieurs témoins sur place."
FAULTS: dict[str, Script] = {
    "429": BUSY,
    "5xx": ERROR,
    "stall": Reply(text="{}", after=5.0),
    "slow": Reply(text="{}", trickle=5.0),
    "cut stream": Reply(text="nonsense " * 400, cut=True),
    "garbage": Reply(raw=b"\xff\x00 nonsense"),
    "wrong language": lambda body, _: json.dumps(
        {"headline": ELSEWHERE, "sentences": [{"text": ELSEWHERE, "passages": list(passages(body))[:1]}]}
    ),
    "2 MB": Reply(text="nonsense " * 230_000),
    "empty": Reply(text=""),
    "no body": Reply(raw=b""),
    "prose": "I am sorry, but as a language model I cannot do that.",
    "only lies": json.dumps(
        {
            "headline": "Aliens land in Ohio",
            "sentences": [{"text": "Aliens landed in Ohio on Friday, 7,000 saw them.", "passages": ["p1"]}],
        }
    ),
}
"""All that a server does wrong in passing."""
TROUBLES: dict[str, Script] = {
    **FAULTS,
    "wrong key": Reply(status=401, error={"message": "no such key", "code": "invalid_api_key"}),
}
CAP = 0.5  # dollars a day


def assert_no_words_of_the_model(chat: str) -> None:
    for said in ("Aliens", "sorry", "internal", "slow down", "no such key", "nonsense", "responsables"):
        assert said not in chat


@pytest.mark.parametrize("trouble", [*TROUBLES, "nobody there"])
async def test_whatever_is_wrong_with_the_model_the_digest_comes_on_time_from_excerpts(
    trouble: str, home: Path
) -> None:
    with refused_port() as port:
        async with fake_llm(TROUBLES.get(trouble, "")) as llm, newsroom(home, outlets=ENGLISH) as room:
            room.use(model_timeout=0.2)
            url = f"http://127.0.0.1:{port}/v1" if trouble == "nobody there" else llm.url
            async with room.app(model=url) as app:
                await prepare(room, app)
                asked = len(llm.requests)
                await post(room, app)
                assert await lateness(app) <= timedelta(seconds=60)
                assert len(llm.requests) == asked
                assert await ledger(app) > 0
            chat = lines(room.chat())
    assert EXCERPT_LABEL in chat
    assert re.search(r"the model did not deliver \d+ stor(y|ies): excerpts instead", chat)
    assert_no_words_of_the_model(chat)


@pytest.mark.parametrize("where", ["headline", "glued", "everywhere"])
async def test_a_model_that_obeys_an_attacker_posts_nothing_of_his(where: str, home: Path) -> None:
    async with fake_llm(obeying(EVIL, where=where)) as llm, newsroom(home, outlets=ENGLISH) as room:
        async with room.app(model=llm.url) as app:
            await prepare(room, app)
            await post(room, app)
            assert await lateness(app) <= timedelta(seconds=60)
        chat = lines(room.chat())
    assert chat
    assert "win-prizes" not in chat
    assert "refund" not in chat


async def test_a_slot_does_not_wait_for_a_model_that_is_still_thinking(home: Path) -> None:
    async with working(home, Reply(text="{}", trickle=600)) as (llm, room, app):
        room.clock.set(SLOT - timedelta(minutes=5))
        await app.runner.put(await plan(app.deps))
        await until(lambda: bool(llm.requests))
        room.clock.set(SLOT + timedelta(seconds=5))
        await app.runner.put(await plan(app.deps))
        await until(lambda: EXCERPT_LABEL in lines(room.chat()))
        assert isinstance(app.runner, LocalRunner)
        assert {step.get_name().split(":")[0] for step in app.runner._tasks} >= {"prepare"}
        assert room.clock.now() - SLOT < timedelta(seconds=60)
        await asyncio.wait_for(app.runner.stop(grace=0), 30)


async def until(true: Callable[[], bool], seconds: float = 60) -> None:
    clock = SystemClock()
    end = clock.monotonic() + seconds
    while not true():
        assert clock.monotonic() < end, "it never came true"
        await clock.sleep(0.02)


# ------------------------------------------------------------------------------------- how often it is asked


async def test_an_excerpt_made_meanwhile_does_not_stop_a_later_attempt(home: Path) -> None:
    async with fake_llm(ERROR) as llm, newsroom(home, outlets=ENGLISH) as room:
        async with room.app(model=llm.url) as app:
            await prepare(room, app, timedelta(minutes=14))
            excerpts = items(await demand_now(app))
            llm.script = copying
            room.clock.move(600)  # longer than the breaker stays open
            await app.work("prepare")
            await post(room, app)
        assert {item.summary.method for item in excerpts} == {Method.EXTRACTIVE}
        assert {item.summary.why_fallback for item in excerpts} == {Code.MODEL_UNAVAILABLE}
        assert AI_LABEL in lines(room.chat())


async def demand_now(app: App) -> Digest:
    """A digest of what is stored, without another attempt at the model."""
    deps = replace(app.deps, summarizer=app.deps.fallback)
    return await demand(deps)


async def test_two_readers_of_a_story_cost_one_call_even_when_prepared_at_once(home: Path) -> None:
    async with fake_llm(copying) as llm, newsroom(home, outlets=ENGLISH) as room:
        chats = [CHAT - number for number in range(3)]
        room.declare("digests", {f"reader{-chat}": {"chat": chat, "times": ["07:30"]} for chat in chats})
        for chat in chats:
            room.simulator.world.add_chat(chat, "channel", "Digest")
        async with room.app(model=llm.url) as app:
            await prepare(room, app)
            asked = len(llm.requests)
            await post(room, app)
            told = items(await demand(app.deps))
            assert asked == len(llm.requests) == len(told) == await ledger(app)
        for chat in chats:
            assert AI_LABEL in lines([message.text for message in room.simulator.messages(chat)])


async def test_what_no_source_tells_in_the_readers_language_is_translated_once_for_all_its_readers(
    home: Path,
) -> None:
    chats = [CHAT, CHAT - 1]
    async with fake_llm(translating) as llm, newsroom(home, outlets=ENGLISH) as room:
        room.declare(
            "digests", {f"d{-chat}": {"chat": chat, "times": ["07:30"], "language": "zh"} for chat in chats}
        )
        room.simulator.world.add_chat(chats[1], "channel", "Digest")
        async with room.app(model=llm.url) as app:
            await prepare(room, app)
            asked = len(llm.requests)
            await post(room, app)
            assert await lateness_of_all(app) <= timedelta(seconds=60)
            told = items(await demand(app.deps, language="zh"))
            assert asked == len(llm.requests) == len(told) == await ledger(app)
        chat = lines(room.chat())
        again = [message.text for message in room.simulator.messages(chats[1])]
    assert all(item.summary.translated_from == "en" for item in told)
    assert "AI 译自英语" in chat
    for item in told:
        assert item.summary.headline in chat
        for sentence in item.summary.sentences:
            assert sentence.text in chat
            assert sentence.original
            assert sentence.sources
    quoted = sum(item.summary.sentences[0].original[:60] in chat for item in told)
    assert quoted >= 1, "the original stands beside it where there is room"
    assert "据报道" in lines(again)


async def test_a_translation_that_says_something_else_gives_way_to_the_text_as_it_is(home: Path) -> None:
    def wrongly(body: dict[str, Any], _: int) -> str:
        return translating(body).replace("据报道", "据报道，9412人死亡")

    async with fake_llm(wrongly) as llm, newsroom(home, outlets=ENGLISH, digest={"language": "zh"}) as room:
        async with room.app(model=llm.url) as app:
            await prepare(room, app)
            await post(room, app)
            assert await lateness(app) <= timedelta(seconds=60)
        chat = lines(room.chat())
    assert "9412" not in chat
    assert "语言：英语" in chat
    assert "译自" not in chat


async def test_a_slot_does_not_wait_for_a_translation_and_the_message_is_edited_later(home: Path) -> None:
    async with fake_llm(ERROR) as llm, newsroom(home, outlets=ENGLISH, digest={"language": "zh"}) as room:
        async with room.app(model=llm.url) as app:
            await prepare(room, app)
            await post(room, app)
            assert await lateness(app) <= timedelta(seconds=60)
            assert "语言：英语" in lines(room.chat())
            llm.script = translating
            await asked_again(room, app, timedelta(minutes=70))
        assert "AI 译自英语" in lines(room.chat())


async def lateness_of_all(app: App) -> timedelta:
    async with app.deps.store.begin() as tx:
        rows = await tx.digests(None, 10)
    made: datetime = max(row["made_at"] for row in rows)
    return made - SLOT


async def test_a_reprint_costs_no_new_call(home: Path) -> None:
    articles = samples()[1]
    async with working(home, stories_per_topic=20, prepare_ahead=timedelta(hours=2)) as (llm, room, app):
        await prepare(room, app, timedelta(hours=1))
        asked = len(llm.requests)
        assert asked
        original = next(one for one in articles if one.id == "latakia-fires-contained")
        room.server.articles = (*articles, reprint(original))
        room.clock.move(1800)
        await app.work("poll", "read", "place")
        async with app.deps.store.begin() as tx:
            rows = await tx.stories_since(NOW - timedelta(days=3), app.deps.desk.catalogue.slugs)
            ident = next(story.id for story, _ in rows if "Latakia" in story.title)
            kinds = [placement.kind for placement in await tx.placements(ident)]
        assert PlacementKind.DUPLICATE in kinds
        await app.work("prepare")
        assert len(llm.requests) == asked


def reprint(original: SampleArticle) -> SampleArticle:
    other = next(one.id for one in ENGLISH if one.id != original.outlet and one.format == "rss20")
    return replace(
        original, id=f"{original.id}-again", outlet=other, published_at=NOW + timedelta(minutes=20), byline=""
    )


async def test_preparing_is_not_repeated_at_every_tick(home: Path) -> None:
    async with working(home, TROUBLES["prose"]) as (llm, room, app):
        await prepare(room, app, timedelta(minutes=14))
        asked = len(llm.requests)
        assert asked
        for _ in range(20):
            room.clock.move(5)
            await app.work("prepare")
        assert len(llm.requests) == asked
        room.clock.move(200)
        await app.work("prepare")
        assert len(llm.requests) > asked


async def test_no_model_is_asked_of_an_edition_that_is_far_ahead(home: Path) -> None:
    async with (
        fake_llm(copying) as llm,
        newsroom(home, outlets=ENGLISH) as room,
        room.app(model=llm.url) as app,
    ):
        await prepare(room, app, timedelta(minutes=20))
        assert llm.requests == []


async def asked_again(room: Newsroom, app: App, after: timedelta) -> None:
    room.clock.move((SLOT + after - room.clock.now()).total_seconds())
    await app.runner.put([step for step in await plan(app.deps) if step.name in {"revise", "send"}])
    await app.runner.idle()


async def test_excerpts_that_were_sent_are_edited_in_place_once_when_the_model_is_back(home: Path) -> None:
    async with working(home, ERROR) as (llm, room, app):
        await prepare(room, app)
        await post(room, app)
        before = room.simulator.messages(CHAT)
        assert EXCERPT_LABEL in lines(room.chat())
        await asked_again(room, app, timedelta(minutes=10))
        assert EXCERPT_LABEL in lines(room.chat()), "the model is still down"
        llm.script = copying
        await asked_again(room, app, timedelta(minutes=40))
        after = room.simulator.messages(CHAT)
        kept = [message.id for message in before][: len(after)]
        assert [message.id for message in after] == kept, "edited in place; a message too many is gone"
        assert AI_LABEL in lines(room.chat())
        asked, text = len(llm.requests), room.chat()
        for hours in (1, 2, 3):
            await asked_again(room, app, timedelta(hours=hours))
        assert (len(llm.requests), room.chat()) == (asked, text), "it is edited once"
        async with app.deps.store.begin() as tx:
            edits = [one for one in await tx.deliveries(None, 100) if one.action is Action.EDIT]
        assert edits
        assert all(one.state is DeliveryState.SENT for one in edits)


async def test_a_digest_of_which_the_model_tells_a_part_is_edited_after_an_hour(home: Path) -> None:
    def half(body: dict[str, Any], _: int) -> str:
        return copying(body) if "Latakia" in json.dumps(body) else "prose"

    async with working(home, ERROR) as (llm, room, app):
        await prepare(room, app)
        await post(room, app)
        llm.script = half
        await asked_again(room, app, timedelta(minutes=30))
        assert EXCERPT_LABEL in lines(room.chat()), "the others may come yet"
        await asked_again(room, app, timedelta(minutes=70))
        assert "AI summary, checked against" in lines(room.chat())
        assert "Excerpts from" in lines(room.chat())


async def test_over_budget_the_digest_comes_from_excerpts_and_says_so(home: Path) -> None:
    async with fake_llm(copying) as llm, newsroom(home, outlets=ENGLISH) as room:
        room.use(budget_day=0.02)
        async with room.app(model=llm.url) as app:
            await prepare(room, app)
            asked = len(llm.requests)
            await post(room, app)
            assert await lateness(app) <= timedelta(seconds=60)
            async with app.deps.store.begin() as tx:
                spent = await tx.cost(NOW - timedelta(days=1))
        chat = lines(room.chat())
    assert asked > 0
    assert spent <= 0.02
    assert "the model's budget is used up" in chat


async def test_a_better_model_tells_the_top_stories_only(home: Path) -> None:
    async with fake_llm(copying) as llm, newsroom(home, outlets=ENGLISH) as room:
        room.use(top_model="grand", top_stories=2)
        async with room.app(model=llm.url) as app:
            await prepare(room, app)
            await post(room, app)
            told = items(await demand(app.deps))
        models = sorted(body["model"] for body in llm.requests)
    assert models.count("grand") == 2
    assert len(models) == len(told)
    ranked = sorted(told, key=lambda item: -item.score)
    assert [item.summary.model for item in ranked[:2]] == ["grand", "grand"]


@pytest.mark.slow
async def test_a_model_that_is_down_for_a_day_makes_no_digest_late_or_dear(tmp_path: Path) -> None:
    """A digest every two hours, each with news, through 24 hours of every fault; then the model is back.

    Each of the twelve slots has its fault: before the slot (an edition is prepared), at it, and half an hour
    later (what was sent is to be revised). The clock is set by the plan of the day: what tasks sleep beside
    each other would add up on a virtual clock.
    """
    slots = [NOW + timedelta(hours=2 * number, minutes=90) for number in range(12)]
    times = [f"{slot:%H:%M}" for slot in slots]
    faults = list(FAULTS)
    asked, edition = [], 0
    async with (
        fake_llm(ERROR) as llm,
        newsroom(tmp_path, outlets=ENGLISH, articles=[], digest={"times": times}) as room,
    ):
        room.use(budget_day=CAP, model_timeout=0.3)
        async with room.app(model=llm.url) as app:
            for slot, news in zip(slots, through_a_day(slots), strict=True):
                room.server.articles = (*room.server.articles, *news)
                llm.script = FAULTS[faults[edition % len(faults)]]
                before, edition = len(llm.requests), edition + 1
                for minutes in (-10, 0, 30):
                    at = slot + timedelta(minutes=minutes, seconds=5)
                    room.clock.move((at - room.clock.now()).total_seconds())
                    await app.runner.put(await plan(app.deps))
                    await app.runner.idle()
                    async with app.deps.store.begin() as tx:
                        assert await tx.cost(NOW) <= CAP
                asked.append(len(llm.requests) - before)
            down = lines(room.chat())
            async with app.deps.store.begin() as tx:
                editions = await tx.editions(100)
            llm.script = copying
            await asked_again(room, app, slots[-1] - SLOT + timedelta(hours=1))
        back = lines(room.chat())
    assert len(editions) == len(slots)
    assert all(one["items"] for one in editions), "each told something"
    late = [one["sent_at"] - one["slot_at"] for one in editions]
    assert max(late) <= timedelta(seconds=60)
    assert all(asked), f"the model was asked for each: {asked}"
    assert_no_words_of_the_model(down)
    assert "AI summary" not in down
    assert "AI summary, checked against" in back, "it is used again"


def through_a_day(slots: list[datetime]) -> Iterator[list[SampleArticle]]:
    """The samples' stories, told anew a few before each slot."""
    stories: dict[str, list[SampleArticle]] = {}
    known = {one.id for one in ENGLISH if one.format not in {"broken", "dead"}}
    for article in samples()[1]:
        if article.outlet in known and not re.fullmatch(r"n\d+", article.story):
            stories.setdefault(article.story, []).append(article)
    told = [stories[name] for name in sorted(stories)]
    for number, slot in enumerate(slots):
        at = slot - timedelta(minutes=45)
        yield [replace(one, published_at=at) for story in told[number :: len(slots)] for one in story[:2]]
