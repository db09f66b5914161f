"""Drafts, the gate, comparison, the watch and the way back, on the real store with a scripted model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.adapters.catalogues import Catalogues
from bot.adapters.clock import FixedClock
from bot.adapters.samples import samples
from bot.adapters.store import SqlStore
from bot.domain import prompts
from bot.domain.prompts.book import falls_to_rival
from bot.errors import Code, Misconfigured, Transient
from bot.pipeline import studio, trials
from bot.pipeline.bookshelf import set_chat_style
from bot.pipeline.prompt_files import Followed, follow, take_style
from bot.ports import Deps, Desk, Step, Store, Tx
from bot.types import (
    Brief,
    Delivery,
    Length,
    Person,
    PromptOutcome,
    PromptVersion,
    Role,
    Rules,
    Sample,
    StoryId,
    Summary,
    VersionState,
)
from tests import make

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "prompts" / "story.prompt.md").read_text(encoding="utf-8")
CALM = SHIPPED.replace("You are neutral and exact.", "You are neutral, exact and calm.")
INVENTS = SHIPPED.replace("You are neutral and exact.", "Add what probably happened, with figures.")
DEAR = SHIPPED.replace("You are neutral and exact.", "Think aloud for a thousand words first.")
LOSES = SHIPPED.replace("You are neutral and exact.", "Give no passages.")


BRIEF = Brief(
    story=StoryId(1),
    topic="Syria",
    language="en",
    length=Length.STANDARD,
    passages=(),
    sources=(make.source(),),
    basis="b",
)


@dataclass
class Scripted:
    """A model that does what the prompt's wording asks for; ``down`` takes it off the air."""

    down: bool = False
    told: list[tuple[str, StoryId]] = field(default_factory=list)

    async def __call__(self, text: str, style: str, brief: Brief) -> tuple[Summary, PromptOutcome]:
        del style
        if self.down:
            raise Transient("no model", code=Code.MODEL_UNAVAILABLE)
        prompt = prompts.parse(text, "x")
        self.told.append((prompt.hash, brief.story))
        outcome = PromptOutcome(
            at=make.NOW, name=prompt.name, hash=prompt.hash, story=brief.story, sentences=4, tokens_in=500,
            tokens_out=3000 if "Think aloud" in text else 200, hard=2 if "probably" in text else 0,
            dropped=2 if "probably" in text else 0, extractive="Give no passages" in text,
        )  # fmt: skip
        return make.summary(story=brief.story), outcome


SAMPLES = tuple(Sample(id=f"s{at}", brief=replace(BRIEF, story=StoryId(at))) for at in range(1, 21))


def open_desk(store: Store, clock: FixedClock, told: Sequence[Sample] = SAMPLES) -> tuple[Deps, Scripted]:
    """What a process that starts now has; only what the studio may touch is there."""
    model, nothing = Scripted(), cast("Any", None)
    deps = Deps(
        store=store,
        clock=clock,
        web=nothing,
        parser=nothing,
        summarizer=nothing,
        fallback=nothing,
        channels={"telegram": nothing},
        rules=Rules(),
        wording=Catalogues(),
        attempt=model,
        samples=lambda: tuple(told),
    )
    return deps, model


@pytest.fixture
def desk(sqlite_store: SqlStore, store_clock: FixedClock) -> tuple[Deps, Scripted]:
    return open_desk(sqlite_store, store_clock)


async def _start(deps: Deps, text: str = SHIPPED) -> str:
    await follow(deps, {"story": text}, defaults={"story": SHIPPED})
    return await _live(deps)


async def _live(deps: Deps) -> str:
    pointer = await studio.live(deps, "story")
    assert pointer is not None
    return pointer.hash


async def _draft(deps: Deps, text: str, by: str = "7") -> PromptVersion:
    return (await studio.draft(deps, "story", text, by=by, origin="chat"))[0]


