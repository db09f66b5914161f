"""Prompts as people work on them, in the chat and on the command line alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain import prompts
from bot.domain.prompts import Figures
from bot.errors import Broken, Misconfigured
from bot.pipeline import studio
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.pipeline.tell import brief_of
from bot.ports import Deps
from bot.settings.env import nearest
from bot.types import (
    Brief,
    Length,
    LivePrompt,
    PromptVersion,
    Story,
    StoryId,
    VersionState,
)

ENDING = ".prompt.md"
BYTES = 80_000
"""Bytes of a prompt's file: its 20,000 characters, at most four bytes each."""
WINDOWS = tuple(timedelta(days=days) for days in (2, 7, 30))
"""Where stories for a preview are looked for, until there are enough."""
MOST_SAMPLES = 6
"""Samples that a prompt may name for its preview: each is two calls of the model."""
EVENTS = 500
"""Lines of a history that are read."""
STYLE = """\
# The house style: it reaches every prompt as {{ house_style }}. Change what stands behind the colons.
tone: ""             # calm and plain
audience: ""         # people who follow the region, but not every day
sentence_length: ""  # under 25 words
avoid: []            # [amid, slam]
notes: []            # [Write numbers under ten as words.]
"""
"""What somebody who has none yet begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A prompt with all that is known of it: the live version, its pointers, versions newest first."""

    name: str
    live: LivePrompt | None
    scoped: tuple[LivePrompt, ...]
    versions: tuple[PromptVersion, ...]

    @property
    def current(self) -> PromptVersion | None:
        """The live version."""
        return self.version(self.live.hash) if self.live else None

    @property
    def revision(self) -> int | None:
        """Of the house's pointer; None where there is none."""
        return self.live.revision if self.live else None

    @property
    def drafts(self) -> tuple[PromptVersion, ...]:
        """What was never live, newest first."""
        return tuple(one for one in self.versions if one.state is VersionState.DRAFT)

    @property
    def described(self) -> str:
        """What it is for, in the words of its file."""
        shown = self.current or next(iter(self.versions), None)
        try:
            return prompts.parse(shown.text, self.name).description if shown else ""
        except Misconfigured:  # written for an older program, with laxer rules
            return ""

    def version(self, hash_: str) -> PromptVersion | None:
        """The version of this whole hash."""
        return next((one for one in self.versions if one.hash == hash_), None)


async def shelves(deps: Deps) -> tuple[Shelf, ...]:
    """All prompts, by name."""
    async with deps.store.begin() as tx:
        pointers, versions = await tx.live_prompts(), await tx.versions()
    made = []
    for name in sorted({*(one.name for one in pointers), *(one.name for one in versions)}):
        mine = [one for one in pointers if one.name == name]
        made.append(
            Shelf(
                name=name,
                live=next((one for one in mine if not one.scope), None),
                scoped=tuple(one for one in mine if one.scope),
                versions=tuple(one for one in versions if one.name == name),
            )
        )
    return tuple(made)


async def shelf(deps: Deps, name: str) -> Shelf:
    """One prompt. Raises Misconfigured where there is none of this name."""
    known = {one.name: one for one in await shelves(deps)}
    if name not in known:
        hint = nearest(name, known, "dateline prompts list names them all")
        raise Misconfigured(f"there is no prompt {name!r}", hint=hint)
    return known[name]


def pick(found: Shelf, wanted: str) -> PromptVersion:
    """A version by its hash (or the beginning of it), or as ``live``, ``before`` or ``draft``.

    Raises:
        Misconfigured: there is none, or more than one.
    """
    words = {
        "live": found.live.hash if found.live else "",
        "before": found.live.before if found.live else "",
        "draft": found.drafts[0].hash if found.drafts else "",
    }
    hash_ = words.get(wanted, wanted)
    mine = [one for one in found.versions if hash_ and one.hash.startswith(hash_)]
    if len(mine) == 1:
        return mine[0]
    hint = "no version yet"
    if found.versions:
        hint = f"known versions, newest first: {', '.join(one.hash for one in found.versions[:8])}"
    if wanted in words and not mine:
        missing = {"live": "is live", "before": "was live before", "draft": "waits as a draft"}[wanted]
        raise Misconfigured(f"no version of {found.name!r} {missing}", hint=hint)
    said = "no version" if not mine else "more than one version"
    raise Misconfigured(f"{said} of {found.name!r} begins with {wanted!r}", hint=hint)


def utf8(body: bytes, name: str) -> str:
    """The text of a prompt's file. Raises Misconfigured where it is too large, or none in UTF-8."""
    if len(body) > BYTES:
        hint = f"a prompt has at most {prompts.FILE_LIMIT:,} characters"
        raise Misconfigured(f"the file has {len(body):,} bytes", hint=hint, file=name)
    try:
        return body.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        hint = "save it as plain text in UTF-8"
        raise Misconfigured(
            f"this is no text in UTF-8 (byte {error.start + 1})", hint=hint, file=name
        ) from None


