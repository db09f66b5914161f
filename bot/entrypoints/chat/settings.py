"""``/settings`` and the commands that lead into its pages; each also takes what is typed after it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain import moments, wishes, zones
from bot.domain.wording import INTERFACE
from bot.entrypoints.chat import places
from bot.entrypoints.chat.choices import NATIVE, PAGES, frame, place, zone_rows
from bot.entrypoints.chat.pages import mark, marked
from bot.entrypoints.chat.table import Command, Handler, Press, Question, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, part
from bot.pipeline.catalogue import catalogue
from bot.types import Chat, Length, Part, Subscription

VERB = "set"
TYPED = "settings.typed"
TIMED = frozenset({"times", "at", "drop", "only", "day", "days", "zone"})
"""Wishes that change when a digest is due: what is past of today's is nobody's then."""


async def show(talk: Talk, page: str = "main", *, note: str = "", language: str = "") -> None:
    """A page of the settings; with ``note`` above it. Without a subscription: how to get one."""
    subscription = await talk.subscription()
    if subscription is None:
        await talk.edit(talk.words("settings.none"))
        return
    await talk.edit(await drawn(talk, subscription, page, note=note, language=language))


async def drawn(
    talk: Talk, subscription: Subscription, page: str, *, note: str = "", language: str = ""
) -> Part:
    """A page of the settings of this subscription."""
    made = await PAGES[page](await frame(talk, subscription, VERB, language))
    return noted(made, note)


def noted(page: Part, note: str) -> Part:
    """The page with a line above it."""
    if not note:
        return page
    above = part(note)
    gap = len((above.text + "\n\n").encode("utf-16-le")) // 2
    entities = tuple(replace(entity, offset=entity.offset + gap) for entity in page.entities)
    return replace(page, text=f"{above.text}\n\n{page.text}", entities=entities)


async def grant(talk: Talk, subscription: Subscription, wish: str, value: str) -> Subscription | None:
    """The subscription after this wish, saved; None where it cannot be."""
    book = await catalogue(talk.deps)
    new = wishes.changed(subscription, wish, value, topics=book.slugs, now=talk.now)
    if new is None:
        return None
    if new != subscription:
        await talk.save(new, moved=wish in TIMED)
    if wish == "language":
        await speak(talk, value)
    return new


async def speak(talk: Talk, language: str) -> None:
    """From now on the managed chat is spoken to in this language."""
    async with talk.deps.store.begin() as tx:
        if talk.private and talk.target.chat == talk.chat.address.chat and talk.person is not None:
            talk.person = replace(talk.person, language=language)
            await tx.put_person(talk.person)
        elif isinstance(known := await tx.chat(talk.target), Chat):
            await tx.put_chat(replace(known, language=language))
    if talk.target.chat == talk.chat.address.chat:
        talk.words = talk.deps.wording[language]


# -------------------------------------------------------------------------------------------------- pressed


async def pressed(talk: Talk) -> None:
    """A button of a page: it leads to another page, or changes something and draws the page anew."""
    assert talk.pressed is not None
    page, *values = talk.pressed.arguments or ("",)
    subscription = await talk.subscription()
    if subscription is None:
        await talk.edit(talk.words("settings.none"))
        return
    if page == "ask":
        await _ask(talk, *values)
        return
    if page not in PAGES:
        await talk.answer(talk.words("chat.button_old"), alert=True)
        return
    await talk.done()
    if page == "mutes" and values:
        await _unmute(talk, values[0])
    elif values:
        name, value = (page, values[0]) if len(values) == 1 else (values[0], ":".join(values[1:]))
        if page == "topics":
            value = await slug_of(talk, value)
        new = await grant(talk, subscription, name, value)
        if new is None:
            await talk.answer(talk.words("settings.cannot"), alert=True)
            return
        subscription = new
    await talk.edit(await drawn(talk, subscription, page))


async def slug_of(talk: Talk, wanted: str) -> str:
    """The slug of a topic that a button names by its mark, "" where there is none any more."""
    book = await catalogue(talk.deps)
    return marked(wanted, book.slugs) or ""


async def _unmute(talk: Talk, wanted: str) -> None:
    async with talk.deps.store.begin() as tx:
        for mute in await tx.mutes(talk.target.chat, talk.now):
            if mark(f"{mute.kind}:{mute.value}") == wanted:
                await tx.drop_mute(mute.chat, mute.kind, mute.value)


# ---------------------------------------------------------------------------------------------------- typed


async def _ask(talk: Talk, what: str = "", *_: str) -> None:
    """Ask for a time, a place, or where the person is."""
    if what not in ("times", "zone", "place") or talk.message is None:
        await talk.answer(talk.words("chat.button_old"), alert=True)
        return
    page, message = "zone" if what == "place" else what, str(talk.message.message_id)
    if what == "place":
        await places.ask(talk)
    else:
        hint = "" if talk.private else f"\n{talk.words('settings.reply')}"
        back = talk.button(talk.words("settings.back"), VERB, page)
        said = f"\n\n{talk.words(f'{page}.type')}{hint}"
        await talk.edit(part(bold(talk.words(f"page.{page}")), said, buttons=[[back]]))
    await talk.expect(TYPED, page=page, message=message, place=what == "place")


async def typed(talk: Talk) -> None:
    """The answer: understood, it is shown on its page; else what could be understood is told."""
    page, message = str(talk.state.get("page")), str(talk.state.get("message"))
    subscription = await talk.subscription()
    if subscription is None or page not in ("times", "zone"):
        await talk.done()
        return
    if talk.state.get("offered") and not _meant(talk, page):
        await talk.done()
        await talk.front.tables.plain(talk)
        return
    if page == "times":
        new = await _times(talk, subscription, talk.arguments)
    else:
        new = await _zone(talk, subscription, talk.arguments, message)
    if new is None:
        return
    await talk.done()
    if talk.state.get("place"):
        await places.thank(talk, new.schedule.zone)
    await talk.edit(await drawn(talk, new, page), message=message)


def _meant(talk: Talk, page: str) -> bool:
    """Whether what was written is a time or a place: nobody asked for one, the page was only shown."""
    if page == "times":
        return moments.read_schedule(talk.arguments) is not None
    return bool(places.shared(talk) or zones.read_zone(talk.arguments, talk.now))


async def located(talk: Talk) -> bool:
    """A place that was shared without being asked for is the zone from now on. False: no digest has one."""
    subscription = await talk.subscription()
    if subscription is None or not await talk.manages():
        return False
    new = await grant(talk, subscription, "zone", places.shared(talk))
    value = place(talk.words, (new or subscription).schedule.zone, talk.now)
    await talk.say(await drawn(talk, new or subscription, "zone", note=talk.words("zone.now", value=value)))
    return True


async def _times(talk: Talk, subscription: Subscription, said: str) -> Subscription | None:
    """With the times and days that were typed, saved; None, and told, where they are none."""
    when = moments.read_schedule(said)
    if when is None:
        await talk.say(talk.words("times.not_understood", said=said[:60]))
        return None
    old = subscription.schedule
    schedule = replace(old, times=when.times or old.times, days=old.days if when.days is None else when.days)
    new = replace(subscription, schedule=schedule)
    await talk.save(new, moved=True)
    return new


async def _zone(talk: Talk, subscription: Subscription, said: str, message: str = "") -> Subscription | None:
    """In the zone that was typed or shared, saved; None, and asked or told, where it is not one."""
    likely = subscription.schedule.zone
    spot = places.shared(talk)
    names = (spot,) if spot else zones.read_zone(said, talk.now, likely)
    if len(names) == 1:
        return await grant(talk, subscription, "zone", names[0])
    if not names:
        await talk.say(talk.words("zone.not_understood", said=said[:60]))
        return None
    rows = zone_rows(await frame(talk, subscription, VERB), names)
    which = part(talk.words("zone.which", said=said[:60]), buttons=rows)
    await (talk.edit(which, message=message) if message else talk.say(which))
    return None


# ------------------------------------------------------------------------------------------------- commands


async def settings(talk: Talk) -> None:
    """All settings."""
    await show(talk)


async def topics(talk: Talk) -> None:
    """``/topics [NAME]``: the toggles; a name switches that topic over."""
    await _command(talk, "topics", await _topic(talk))


async def _topic(talk: Talk) -> str:
    book, said = await catalogue(talk.deps), moments.plain(talk.arguments)
    for one in book.topics:
        if said in {moments.plain(name) for name in (one.slug, *one.names.values())}:
            return one.slug
    return ""


async def schedule(talk: Talk) -> None:
    """``/schedule [7:30, 18:00 weekdays]``."""
    subscription = await talk.subscription()
    if talk.arguments and subscription is not None:
        if await _times(talk, subscription, talk.arguments) is not None:
            await show(talk, "times")
        return
    await _offer(talk, "times", subscription)


async def zone(talk: Talk) -> None:
    """``/zone [CITY | +8]``."""
    subscription = await talk.subscription()
    if talk.arguments and subscription is not None:
        if await _zone(talk, subscription, talk.arguments) is not None:
            await show(talk, "zone")
        return
    await _offer(talk, "zone", subscription)


async def _offer(talk: Talk, page: str, subscription: Subscription | None) -> None:
    """The page; in private what is written next may be the answer, without "Write it" being pressed first."""
    if subscription is None:
        await show(talk, page)
        return
    message = await talk.say(await drawn(talk, subscription, page))
    if talk.private:
        await talk.expect(TYPED, page=page, message=message, place=False, offered=True)


async def language(talk: Talk) -> None:
    """``/language [en | zh-Hant | zh | ar]``, or a language's name."""
    await _command(talk, "language", language_of(talk, talk.arguments))


