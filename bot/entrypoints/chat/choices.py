"""The pages of the settings: each one message with buttons, drawn from the subscription as it is now.

A button's data is ``verb:page:value``; whoever draws a page says the verb, so that the wizard and the
settings share pages. :data:`PAGES` is the list.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.domain import schedules, zones
from bot.domain.moments import WEEKDAYS, WEEKEND
from bot.domain.wording import INTERFACE, Wording
from bot.entrypoints.chat.pages import label, mark
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, part
from bot.errors import Misconfigured
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.types import Button, Length, Mute, Part, Schedule, Subscription

Rows = list[list[Button]]
NATIVE: Mapping[str, str] = {"en": "English", "zh-Hant": "繁體中文", "zh": "简体中文", "ar": "العربية"}
"""The interface's languages as their readers call them."""
QUICK = ("06:30", "07:30", "08:00", "18:00")
"""Times that are offered."""
PAUSES = (1, 3, 7, 14, 30)
"""Days that are offered."""
ON = "✓ "
_SOME_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a page is drawn from. ``whose``: the chat that is managed, "" where it is one's own."""

    talk: Talk
    subscription: Subscription
    book: Catalogue
    words: Wording
    verb: str
    whose: str = ""
    mutes: tuple[Mute, ...] = ()

    def press(self, text: str, *arguments: object) -> Button:
        """A button of this page."""
        return self.talk.button(text, self.verb, *arguments)

    def choice(self, text: str, chosen: bool, *arguments: object) -> Button:
        """A button that shows whether it is chosen."""
        return self.press(f"{ON}{text}" if chosen else text, *arguments)

    def page(self, title: str, *lines: str, rows: Rows) -> Part:
        """The message: title (with whose settings they are), lines, buttons."""
        whose = f" · {self.words.settle(self.whose)}" if self.whose else ""
        said = "\n".join(line for line in lines if line)
        return part(bold(f"{self.words(title)}{whose}"), "\n\n", said, buttons=rows)

    def back(self) -> list[Button]:
        """The row that leads to the first page."""
        return [self.press(self.words("settings.back"), "main")]


async def frame(talk: Talk, subscription: Subscription, verb: str, language: str = "") -> Frame:
    """What pages of the managed chat are drawn from; in another interface language where one is given."""
    async with talk.deps.store.begin() as tx:
        mutes = await tx.mutes(talk.target.chat, talk.now)
        known = await tx.chat(talk.target)
    own = talk.private and talk.target.chat == talk.chat.address.chat
    whose = "" if own else (known.title if known and known.title else talk.target.chat)
    if talk.target.thread is not None:
        whose = talk.words("settings.thread", chat=whose, thread=talk.target.thread)
    return Frame(
        talk=talk,
        subscription=subscription,
        book=await catalogue(talk.deps),
        words=talk.deps.wording[language] if language else talk.words,
        verb=verb,
        whose=whose,
        mutes=mutes,
    )


# ------------------------------------------------------------------------------------------- said in words


def clock(words: Wording, schedule: Schedule) -> str:
    """The times of a schedule."""
    return words("list.comma").join(words.clock(datetime.combine(_SOME_DAY, at)) for at in schedule.times)


def days(words: Wording, schedule: Schedule) -> str:
    """The days of a schedule: "every day", "Monday to Friday", "Mon, Wed"."""
    named = {(): "days.all", WEEKDAYS: "days.week", WEEKEND: "days.end"}.get(schedule.days)
    return words(named) if named else words("list.comma").join(day_name(words, day) for day in schedule.days)


def day_name(words: Wording, day: int) -> str:
    """A day's short name."""
    return str(words.locale.days["format"]["abbreviated"][day])


def place(words: Wording, zone_name: str, now: datetime) -> str:
    """A zone by its city and its distance from UTC."""
    return words.settle(zones.label(zone_name, words.locale, now))


def next_digest(words: Wording, subscription: Subscription, now: datetime) -> str:
    """When the next digest comes, in the reader's zone; "" where none will."""
    after = max(now, subscription.paused_until or now)
    try:
        slot = schedules.next_slot(subscription.schedule, after)
    except Misconfigured:
        return ""
    return words("settings.next", moment=words.moment(slot.at, subscription.schedule.zone))


def topics(frame: Frame) -> str:
    """The topics' names."""
    chosen = frame.subscription.topics
    names = [one.name(frame.words.language) for one in frame.book.topics if one.slug in chosen]
    return frame.words("list.comma").join(names)