async def test_the_first_version_is_live_and_a_good_edit_follows_it(desk: tuple[Deps, Scripted]) -> None:
    deps, model = desk
    first = await _start(deps)
    assert first == prompts.parse(SHIPPED, "x").hash
    assert model.told == []  # nothing to hold it against
    version = await _draft(deps, CALM)
    trial = await studio.activate(deps, version, by="7", expected=0)
    assert trial is not None
    assert trial.objections == ()
    assert (trial.now.stories, trial.was.stories) == (20, 20)
    assert await _live(deps) == version.hash
    book = await studio.refresh(deps)
    found = book.find(["story"])
    assert found is not None
    assert "exact and calm" in found.body
    async with deps.store.begin() as tx:
        assert [one.what for one in await tx.events("story")] == ["activated", "tested", "drafted", "drafted"]
    assert await studio.activate(deps, version, by="7", expected=1) is None  # it is live already


@pytest.mark.parametrize(("text", "kind"), [(INVENTS, "hard"), (DEAR, "cost"), (LOSES, "extractive")])
async def test_a_bad_one_is_stopped_and_when_forced_rolled_back_within_one_run(
    desk: tuple[Deps, Scripted], text: str, kind: str
) -> None:
    deps, model = desk
    first = await _start(deps)
    version = await _draft(deps, text)
    trial = await studio.activate(deps, version, by="7", expected=0)
    assert trial is not None
    assert kind in {one.kind for one in trial.objections}
    assert await _live(deps) == first
    refused = await studio.find(deps, "story", version.hash)
    assert refused.state is VersionState.REFUSED
    with pytest.raises(Misconfigured, match="was refused before"):
        await studio.activate(deps, refused, by="7", expected=0)
    await studio.activate(deps, refused, by="1", expected=0, force="I want to see it")
    assert await _live(deps) == version.hash
    await _tell(deps, model, text, stories=8)
    await studio.watch(deps, Step(name="watch"))
    assert await _live(deps) == first
    async with deps.store.begin() as tx:
        event = (await tx.events("story"))[0]
    assert (event.what, event.by) == ("rolled_back", "dateline")
    assert event.why
    gone = await studio.find(deps, "story", version.hash)
    assert gone.state is VersionState.ROLLED_BACK


async def _tell(deps: Deps, model: Scripted, text: str, *, stories: int) -> None:
    """What the live version makes of so many stories of readers."""
    for number in range(stories):
        _, outcome = await model(text, "", replace(BRIEF, story=StoryId(number + 100)))
        async with deps.store.begin() as tx:
            await tx.add_outcome(replace(outcome, at=deps.clock.now()))


async def test_a_good_one_stays_and_too_few_stories_decide_nothing(desk: tuple[Deps, Scripted]) -> None:
    deps, model = desk
    await _start(deps)
    version = await _draft(deps, CALM)
    await studio.activate(deps, version, by="7", expected=0)
    await _tell(deps, model, CALM, stories=40)
    await studio.watch(deps, Step(name="watch"))
    assert await _live(deps) == version.hash
    forced = await _draft(deps, INVENTS)
    await studio.activate(deps, forced, by="1", expected=1, force="try")
    await _tell(deps, model, INVENTS, stories=3)
    await studio.watch(deps, Step(name="watch"))
    assert await _live(deps) == forced.hash


async def test_a_rollback_brings_back_the_very_same_text(desk: tuple[Deps, Scripted]) -> None:
    deps, _ = desk
    first = await _start(deps)
    version = await _draft(deps, CALM)
    await studio.activate(deps, version, by="7", expected=0)
    await studio.rollback(deps, "story", by="7", why="too calm")
    assert await _live(deps) == first
    assert (await studio.find(deps, "story", first)).text == SHIPPED
    with pytest.raises(Misconfigured, match="no earlier version"):
        await studio.rollback(deps, "story", by="7", why="again")


async def test_two_editors_at_once_lose_nothing(desk: tuple[Deps, Scripted]) -> None:
    deps, _ = desk
    await _start(deps)
    mine, yours = await _draft(deps, CALM, "7"), await _draft(deps, CALM.replace("calm", "brisk"), "8")
    await studio.activate(deps, mine, by="7", expected=0)
    with pytest.raises(Misconfigured, match="somebody else has changed"):
        await studio.activate(deps, yours, by="8", expected=0)
    assert await _live(deps) == mine.hash
    assert (await studio.find(deps, "story", yours.hash)).state is VersionState.DRAFT
    await studio.activate(deps, yours, by="8", expected=1)
    assert await _live(deps) == yours.hash