def language_of(talk: Talk, said: str) -> str:
    """The interface language that a word means in any of them, "" where it means none."""
    wanted = moments.plain(said)
    for code in sorted(INTERFACE, key=len, reverse=True):  # "Chinese (Traditional)" before "Chinese"
        names = {code, NATIVE[code], *(talk.deps.wording[one].language_name(code) for one in INTERFACE)}
        if wanted in {moments.plain(name) for name in names | set(_ALSO.get(code, ()))}:
            return code
    return ""


_ALSO: Mapping[str, tuple[str, ...]] = {
    "zh-Hant": (
        "traditional",
        "traditional chinese",
        "繁體",
        "繁中",
        "正體",
        "zh-tw",
        "zh-hk",
        "الصينية التقليدية",
    ),
    "zh": ("simplified", "simplified chinese", "简体", "简中", "zh-cn", "zh-hans", "الصينية المبسطة"),
    "ar": ("عربي",),
    "en": ("english (us)",),
}


async def length(talk: Talk) -> None:
    """``/length [brief | standard | deep]``."""
    await _command(talk, "length", _named(talk, "length", tuple(Length)))


async def format_(talk: Talk) -> None:
    """``/format [classic | rich]``."""
    await _command(talk, "format", _named(talk, "format", ("classic", "rich")))