def paused(frame: Frame) -> str:
    """Until when it is paused, "" when it is not."""
    until, zone = frame.subscription.paused_until, frame.subscription.schedule.zone
    if until is None or until <= frame.talk.now:
        return ""
    day = frame.words.day(until.astimezone(schedules.zone(zone)).date(), "full")
    return frame.words("pause.until", day=day)


# --------------------------------------------------------------------------------------------------- pages


async def main_page(frame: Frame) -> Part:
    """All settings at a glance."""
    words, sub, now = frame.words, frame.subscription, frame.talk.now
    lines = [
        words("settings.topics", value=topics(frame)),
        words("settings.times", times=clock(words, sub.schedule), days=days(words, sub.schedule)),
        words("settings.zone", value=place(words, sub.schedule.zone, now)),
        words("settings.language", value=NATIVE.get(sub.language, words.language_name(sub.language))),
        words("settings.length", value=words(f"length.{sub.length}")),
        words("settings.format", value=words(f"format.{sub.format}")),
        words("settings.night", value=words(f"night.{_night(sub)}")),
        words("settings.quiet", value=words(f"quiet_day.{sub.quiet_day}")),
        words("settings.mutes", value=frame.words.number(len(frame.mutes))) if frame.mutes else "",
    ]
    status = paused(frame) or next_digest(words, sub, now) if sub.active else words("settings.stopped")
    names = [["topics", "times"], ["zone", "language"], ["length", "format"], ["night", "mutes"], ["pause"]]
    rows = [[frame.press(words(f"page.{name}"), name) for name in row] for row in names]
    rows[-1].append(frame.press(words("settings.done"), "done"))
    return frame.page("settings.title", *lines, f"\n{status}" if status else "", rows=rows)


def _night(sub: Subscription) -> str:
    return "always" if sub.silent else "silent" if sub.night else "sound"


async def done_page(frame: Frame) -> Part:
    """The settings without buttons."""
    return replace(await main_page(frame), buttons=())


async def topics_page(frame: Frame) -> Part:
    """A toggle for each topic."""
    rows = [*topic_rows(frame), frame.back()]
    return frame.page("page.topics", frame.words("topics.text"), rows=rows)


def topic_rows(frame: Frame) -> Rows:
    """Toggles, two in a row."""
    chosen = frame.subscription.topics
    toggles = [
        frame.choice(one.name(frame.words.language), one.slug in chosen, "topics", mark(one.slug))
        for one in frame.book.topics
    ]
    return [toggles[start : start + 2] for start in range(0, len(toggles), 2)]


async def times_page(frame: Frame) -> Part:
    """Times to add and take away, and days."""
    words, schedule = frame.words, frame.subscription.schedule
    set_ = [frame.press(f"✕ {at:%H:%M}", "times", "drop", f"{at:%H%M}") for at in schedule.times]
    free = [at for at in QUICK if at not in {f"{time:%H:%M}" for time in schedule.times}]
    add = [frame.press(f"+ {at}", "times", "at", at.replace(":", "")) for at in free]
    on = schedule.days or tuple(range(7))
    week = [frame.choice(day_name(words, day), day in on, "times", "day", day) for day in (*range(7),)]
    whole = {"all": (), "week": WEEKDAYS, "end": WEEKEND}
    groups = [
        frame.choice(words(f"days.{name}"), schedule.days == value, "times", "days", name)
        for name, value in whole.items()
    ]
    rows = [*(set_[start : start + 4] for start in range(0, len(set_), 4)), add, week[:4], week[4:], groups]
    rows.append([frame.press(words("settings.type"), "ask", "times"), *frame.back()])
    now = words("settings.times", times=clock(words, schedule), days=days(words, schedule))
    after = next_digest(words, frame.subscription, frame.talk.now)
    return frame.page("page.times", now, after, f"\n{words('times.text')}", rows=rows)


async def zone_page(frame: Frame) -> Part:
    """Zones to choose from, and other ways to say where one is."""
    rows = zone_rows(frame, zones.SUGGESTED)
    ways = [frame.press(frame.words("settings.type"), "ask", "zone")]
    if frame.talk.private:
        ways.append(frame.press(frame.words("zone.share"), "ask", "place"))
    here = place(frame.words, frame.subscription.schedule.zone, frame.talk.now)
    said = frame.words("settings.zone", value=here)
    return frame.page("page.zone", said, f"\n{frame.words('zone.text')}", rows=[*rows, ways, frame.back()])


