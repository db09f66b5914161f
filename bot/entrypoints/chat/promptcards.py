"""How prompts, their versions, differences, tests and histories look in the chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain import prompts as texts
from bot.domain.cleaning import clean
from bot.domain.messages import Run
from bot.domain.prompts import Figures, Line, Objection
from bot.entrypoints import prompts as desk
from bot.entrypoints.chat.pages import label, mark
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, code, italic, part
from bot.entrypoints.prompts import Comparison, Shelf, Side
from bot.pipeline.studio import Pair, Told, Trial
from bot.types import Button, EntityKind, Part, PromptEvent, PromptVersion, Role, VersionState

SHORT = 8
"""Characters of a hash that people are shown."""
DAYS = (3, 7)
"""For how long two versions are compared."""
_DIFFERENCE = 2600  # characters of a difference on a card
_EVENTS = 12
_VERSIONS = 6
_HISTORY = 240  # characters of a reason in the history
Pieces = list[str | Run]


def tag(version: str) -> Run:
    """A version's short name."""
    return code(version[:SHORT])


async def who(talk: Talk, by: str) -> str:
    """Who did something, in the person's words."""
    known = {"dateline": "prompts.by_dateline", "file": "prompts.by_file"}
    return talk.words(known[by]) if by in known else clean(await desk.who(talk.deps, by))


def press(talk: Talk, key: str, action: str, *arguments: object, **values: object) -> Button:
    """A button of ours."""
    return talk.button(talk.words(f"prompts.{key}", **values), "prompts", action, *arguments)


def seen(found: Shelf) -> str:
    """The revision of the live pointer, for a button's data."""
    return "-" if found.revision is None else str(found.revision)


def list_page(talk: Talk, shelves: Sequence[Shelf]) -> Part:
    """All prompts."""
    words = talk.words
    pieces: Pieces = [
        bold(words("prompts.title")),
        "\n",
        words("prompts.intro" if shelves else "prompts.none"),
    ]
    for one in shelves:
        pieces += ["\n\n", bold(one.name)]
        pieces += [" ", tag(one.live.hash)] if one.live else []
        pieces += [" – ", clean(one.described)] if one.described else []
        pieces += ["\n", words.count("prompts.drafts", len(one.drafts))] if one.drafts else []
    buttons = [talk.button(label(one.name), "prompts", "card", mark(one.name)) for one in shelves]
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    return part(*pieces, buttons=[*rows, (press(talk, "do_style", "style"),)])


async def card(talk: Talk, found: Shelf) -> Part:
    """One prompt: what is live, what waits, what can be done."""
    words, zone, key = talk.words, talk.app.settings.zone, mark(found.name)
    pieces: Pieces = [bold(found.name), "\n", clean(found.described)]
    live = found.live
    if live is not None:
        since = {"time": words.moment(live.since, zone), "who": await who(talk, live.by)}
        pieces += ["\n\n", words("prompts.live", version=live.hash[:SHORT], **since)]
        if live.rival and live.rival_until:
            until = words.moment(live.rival_until, zone)
            pieces += ["\n", words("prompts.compared", version=live.rival[:SHORT], time=until)]
    for scoped in found.scoped:
        kind, _, place = scoped.scope.partition(":")
        pieces += ["\n", words(f"prompts.for_{kind}", version=scoped.hash[:SHORT], **{kind: place})]
    if found.drafts:
        pieces += ["\n", words.count("prompts.drafts", len(found.drafts))]
    rows: list[Sequence[Button]] = [
        (press(talk, "do_text", "text", key, live.hash if live else ""), press(talk, "do_edit", "edit", key))
    ]
    rows += await _versions(talk, found, found.drafts[:3])
    rows.append((press(talk, "do_history", "history", key),))
    if live is not None and live.before:
        rows.append((press(talk, "do_rollback", "back", key, seen(found), version=live.before[:SHORT]),))
    return part(*pieces, buttons=[*rows, (press(talk, "do_list", "list"),)])


async def _versions(talk: Talk, found: Shelf, shown: Sequence[PromptVersion]) -> list[Sequence[Button]]:
    """A button for each of these versions."""
    rows: list[Sequence[Button]] = []
    for one in shown:
        day = talk.words.day(one.at.date(), "short")
        text = label(f"{one.hash[:SHORT]} · {state_of(talk, found, one)} · {await who(talk, one.by)} · {day}")
        rows.append((talk.button(text, "prompts", "version", mark(found.name), one.hash),))
    return rows