async def night(talk: Talk) -> None:
    """``/night [on | off]``: silent from 22:00 to 07:00."""
    said = moments.plain(talk.arguments)
    on, off = ("on", "yes", "silent", "开", "نعم"), ("off", "no", "sound", "关", "لا")
    await _command(talk, "night", "on" if said in on else "off" if said in off else "")


def _named(talk: Talk, wish_: str, values: Sequence[str]) -> str:
    """The value that was typed, by itself or as any language calls it."""
    said = moments.plain(talk.arguments)
    for value in values:
        called = {value, *(talk.deps.wording[one](f"{wish_}.{value}") for one in INTERFACE)}
        if said in {moments.plain(re.split(r"[,:،：(（]", name)[0]) for name in called}:
            return value
    return ""


async def _command(talk: Talk, page: str, value: str) -> None:
    """The page; changed first where a value was typed, with a word about it where that was not understood."""
    subscription = await talk.subscription()
    if subscription is None or not talk.arguments:
        await show(talk, page)
        return
    new = await grant(talk, subscription, page, value) if value else None
    key = "settings.cannot" if value else "settings.not_understood"
    note = "" if new else talk.words(key, **({} if value else {"said": talk.arguments[:60]}))
    await talk.edit(await drawn(talk, new or subscription, page, note=note))


_HANDLERS: Mapping[str, Handler] = {
    "settings": settings,
    "topics": topics,
    "schedule": schedule,
    "zone": zone,
    "language": language,
    "length": length,
    "format": format_,
    "night": night,
}
COMMANDS = tuple(Command(name=name, handler=one, who=Who.MANAGER) for name, one in _HANDLERS.items())
PRESSES = (Press(verb=VERB, handler=pressed, who=Who.MANAGER, lives=timedelta(days=7)),)
QUESTIONS = (Question(name=TYPED, handler=typed, who=Who.MANAGER),)