def zone_rows(frame: Frame, names: tuple[str, ...], *, chosen: bool = True) -> Rows:
    """Zones, two in a row; ``chosen``: the subscription's is marked."""
    now, current = frame.talk.now, frame.subscription.schedule.zone if chosen else ""
    made = [
        frame.choice(zones.label(name, frame.words.locale, now), name == current, "zone", name)
        for name in names
    ]
    return [made[start : start + 2] for start in range(0, len(made), 2)]


async def language_page(frame: Frame) -> Part:
    """The languages of digest and interface."""
    return frame.page(
        "page.language", frame.words("language.text"), rows=[*language_rows(frame), frame.back()]
    )


def language_rows(frame: Frame) -> Rows:
    """Languages, two in a row."""
    made = [
        frame.choice(NATIVE[code], code == frame.subscription.language, "language", code)
        for code in INTERFACE
    ]
    return [made[:2], made[2:]]


async def length_page(frame: Frame) -> Part:
    """How much of each story."""
    return frame.page("page.length", frame.words("length.text"), rows=[length_row(frame), frame.back()])


def length_row(frame: Frame) -> list[Button]:
    """The three lengths."""
    return [
        frame.choice(frame.words(f"length.{one}"), one is frame.subscription.length, "length", one)
        for one in Length
    ]


async def format_page(frame: Frame) -> Part:
    """Classic or rich."""
    words, current = frame.words, frame.subscription.format
    row = [frame.choice(words(f"format.{one}"), one == current, "format", one) for one in ("classic", "rich")]
    return frame.page("page.format", words("format.text"), rows=[row, frame.back()])


async def night_page(frame: Frame) -> Part:
    """Sound at night, and what comes on a day without news."""
    words, sub = frame.words, frame.subscription
    night = frame.choice(words("night.silent"), sub.night, "night", "night", "off" if sub.night else "on")
    always = frame.choice(words("night.always"), sub.silent, "night", "silent", "off" if sub.silent else "on")
    quiet = [
        frame.choice(words(f"quiet_day.{one}"), one == sub.quiet_day, "night", "quiet", one)
        for one in ("line", "nothing")
    ]
    rows = [[night], [always], *([one] for one in quiet), frame.back()]
    return frame.page("page.night", words("night.text"), rows=rows)


async def mutes_page(frame: Frame) -> Part:
    """What is muted, each with a button that ends it."""
    words = frame.words
    lines = [_muted(frame, mute) for mute in frame.mutes]
    rows = [
        [
            frame.press(
                words("mute.end", value=label(_value(frame, mute))),
                "mutes",
                mark(f"{mute.kind}:{mute.value}"),
            )
        ]
        for mute in frame.mutes[:40]
    ]
    listed = lines or [words("mute.none")]
    whole = words("mute.whole") if frame.talk.target.thread is not None else ""
    return frame.page("page.mutes", *listed, f"\n{words('mute.text')}", whole, rows=[*rows, frame.back()])


def _value(frame: Frame, mute: Mute) -> str:
    return frame.book.outlets.get(mute.value).name if mute.kind == "outlet" else mute.value  # type: ignore[arg-type]


def _muted(frame: Frame, mute: Mute) -> str:
    """A line: what, and until when."""
    words, zone = frame.words, frame.subscription.schedule.zone
    said = words(f"mute.{mute.kind}", value=words.settle(_value(frame, mute)))
    until = words("mute.until", moment=words.moment(mute.until, zone)) if mute.until else words("mute.good")
    return words.join([f"– {said}", until])


async def pause_page(frame: Frame) -> Part:
    """How long no digest is to come."""
    words, status = frame.words, paused(frame)
    rows: Rows = [[frame.press(words.count("pause.days", number), "pause", number) for number in PAUSES[:3]]]
    rows.append([frame.press(words.count("pause.days", number), "pause", number) for number in PAUSES[3:]])
    if status:
        rows.append([frame.press(words("pause.end"), "pause", 0)])
    after = "" if status else next_digest(words, frame.subscription, frame.talk.now)
    said = status or after
    gap = "\n" if said else ""
    return frame.page("page.pause", said, f"{gap}{words('pause.text')}", rows=[*rows, frame.back()])


PAGES: Mapping[str, Callable[[Frame], Awaitable[Part]]] = {
    "main": main_page,
    "done": done_page,
    "topics": topics_page,
    "times": times_page,
    "zone": zone_page,
    "language": language_page,
    "length": length_page,
    "format": format_page,
    "night": night_page,
    "mutes": mutes_page,
    "pause": pause_page,
}
