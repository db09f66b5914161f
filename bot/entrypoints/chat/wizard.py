"""``/start``: three taps to a digest, in one message that edits itself; and what links bring along with it.

What was chosen so far is a draft in rows, apart from what the person is asked just now: it outlives a
restart, another command in between, and a day's pause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Any

from bot.domain import declarations, moments, wishes, zones
from bot.entrypoints.chat import access, places, settings
from bot.entrypoints.chat.choices import (
    QUICK,
    Frame,
    frame,
    language_rows,
    length_row,
    next_digest,
    place,
    topic_rows,
    zone_rows,
)
from bot.entrypoints.chat.demand import send_digest
from bot.entrypoints.chat.dispatch import refusal
from bot.entrypoints.chat.table import Command, Press, Question, Who
from bot.entrypoints.chat.talk import Talk, subscription_id
from bot.entrypoints.chat.text import bold, part
from bot.pipeline.catalogue import catalogue
from bot.types import Declared, Part, Schedule, Subscription

VERB = "wiz"
TYPED = "wizard.typed"
LIVES = timedelta(days=7)
"""How long a wizard may be left half done."""
STEPS = ("topics", "time", "language")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A subscription in the making.

    ``guessed``: nobody has said yet that the zone is right. ``unplaced``: there was nothing to guess it from,
    and the wizard does not go on before the person says where they are.
    """

    subscription: Subscription
    step: str = STEPS[0]
    message: str = ""
    guessed: bool = True
    unplaced: bool = False
    keyboard: bool = False  # the button for locations is shown


# ------------------------------------------------------------------------------------------------- starting


async def start(talk: Talk) -> None:
    """What a link brought along; else the wizard, where it stood, or the settings of who has subscribed."""
    brought = talk.arguments.strip()
    if brought:
        starts = talk.front.tables.starts
        prefix = max((one for one in starts if brought.startswith(one)), key=len, default=None)
        if prefix is not None:
            may = await refusal(talk, Command(name="start", handler=starts[prefix]))
            await (talk.say(talk.words(may)) if may else starts[prefix](talk))
            return
        if not await access.redeem(talk) and talk.private:
            await talk.say(talk.words("start.no_code"))
    may = await refusal(talk, Command(name="start", handler=start, who=Who.MANAGER))
    if may:
        await talk.say(talk.words(may))
        return
    await _begin(talk)


async def _begin(talk: Talk) -> None:
    async with talk.deps.store.begin() as tx:
        back = await tx.unmute(talk.target)
    subscription = await talk.subscription()
    if subscription is None:
        draft = await _load(talk) or await _fresh(talk)
        await _show(talk, draft, anew=True)
        return
    if not subscription.active:
        subscription, back = replace(subscription, active=True), 1
        await talk.save(subscription, moved=True)
    note = talk.words("start.back" if back else "start.known")
    await talk.say(await settings.drawn(talk, subscription, "main", note=note))


async def _fresh(talk: Talk) -> Draft:
    """All topics, the time that most want, the zone and language that the client's language suggests."""
    book, user = await catalogue(talk.deps), talk.update.effective_user
    spoken = (user.language_code if user else "") or ""
    house = talk.app.settings.zone
    zone = zones.guess(spoken, "" if house == "UTC" else house)  # that of the house, where one was set
    return Draft(
        unplaced=not zone,
        subscription=Subscription(
            id=subscription_id(talk.target),
            address=talk.target,
            topics=book.slugs,
            schedule=Schedule(times=(time.fromisoformat(QUICK[1]),), zone=zone or "UTC"),
            language=talk.words.language,
        ),
    )


# ----------------------------------------------------------------------------------------------------- rows


def _key(talk: Talk) -> tuple[str, str]:
    """Where the draft is kept: one for each person and managed chat."""
    thread = f":{talk.target.thread}" if talk.target.thread else ""
    return talk.target.chat, f"draft:{talk.user}{thread}"


async def _load(talk: Talk) -> Draft | None:
    async with talk.deps.store.begin() as tx:
        state = await tx.conversation(*_key(talk), talk.now)
    return None if state is None else await _restored(talk, state)