def state_of(talk: Talk, found: Shelf, version: PromptVersion) -> str:
    """What became of it, in words."""
    if found.live and found.live.hash == version.hash:
        return talk.words("prompts.state_live")
    return talk.words(f"prompts.state_{version.state}")


async def version_card(talk: Talk, found: Shelf, version: PromptVersion, *, above: str = "") -> Part:
    """A version: who wrote it why, what it changes, and what can be done with it."""
    words = talk.words
    made = {"who": await who(talk, version.by), "time": words.moment(version.at, talk.app.settings.zone)}
    pieces: Pieces = [above, "\n\n"] if above else []
    pieces += [bold(found.name), " ", tag(version.hash), f" – {state_of(talk, found, version)}"]
    pieces += ["\n", words("prompts.made", **made)]
    pieces += [": ", italic(clean(version.why))] if version.why else []
    current, whole = found.current, True
    if current is not None and current.hash != version.hash:
        lines = texts.difference(current.text, version.text)
        told, whole = difference(lines)
        key = "prompts.difference" if lines else "prompts.no_difference"
        pieces += ["\n\n", bold(words(key, version=current.hash[:SHORT])), "\n", *told]
    return part(*pieces, buttons=_doings(talk, found, version, whole=whole))


def _doings(talk: Talk, found: Shelf, version: PromptVersion, *, whole: bool) -> list[Sequence[Button]]:
    key, hash_ = mark(found.name), version.hash
    rows: list[Sequence[Button]] = []
    if found.live is None or found.live.hash != hash_:
        rows.append((press(talk, "do_preview", "preview", key, hash_),))
        if version.state in (VersionState.REFUSED, VersionState.ROLLED_BACK):
            rows += forcing(talk, found, version)
        else:
            rows.append((press(talk, "do_activate", "activate", key, hash_, seen(found)),))
            compares = [
                talk.button(
                    talk.words.count("prompts.do_compare", days, days=days), "prompts", "ab", key, hash_, days
                )
                for days in DAYS
            ]
            rows.append(compares)
    read = press(talk, "do_text", "text", key, hash_)
    rows.append((read,) if whole else (read, press(talk, "do_difference", "diff", key, hash_)))
    return [*rows, (press(talk, "do_card", "card", key, name=label(found.name)),)]


def forcing(talk: Talk, found: Shelf, version: PromptVersion) -> list[Sequence[Button]]:
    """The owner's way around the gate; nobody else sees it."""
    if not talk.plays(Role.OWNER):
        return []
    said = talk.words("prompts.do_force")
    return [(talk.button(said, "promptsforce", mark(found.name), version.hash, seen(found)),)]


def difference(lines: Sequence[Line]) -> tuple[Pieces, bool]:
    """Lines with − and +, changed words struck out or in bold; and whether that is all of it."""
    pieces: Pieces = []
    room = _DIFFERENCE
    for line in lines:
        room -= len(line.text) + 3
        if room < 0:
            return [*pieces, "\n…"], False
        sign = "−" if line.sign == "-" else line.sign
        pieces.append(f"\n{sign} ")
        kind = EntityKind.STRIKETHROUGH if line.sign == "-" else EntityKind.BOLD
        pieces += [Run(text, kind) if changed else text for text, changed in line.pieces]
    return pieces, True


def plain_difference(lines: Sequence[Line]) -> str:
    """The same as a text file."""
    return "".join(f"{line.sign} {line.text}".rstrip() + "\n" for line in lines)


# -------------------------------------------------------------------------------------- previews and tests


def pair(talk: Talk, made: Pair, live: str, draft: str) -> Part:
    """One story as both versions tell it."""
    title = made.brief.sources[0].title if made.brief.sources else made.brief.topic
    pieces: Pieces = [bold(clean(title))]
    for key, hash_, told in (("live", live, made.live), ("this", draft, made.draft)):
        if told is not None:
            pieces += ["\n\n", italic(talk.words(f"prompts.preview_{key}", version=hash_[:SHORT]))]
            pieces += _telling(talk, told)
    return part(*pieces)