async def who(deps: Deps, by: str) -> str:
    """The name of a person, as far as it is known."""
    if by.isdigit():
        async with deps.store.begin() as tx:
            person = await tx.person(by)
        return person.name if person and person.name else by
    return by


async def style_text(deps: Deps) -> str:
    """The house style as somebody wrote it; a file to fill in where there is none."""
    async with deps.store.begin() as tx:
        return await tx.note("house_style_text") or STYLE


# --------------------------------------------------------------------------------------------- stories to try


async def briefs(
    deps: Deps, ids: Sequence[int] = (), *, language: str = "en", version: PromptVersion | None = None
) -> tuple[Brief, ...]:
    """The stories of a preview: the chosen ones, else the samples that the prompt names, else typical ones.

    Where no stories are stored yet, the first samples.

    Typical is: recent, told by several outlets, each of another topic as far as there are.

    Raises:
        Misconfigured: a chosen story does not exist, or there are no stories at all.
        Broken: a chosen story has nothing to tell.
    """
    book = await catalogue(deps)
    if ids:
        return tuple([await _brief(deps, book, await _story(deps, one), language) for one in ids])
    named = prompts.parse(version.text, version.name).samples if version else ()
    if mine := tuple(one.brief for one in deps.samples() if one.id in named) if named else ():
        return mine[:MOST_SAMPLES]
    found: list[Brief] = []
    for story in await _typical(deps, book):
        try:
            found.append(await _brief(deps, book, story, language))
        except Broken:
            continue
        if len(found) == studio.PREVIEWED:
            break
    made = tuple(found) or tuple(one.brief for one in deps.samples()[: studio.PREVIEWED])
    if not made:
        raise Misconfigured("there are no stories to try it on yet", hint="dateline collect brings some")
    return made


async def _story(deps: Deps, number: int) -> Story:
    async with deps.store.begin() as tx:
        story = await tx.story(StoryId(number))
    if story is None:
        raise Misconfigured("no such story", hint="a digest in JSON names its stories", story=number)
    return story


async def _typical(deps: Deps, book: Catalogue) -> list[Story]:
    """Best first: a story of every topic, then their seconds."""
    stories: list[Story] = []
    for window in WINDOWS:
        async with deps.store.begin() as tx:
            since = await tx.stories_since(deps.clock.now() - window, book.slugs)
        stories = sorted(
            (story for story, _ in since),
            key=lambda one: (-min(one.voices, 4), -one.last_at.timestamp(), one.id),
        )
        if len(stories) >= studio.PREVIEWED:
            break
    turn: Counter[str] = Counter()
    ranked = []
    for at, story in enumerate(stories):
        slug = _topic(book, story)
        ranked.append((turn[slug], at, story))
        turn[slug] += 1
    return [story for _, _, story in sorted(ranked, key=lambda one: one[:2])]


def _topic(book: Catalogue, story: Story) -> str:
    known = [match for match in story.topics if match.topic in book.slugs]
    return max(known, key=lambda match: match.score).topic if known else ""


async def _brief(deps: Deps, book: Catalogue, story: Story, language: str) -> Brief:
    slug = _topic(book, story)
    return await brief_of(deps, book, story, slug, language=language, length=Length.STANDARD)


# ------------------------------------------------------------------------------------------- two side by side


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One version in a comparison: what the check made of it, and what readers pressed on its stories."""

    hash: str
    figures: Figures
    presses: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two versions on alternate stories. ``until``: when it ends, or ended."""

    since: datetime
    until: datetime
    running: bool
    live: Side
    rival: Side


async def comparison(deps: Deps, found: Shelf) -> Comparison | None:
    """The running comparison of this prompt, else its last one; None where there was none."""
    async with deps.store.begin() as tx:
        events = await tx.events(found.name, EVENTS)
    start = next((at for at, one in enumerate(events) if one.what == "compared"), None)
    if start is None:
        return None
    begun = events[start]
    running = found.live is not None and found.live.rival == begun.hash
    after = [one for one in events[:start] if one.what in _ENDS]
    until = after[-1].at if after else deps.clock.now()
    if running and found.live and found.live.rival_until:
        until = found.live.rival_until
    other = str(begun.figures.get("against", ""))
    sides = [await _side(deps, found.name, one, begun.at, until) for one in (other, begun.hash)]
    return Comparison(since=begun.at, until=until, running=running, live=sides[0], rival=sides[1])


_ENDS = frozenset({"comparison_ended", "rolled_back", "activated", "forced"})


async def _side(deps: Deps, name: str, hash_: str, since: datetime, until: datetime) -> Side:
    async with deps.store.begin() as tx:
        outcomes = [one for one in await tx.outcomes(name, hash_, since) if one.at <= until]
        pressed = await tx.feedback(since=since)
    told = {one.story for one in outcomes}
    presses = Counter(str(one.press) for one in pressed if one.story in told and one.at <= until)
    return Side(hash=hash_, figures=prompts.add_up(outcomes), presses=dict(sorted(presses.items())))