async def _restored(talk: Talk, state: Mapping[str, Any]) -> Draft | None:
    """The draft of these rows, without topics that are gone; None where no subscription can be made of it."""
    book = await catalogue(talk.deps)
    body = dict(state["body"])
    body["topics"] = [slug for slug in body["topics"] if slug in book.slugs]
    made = declarations.subscription(
        Declared(kind="digest", id=subscription_id(talk.target), body=body),
        default_chat="",
        default_zone="UTC",
        topics=book.slugs,
        created_at=talk.now,
    )
    if made is None:
        return None
    rest = {name: state[name] for name in ("step", "message", "guessed", "keyboard")}
    unplaced = bool(state.get("unplaced"))
    return Draft(subscription=replace(made, address=talk.target), unplaced=unplaced, **rest)


async def _keep(talk: Talk, draft: Draft | None) -> None:
    state = None
    if draft is not None:
        state = {
            "body": declarations.digest_body(draft.subscription),
            "step": draft.step,
            "message": draft.message,
            "guessed": draft.guessed,
            "unplaced": draft.unplaced,
            "keyboard": draft.keyboard,
        }
    async with talk.deps.store.begin() as tx:
        await tx.put_conversation(*_key(talk), state, talk.now + LIVES)


# -------------------------------------------------------------------------------------------------- drawing


async def _show(
    talk: Talk, draft: Draft, *, anew: bool = False, offered: tuple[str, ...] = (), said: str = ""
) -> None:
    """Draw the step where it stands (or at the chat's end), keep the draft, wait for what may be typed.

    ``offered``: zones to choose from in place of the step; ``said`` is what fits all of them.
    """
    drawn = await _drawn(talk, draft, offered, said)
    if anew or not draft.message:
        draft = replace(draft, message=await talk.say(drawn))
    else:
        draft = replace(draft, message=await talk.edit(drawn, message=draft.message))
    await _keep(talk, draft)
    if draft.step == "time":
        await talk.expect(TYPED, lives=timedelta(days=1))
    else:
        await talk.done()


async def _drawn(talk: Talk, draft: Draft, offered: tuple[str, ...], which: str) -> Part:
    on = await frame(talk, draft.subscription, VERB, draft.subscription.language)
    if draft.step == "time":
        return _zone_step(on, draft, offered, which) if offered else _time_step(on, draft)
    if draft.step == "language":
        row = [
            on.press(on.words("wizard.back"), "go", "time"),
            on.press(on.words("wizard.done"), "go", "done"),
        ]
        said = on.words("wizard.language")
        return _page(on, draft, said, [*language_rows(on), length_row(on), row])
    nexts = [on.press(on.words("wizard.next"), "go", "time")]
    return _page(on, draft, on.words("wizard.topics"), [*topic_rows(on), nexts])


def _page(on: Frame, draft: Draft, said: str, rows: list[Any]) -> Part:
    number = STEPS.index(draft.step) + 1
    title = on.words("wizard.title", n=number, of=len(STEPS))
    whose = f" · {on.words.settle(on.whose)}" if on.whose else ""
    hello = f"{on.words('wizard.hello')}\n\n" if number == 1 else ""
    return part(hello, bold(f"{title}{whose}"), "\n\n", said, buttons=rows)


def _time_step(on: Frame, draft: Draft) -> Part:
    words, schedule = on.words, draft.subscription.schedule
    set_ = {f"{at:%H:%M}" for at in schedule.times}
    offered = sorted({*QUICK, *set_})
    times = [on.choice(at, at in set_, "only", at.replace(":", "")) for at in offered]
    hint = "" if on.talk.private else f"\n{words('settings.reply')}"
    rows = [times[first : first + 4] for first in range(0, len(times), 4)]
    share = [on.press(words("zone.share"), "place")] if on.talk.private else []
    row = [on.press(words("wizard.back"), "go", "topics")]
    if draft.unplaced:
        rows += [*zone_rows(on, zones.SUGGESTED, chosen=False), share, row]
        return _page(on, draft, f"{words('wizard.where')}\n\n{words('wizard.type')}{hint}", rows)
    where = place(words, schedule.zone, on.talk.now)
    said = words("wizard.time", zone=where) + "\n" + words("wizard.guess" if draft.guessed else "wizard.sure")
    row.append(on.press(words("wizard.next"), "go", "language"))
    rows += [[on.press(words("wizard.zone"), "zone"), *share], row]
    return _page(on, draft, f"{said}\n\n{words('wizard.type')}{hint}", rows)