def _telling(talk: Talk, told: Told) -> Pieces:
    words, one = talk.words, told.outcome
    pieces: Pieces = ["\n", bold(clean(told.summary.headline))]
    pieces += [f"\n{clean(sentence.text)}" for sentence in told.summary.sentences]
    for text in told.summary.rejected:
        pieces += ["\n", Run(clean(text), EntityKind.STRIKETHROUGH)]
    dropped = {"dropped": words.number(one.dropped), "sentences": words.number(one.sentences)}
    said = [words.count("prompts.findings", one.hard), words("prompts.dropped", **dropped)]
    said += [words("prompts.excerpts")] if one.extractive else []
    tokens = words.number(one.tokens_in + one.tokens_out)
    said.append(words("prompts.bill", tokens=tokens, cost=f"{one.cost:.4f}", seconds=f"{one.seconds:.1f}"))
    return [*pieces, "\n", italic(words.join(said))]


def trial(talk: Talk, made: Trial) -> Pieces:
    """The figures of both versions, and what speaks against this one."""
    pieces: Pieces = [f"• {objection(talk, one)}\n" for one in made.objections]
    pieces += ["\n"] if pieces else []
    pieces.append(italic(talk.words.count("prompts.tested", made.now.stories)))
    return [*pieces, *_figures(talk, made.now, made.was)]


def _figures(talk: Talk, now: Figures, was: Figures) -> Pieces:
    words = talk.words
    pieces: Pieces = []
    for key, (mine, theirs) in _both(now, was).items():
        name = words(f"prompts.figure_{key}")
        said = words("prompts.beside", now=mine, was=theirs) if was.stories else mine
        pieces.append(f"\n{name}: {said}")
    return pieces


def _both(now: Figures, was: Figures) -> Mapping[str, tuple[str, str]]:
    return {
        key: (one, other) for (key, one), other in zip(_told(now).items(), _told(was).values(), strict=True)
    }


def _told(one: Figures) -> dict[str, str]:
    return {
        "hard": f"{100 * one.hard_rate:.1f}",
        "dropped": f"{one.dropped_rate:.1%}",
        "extractive": f"{one.extractive_rate:.1%}",
        "tokens": f"{one.tokens_each:.0f}",
        "cost": f"${one.cost:.4f}",
    }


def objection(talk: Talk, one: Objection) -> str:
    """One figure that is over its limit."""
    return talk.words(f"prompts.against_{one.kind}", **one.values())


# --------------------------------------------------------------------------------------------- the history


async def history(
    talk: Talk, found: Shelf, events: Sequence[PromptEvent], compared: Comparison | None
) -> Part:
    """Who did what when and why, newest first; of a comparison both sides."""
    words = talk.words
    pieces: Pieces = [bold(words("prompts.history", name=found.name))]
    pieces += _compared(talk, compared) if compared else []
    for event in events[:_EVENTS]:
        at = words.moment(event.at, talk.app.settings.zone)
        key = f"prompts.event_{event.what}"
        what = words(key) if key in words.texts else event.what.replace("_", " ")
        pieces += [f"\n\n{at} ", tag(event.hash), f" {what} · {await who(talk, event.by)}"]
        pieces += ["\n", italic(clean(event.why)[:_HISTORY])] if event.why else []
        pieces += _tested(talk, event.figures) if event.what == "tested" else []
    if not events:
        pieces += ["\n\n", words("prompts.no_history")]
    rows = await _versions(talk, found, found.versions[:_VERSIONS])
    back = press(talk, "do_card", "card", mark(found.name), name=label(found.name))
    return part(*pieces, buttons=[*rows, (back,)])


def _tested(talk: Talk, figures: Mapping[str, Any]) -> Pieces:
    both = _both(Figures(**figures["now"]), Figures(**figures["was"]))
    shown = [
        f"{talk.words(f'prompts.figure_{key}')} {both[key][0]}"
        for key in ("hard", "dropped", "extractive", "tokens")
    ]
    return ["\n", talk.words.join(shown)]


def _compared(talk: Talk, found: Comparison) -> Pieces:
    words = talk.words
    until = words.moment(found.until, talk.app.settings.zone)
    key = "prompts.compare_runs" if found.running else "prompts.compare_ended"
    pieces: Pieces = ["\n\n", bold(words("prompts.comparison")), " ", words(key, time=until)]
    for side in (found.live, found.rival):
        pieces += ["\n", tag(side.hash), ": ", words.join(_side(talk, side))]
    return pieces


def _side(talk: Talk, side: Side) -> list[str]:
    words = talk.words
    said = [words.count("prompts.stories", side.figures.stories)]
    said += [f"{words(f'prompts.figure_{key}')} {value}" for key, value in _told(side.figures).items()]
    return [*said, *(f"{words(f'card.{press}')}: {count}" for press, count in side.presses.items())]