class Killed(Exception):
    pass


@dataclass
class Failing:
    """A store whose process is killed before its nth commit from now; ``left`` is none: it lives."""

    store: Store
    left: int | None = None
    begun: int = 0

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Tx]:
        async with self.store.begin() as tx:
            yield tx
            self.begun += 1
            if self.left is not None and self.begun >= self.left:
                raise Killed

    async def close(self) -> None:
        await self.store.close()


async def _activates(deps: Deps) -> object:
    return await studio.activate(deps, await _draft(deps, CALM), by="7", expected=1)


async def _rolls_back(deps: Deps) -> object:
    return await studio.rollback(deps, "story", by="7", why="worse")


async def _compares(deps: Deps) -> object:
    return await studio.compare(deps, await _draft(deps, CALM), by="7", days=3)


async def _follows(deps: Deps) -> Followed:
    return await follow(deps, {"story": CALM}, defaults={"story": SHIPPED})


async def _watches(deps: Deps) -> object:
    return await studio.watch(deps, Step(name="watch"))


BRISK = SHIPPED.replace("exact.", "exact and brisk.")


@pytest.mark.parametrize("step", [_activates, _rolls_back, _compares, _follows, _watches])
async def test_killed_before_any_commit_the_live_version_is_one_of_two_and_can_be_read(
    sqlite_store: SqlStore, store_clock: FixedClock, step: Callable[[Deps], Awaitable[object]]
) -> None:
    deps, model = open_desk(sqlite_store, store_clock)
    first = await _start(deps)
    second = await _draft(deps, BRISK)
    await studio.activate(deps, second, by="7", expected=0)
    model.told.clear()
    for _ in range(6):
        _, outcome = await model(INVENTS, "", BRIEF)
        async with sqlite_store.begin() as tx:  # brisk invents, as readers saw: the watch has cause
            await tx.add_outcome(replace(outcome, hash=second.hash, at=store_clock.now()))
    kills = 0
    while True:
        failing = Failing(sqlite_store, left=kills + 1)
        try:
            await step(replace(deps, store=failing, desk=Desk()))
            break  # it got through: every commit before was one at which it was killed
        except Killed:
            kills += 1
        except Misconfigured:  # a rollback that was killed when all was written has nothing to go back to
            assert step is _rolls_back
            break
        again, _ = open_desk(sqlite_store, store_clock)
        pointer = await studio.live(again, "story")
        assert pointer is not None
        assert pointer.hash in {first, second.hash, prompts.parse(CALM, "x").hash}
        found = (await studio.refresh(again)).find(["story"])
        assert found is not None
        assert found.hash == pointer.hash
        if pointer.hash == second.hash:
            continue
        async with sqlite_store.begin() as tx:  # what changed says so
            assert (await tx.events("story"))[0].what in {"activated", "rolled_back"}
    assert kills >= 2


async def test_a_model_that_is_gone_in_the_middle_changes_nothing(desk: tuple[Deps, Scripted]) -> None:
    deps, model = desk
    first = await _start(deps)
    version = await _draft(deps, CALM)
    model.down = True
    with pytest.raises(Transient):
        await studio.activate(deps, version, by="7", expected=0)
    assert await _live(deps) == first
    model.down = False
    await studio.activate(deps, version, by="7", expected=0)
    assert await _live(deps) == version.hash


async def test_a_file_is_followed_through_the_same_gate(desk: tuple[Deps, Scripted]) -> None:
    deps, model = desk
    first = await _start(deps)
    found = await follow(deps, {"story": CALM}, defaults={"story": SHIPPED})
    assert found.activated == ("story",)
    assert await _live(deps) != first
    found = await follow(deps, {"story": INVENTS}, defaults={"story": SHIPPED})
    assert found.refused is not None
    assert "hard findings" in found.refused["story"]
    model.told.clear()
    again = await follow(deps, {"story": INVENTS}, defaults={"story": SHIPPED})
    assert (again.refused, again.activated, model.told) == (None, (), [])  # a refused text is not tried again