def _zone_step(on: Frame, draft: Draft, offered: tuple[str, ...], which: str) -> Part:
    said = on.words("zone.which", said=which) if which else on.words("zone.text")
    rows = [*zone_rows(on, offered), [on.press(on.words("wizard.back"), "go", "time")]]
    return _page(on, draft, f"{said}\n\n{on.words('zone.type')}", rows)


# -------------------------------------------------------------------------------------------------- pressed


async def pressed(talk: Talk) -> None:
    """A button of the wizard."""
    assert talk.pressed is not None
    name, value = (*talk.pressed.arguments, "", "")[:2]
    draft = await _load(talk)
    if draft is None:
        await talk.answer(talk.words("wizard.over"), alert=True)
        return
    if talk.message is not None:
        draft = replace(draft, message=str(talk.message.message_id))
    if name == "go" and value in ("language", "done") and draft.unplaced:  # of a message before this one
        await _show(talk, replace(draft, step="time"))
    elif name == "go" and value == "done":
        await _finish(talk, draft)
    elif name == "go" and value in STEPS:
        await _show(talk, replace(draft, step=value, guessed=draft.guessed and value != "language"))
    elif name == "place":
        await places.ask(talk)
        await _keep(talk, replace(draft, keyboard=True))
        await talk.expect(TYPED, lives=timedelta(days=1))
    elif name == "zone" and not value:
        await _show(talk, draft, offered=zones.SUGGESTED)
    else:
        await _change(talk, draft, name, value)


async def _change(talk: Talk, draft: Draft, name: str, value: str) -> None:
    if name == "topics":
        value = await settings.slug_of(talk, value)
    book = await catalogue(talk.deps)
    new = wishes.changed(draft.subscription, name, value, topics=book.slugs, now=talk.now)
    if new is None:
        await talk.answer(talk.words("settings.cannot"), alert=True)
        return
    guessed, unplaced = draft.guessed and name != "zone", draft.unplaced and name != "zone"
    if draft.keyboard and name == "zone":
        await places.thank(talk, new.schedule.zone)
        draft = replace(draft, keyboard=False)
    await _show(talk, replace(draft, subscription=new, guessed=guessed, unplaced=unplaced))


async def _finish(talk: Talk, draft: Draft) -> None:
    """The subscription is made; a second press on the same button finds no draft."""
    await _keep(talk, None)
    await talk.done()
    made = draft.subscription
    await talk.save(made, moved=True)
    words = talk.deps.wording[made.language]
    talk.words = words if talk.target.chat == talk.chat.address.chat else talk.words
    when = next_digest(talk.words, made, talk.now)
    await talk.edit(
        part(bold(talk.words("wizard.ready")), "\n\n", talk.words("wizard.after", next=when)),
        message=draft.message,
    )
    await talk.answer()
    await send_digest(talk, made, first=True)


# ---------------------------------------------------------------------------------------------------- typed


async def typed(talk: Talk) -> None:
    """A time, a place, both at once, or a location."""
    draft = await _load(talk)
    if draft is None:
        await talk.done()
        return
    spot = places.shared(talk)
    at, rest = (None, "") if spot else moments.split_time(talk.arguments)
    likely = draft.subscription.schedule.zone
    names = (spot,) if spot else zones.read_zone(rest, talk.now, likely) if rest else ()
    if (rest and not names) or (not rest and at is None and not spot):
        await talk.say(talk.words("wizard.not_understood", said=(rest or talk.arguments)[:60]))
        return
    schedule = draft.subscription.schedule
    schedule = replace(schedule, times=(at,) if at else schedule.times)
    if len(names) == 1:
        schedule = replace(schedule, zone=names[0])
        if spot or draft.keyboard:
            await places.thank(talk, names[0])
        draft = replace(draft, guessed=False, unplaced=False, keyboard=False)
    draft = replace(draft, subscription=replace(draft.subscription, schedule=schedule))
    await _show(talk, draft, offered=names if len(names) > 1 else (), said=rest[:60])


COMMANDS = (Command(name="start", handler=start, who=Who.ANYONE),)
PRESSES = (Press(verb=VERB, handler=pressed, who=Who.MANAGER, lives=LIVES),)
QUESTIONS = (Question(name=TYPED, handler=typed, who=Who.MANAGER, lives=timedelta(days=1)),)