async def test_a_broken_file_never_replaces_the_last_good_one(desk: tuple[Deps, Scripted]) -> None:
    deps, _ = desk
    first = await _start(deps)
    found = await follow(
        deps, {"story": SHIPPED.replace("{{ language }}", "{{ langauge }}")}, defaults={"story": SHIPPED}
    )
    assert found.broken is not None
    assert "did you mean 'language'?" in found.broken["story"]
    assert await _live(deps) == first


async def test_a_first_file_that_is_broken_gives_way_to_the_default(desk: tuple[Deps, Scripted]) -> None:
    deps, _ = desk
    found = await follow(deps, {"story": "nothing"}, defaults={"story": SHIPPED})
    assert found.broken is not None
    assert await _live(deps) == prompts.parse(SHIPPED, "x").hash


async def test_a_new_default_goes_live_only_where_nobody_edited(desk: tuple[Deps, Scripted]) -> None:
    deps, _ = desk
    await _start(deps)
    newer = SHIPPED.replace("Quote only word for word", "Quote word for word only")
    assert (await follow(deps, {}, defaults={"story": newer})).activated == ("story",)
    await follow(deps, {"story": CALM}, defaults={"story": newer})
    edited = await _live(deps)
    newest = newer.replace("and seldom", "and rarely")
    found = await follow(deps, {"story": CALM}, defaults={"story": newest})
    assert (found.drafted, found.activated) == (("story",), ())
    assert await _live(deps) == edited


async def test_a_comparison_takes_half_of_the_stories_and_ends(
    desk: tuple[Deps, Scripted], store_clock: FixedClock
) -> None:
    deps, _ = desk
    first = await _start(deps)
    version = await _draft(deps, CALM)
    await studio.compare(deps, version, by="7", days=3)
    book = await studio.refresh(deps)
    told = {at: book.find(["story"], story=StoryId(at)) for at in range(1, 201)}
    by_rival = {at for at, one in told.items() if one is not None and one.hash == version.hash}
    assert 70 <= len(by_rival) <= 130
    assert by_rival == {at for at in told if falls_to_rival("story", StoryId(at))}
    store_clock.move(timedelta(days=3, seconds=1).total_seconds())
    await studio.watch(deps, Step(name="watch"))
    assert await _live(deps) == first
    book = await studio.refresh(deps)
    told = {at: book.find(["story"], story=StoryId(at)) for at in told}
    assert {one.hash for one in told.values() if one is not None} == {first}


async def test_without_a_model_a_draft_waits_and_says_why(desk: tuple[Deps, Scripted]) -> None:
    deps, _ = desk
    await _start(deps)
    alone = replace(deps, attempt=None)
    found = await follow(alone, {"story": CALM}, defaults={"story": SHIPPED})
    assert found.drafted == ("story",)
    with pytest.raises(Misconfigured, match="no model is configured"):
        await studio.preview(alone, await _draft(deps, CALM), [BRIEF])
    assert (await follow(deps, {"story": CALM}, defaults={"story": SHIPPED})).activated == ("story",)


async def test_a_preview_shows_both_and_changes_nothing(desk: tuple[Deps, Scripted]) -> None:
    deps, _ = desk
    first = await _start(deps)
    (pair,) = await studio.preview(deps, await _draft(deps, INVENTS), [BRIEF])
    assert pair.live is not None
    assert (pair.draft.outcome.hard, pair.live.outcome.hard) == (2, 0)
    assert await _live(deps) == first


async def test_the_house_style_reaches_the_book(desk: tuple[Deps, Scripted]) -> None:
    deps, _ = desk
    await _start(deps)
    await take_style(deps, "tone: dry\navoid: [amid, slam]\n")
    assert (await studio.refresh(deps)).style == "- Tone: dry.\n- Words to avoid: amid, slam."
    with pytest.raises(Misconfigured, match="unknown key 'tune'"):
        await take_style(deps, "tune: dry\n")
    assert "dry" in (await studio.refresh(deps)).style


async def test_the_gate_takes_all_samples_at_the_length_that_a_prompt_tells_whatever_it_names(
    desk: tuple[Deps, Scripted],
) -> None:
    deps, _ = desk
    named = SHIPPED.replace("task: story", "task: story\nsamples: [s3, s17]")
    assert len(trials.gauntlet(deps, await _draft(deps, named))) == 20
    strange = named.replace("s17", "s71").replace("exact.", "calm.")
    with pytest.raises(Misconfigured, match="no sample 's71'") as caught:
        trials.gauntlet(deps, await _draft(deps, strange))
    assert "s17" in caught.value.hint
    deep = SHIPPED.replace("name: story", "name: story-deep")
    version = (await studio.draft(deps, "story-deep", deep, by="7", origin="chat"))[0]
    assert {one.length for one in trials.gauntlet(deps, version)} == {Length.DEEP}


@pytest.mark.parametrize(
    ("name", "least"),
    [("update", 20), ("page", 20), ("overview", 15), ("story-brief", 20), ("translation", 20)],
)
async def test_a_prompt_is_tried_in_the_frame_of_its_task(
    sqlite_store: SqlStore, store_clock: FixedClock, name: str, least: int
) -> None:
    deps, _ = open_desk(sqlite_store, store_clock, samples(ROOT / "prompts" / "samples"))
    text = (ROOT / "prompts" / f"{name}.prompt.md").read_text(encoding="utf-8")
    version = (await studio.draft(deps, name, text, by="7", origin="chat"))[0]
    briefs = trials.gauntlet(deps, version)
    assert len(briefs) >= least
    assert {one.task for one in briefs} == {prompts.parse(text, name).task}
    assert all(one.passages for one in briefs)
    if name == "update":  # only what is new, while there is more to tell
        assert all(one.whole for one in briefs)
        assert sum(one.whole != one.basis for one in briefs) > 15  # where the first report is in its language
    if name == "translation":
        assert all(one.language.split("-")[0] != one.text_language for one in briefs)
    if name == "page":
        assert {len(one.sources) for one in briefs} == {1}
    if name == "overview":
        assert {len(one.events) for one in briefs} == {3}


async def test_an_update_and_a_page_have_prompts_of_their_own(desk: tuple[Deps, Scripted]) -> None:
    deps, _ = desk
    names = ("story", "story-deep", "update", "page")
    texts = {one: (ROOT / "prompts" / f"{one}.prompt.md").read_text(encoding="utf-8") for one in names}
    await follow(deps, texts, defaults=texts)
    default = prompts.parse(SHIPPED, "x")

    def name_of(brief: Brief) -> str:
        return studio.voice(deps.desk, brief, default).prompt.name

    assert name_of(BRIEF) == "story"
    assert name_of(replace(BRIEF, length=Length.DEEP)) == "story-deep"
    assert name_of(replace(BRIEF, length=Length.BRIEF)) == "story"  # where there is none of this length
    assert name_of(replace(BRIEF, task="update", length=Length.DEEP)) == "update"
    assert name_of(replace(BRIEF, task="page")) == "page"


async def test_a_topics_first_own_version_is_watched_beside_the_houses(desk: tuple[Deps, Scripted]) -> None:
    deps, model = desk
    first = await _start(deps)
    version = await _draft(deps, INVENTS)
    place = "topic:syria"
    await studio.activate(deps, version, by="1", expected=None, scope=place, force="try it there")
    book = await studio.refresh(deps)
    told = [book.find(["story"], topic=slug) for slug in ("syria", "us-china")]
    assert [one.hash for one in told if one] == [version.hash, first]
    await _tell(deps, model, INVENTS, stories=8)
    await studio.watch(deps, Step(name="watch"))
    assert await studio.live(deps, "story", place) is None
    found = (await studio.refresh(deps)).find(["story"], topic="syria")
    assert found is not None
    assert found.hash == first
    assert (await studio.find(deps, "story", version.hash)).state is VersionState.ROLLED_BACK


async def _alerts(deps: Deps) -> dict[str, list[str]]:
    """Chat -> what it is told."""
    async with deps.store.begin() as tx:
        queued: tuple[Delivery, ...] = await tx.deliveries()
    found: dict[str, list[str]] = {}
    for one in sorted(queued, key=lambda one: one.id):
        found.setdefault(one.address.chat, []).append(one.part.text)
    return found


async def test_the_owner_and_the_editors_hear_once_of_a_rollback_and_of_a_broken_file(
    desk: tuple[Deps, Scripted],
) -> None:
    deps, model = desk
    async with deps.store.begin() as tx:
        await tx.put_person(Person(id="1", role=Role.OWNER))
        await tx.put_person(Person(id="7", role=Role.EDITOR, language="zh-Hant"))
        await tx.put_person(Person(id="9"))
    await _start(deps)
    slip = SHIPPED.replace("{{ language }}", "{{ langauge }}")
    for _ in range(2):
        await follow(deps, {"story": slip}, defaults={"story": SHIPPED})
    told = await _alerts(deps)
    assert told.keys() == {"1", "7"}
    assert [len(one) for one in told.values()] == [1, 1]
    assert "The file story in prompts/ was changed, and is not used: unknown variable" in told["1"][0]
    assert "did you mean 'language'?" in told["1"][0]
    assert "仍使用上一個正確的版本" in told["7"][0]
    version = await _draft(deps, INVENTS)
    await studio.activate(deps, version, by="1", expected=0, force="try")
    await _tell(deps, model, INVENTS, stories=8)
    for _ in range(2):
        await studio.watch(deps, Step(name="watch"))
    told = await _alerts(deps)
    assert [len(one) for one in told.values()] == [2, 2]
    assert "went back to" in told["1"][1]
    assert "hard findings per 100 sentences: 50.0" in told["1"][1]
    assert "每百句的嚴重問題" in told["7"][1]
    await follow(deps, {"story": DEAR}, defaults={"story": SHIPPED})  # refused by the gate
    assert "tokens a story" in (await _alerts(deps))["1"][2]


async def test_a_chat_has_a_style_of_its_own_within_what_the_owner_allows(
    desk: tuple[Deps, Scripted],
) -> None:
    deps, _ = desk
    await _start(deps)
    await take_style(deps, "tone: dry\n")
    default = prompts.parse(SHIPPED, "x")
    house = studio.voice(deps.desk, BRIEF, default)
    with pytest.raises(Misconfigured, match="may not have a style of their own"):
        await set_chat_style(deps, "55", "Like a fairy tale", most=0)
    with pytest.raises(Misconfigured, match="are allowed"):
        await set_chat_style(deps, "55", "Like a fairy tale", most=10)
    await set_chat_style(deps, "55", "Like a\nfairy tale", most=100)
    assert (await studio.refresh(deps)).of_chat("55")
    own = studio.voice(deps.desk, replace(BRIEF, chat="55"), default)
    assert own.style.splitlines()[0] == "- Tone: dry."
    assert own.style.endswith("Like a fairy tale")
    assert own.own
    assert own.signature != house.signature
    assert studio.voice(deps.desk, BRIEF, default).signature == house.signature  # all others share theirs
    await set_chat_style(deps, "55", "", most=0)
    assert not (await studio.refresh(deps)).of_chat("55")


async def test_a_chat_has_a_prompt_of_its_own(desk: tuple[Deps, Scripted]) -> None:
    deps, _ = desk
    first = await _start(deps)
    version = await _draft(deps, CALM)
    await studio.activate(deps, version, by="1", expected=None, scope="chat:55")
    book = await studio.refresh(deps)
    assert book.of_chat("55")
    assert not book.of_chat("")
    found = [book.find(["story"], topic="syria", chat=chat) for chat in ("55", "")]
    assert [one.hash for one in found if one] == [version.hash, first]
