"""Times, days and spans as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.moments import (
    MOST_TIMES,
    When,
    plain,
    read_days,
    read_schedule,
    read_span,
    read_time,
    resume_at,
    split_time,
)

TIMES = {
    "07:30": "7:30|07:30|7.30am|730|0730|7h30|at 7:30|٧:٣٠|۷:۳۰|７：３０|早上7點半|早上七点半|上午七點三十分|"
    "السابعة والنصف|"
    "الساعة السابعة والنصف صباحًا|7:30 ص|٧:٣٠ صباحاً|7:30 A.M.",
    "19:30": "1930|19:30|7:30 PM|7.30pm|晚上七點半|下午7:30|7:30 م|السابعة والنصف مساءً|٧:٣٠ مساء|19點30分",
    "07:15": "七點一刻|السابعة والربع",
    "06:45": "六點三刻|السابعة إلا ربعًا",
    "08:00": "8|8am|8 o'clock|八點|早上八點鐘|الثامنة|8:00",
    "12:00": "noon|12pm|中午|正午|12:00|中午12點|الظهر",
    "13:00": "1pm|中午1點|下午一點|١ ظهرًا",
    "00:00": "midnight|12am|0:00|半夜|午夜|晚上十二點|منتصف الليل|凌晨12點",
    "20:10": "二十點十分|晚上八點十分|8:10 pm",
}
NO_TIMES = "24:00|25:00|7:60|7:5|bananas||+8|UTC+8|7:30:15|13am|0pm|早上|七|١٢٣٤٥|7:30 or 8:00|الاثنين|-7|7.5"


@pytest.mark.parametrize(("wanted", "line"), TIMES.items())
def test_times_are_understood_in_three_languages(wanted: str, line: str) -> None:
    assert {said: read_time(said) for said in line.split("|")} == dict.fromkeys(
        line.split("|"), time.fromisoformat(wanted)
    )


def test_what_is_no_time_is_not_guessed_at() -> None:
    assert {said: read_time(said) for said in NO_TIMES.split("|")} == dict.fromkeys(NO_TIMES.split("|"))


@given(
    st.times(),
    st.sampled_from(["{0:%H:%M}", "{0:%H.%M}", "{0:%H}點{0:%M}分", "{0:%I:%M} {0:%p}", "{0:%H}h{0:%M}"]),
)
def test_every_minute_of_the_day_is_read_as_it_is_written(at: time, form: str) -> None:
    assert read_time(form.format(at)) == at.replace(second=0, microsecond=0)


@given(st.times())
def test_digits_of_other_scripts_are_digits(at: time) -> None:
    for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９"):
        said = f"{at:%H:%M}".translate(str.maketrans("0123456789", digits))
        assert read_time(said) == at.replace(second=0, microsecond=0)


@given(st.text(max_size=40))
def test_nothing_that_anybody_types_breaks_the_reading(said: str) -> None:
    read_time(said)
    read_days(said)
    read_span(said)
    split_time(said)
    when = read_schedule(said)
    assert when is None or when.times or when.days is not None
    assert plain(plain(said)) == plain(plain(plain(said)))


WEEK = (0, 1, 2, 3, 4)
SCHEDULES = {
    "7:30, 18:00 weekdays": ("07:30 18:00", WEEK),
    "Mon 8:00": ("08:00", (0,)),
    "7:30 18:00": ("07:30 18:00", None),
    "daily 7:30 and 18:30": ("07:30 18:30", ()),
    "weekends at 9": ("09:00", (5, 6)),
    "Tue, Thu 7pm": ("19:00", (1, 3)),
    "Sundays 10:00": ("10:00", (6,)),
    "Friday": ("", (4,)),
    "每週一 8:00": ("08:00", (0,)),
    "週一、週三 早上八點": ("08:00", (0, 2)),
    "平日 7:30、18:00": ("07:30 18:00", WEEK),
    "星期天 9點": ("09:00", (6,)),
    "الاثنين ٨:٠٠": ("08:00", (0,)),
    "يوميا 7:30 و 18:00": ("07:30 18:00", ()),
    "الجمعة 9:00": ("09:00", (4,)),
    "أيام العمل 7:30": ("07:30", WEEK),
}


@pytest.mark.parametrize("said", SCHEDULES)
def test_schedules_are_understood_in_three_languages(said: str) -> None:
    times, days = SCHEDULES[said]
    expected = tuple(time.fromisoformat(at) for at in times.split())
    assert read_schedule(said) == When(times=expected, days=days)


@pytest.mark.parametrize("said", ["", "x", "Monday 25:00", "monthly 8", "7:30 sometimes", "every"])
def test_a_schedule_with_a_piece_that_is_not_understood_is_none(said: str) -> None:
    assert read_schedule(said) is None


def test_a_schedule_has_a_dozen_times_at_most() -> None:
    said = ", ".join(f"{hour}:00" for hour in range(MOST_TIMES + 1))
    assert read_schedule(said) is None
    assert read_schedule(said.rpartition(",")[0]) is not None


@pytest.mark.parametrize(
    ("said", "at", "rest"),
    [
        ("7:30 Taipei", "07:30", "taipei"),
        ("Taipei at 8pm", "20:00", "taipei"),
        ("7:30am, New York", "07:30", "new york"),
        ("台北早上7點半", "07:30", "台北"),
        ("دمشق ٧:٣٠", "07:30", "دمشق"),
        ("7:30 UTC+5:30", "07:30", "utc+5:30"),
        ("7:30 +8", "07:30", "+8"),
        ("7:30", "07:30", ""),
        ("UTC+5:30", None, "utc+5:30"),
        ("+8", None, "+8"),
        ("Ramallah", None, "ramallah"),
    ],
)
def test_a_time_and_a_place_may_come_together(said: str, at: str | None, rest: str) -> None:
    assert split_time(said) == (time.fromisoformat(at) if at else None, rest)


@pytest.mark.parametrize(
    ("said", "days", "rest"),
    [
        ("football 30d", 30, "football"),
        ("足球 7天", 7, "足球"),
        ("كرة القدم 7 أيام", 7, "كرة القدم"),
        ("Trump for 2 weeks", 14, "Trump"),
        ("الحرب أسبوعين", 14, "الحرب"),
        ("fashion week", None, "fashion week"),
        ("Champions League", None, "Champions League"),
        ("tomorrow", 1, ""),
        ("7d", 7, ""),
        ("3", None, "3"),
    ],
)
def test_a_span_stands_at_the_end(said: str, days: int | None, rest: str) -> None:
    assert read_span(said) == (None if days is None else timedelta(days=days), rest)


@pytest.mark.parametrize(
    ("now", "days", "zone", "at"),
    [
        ("2026-11-20 06:00", 1, "UTC", "2026-11-21 00:00"),
        ("2026-11-20 23:30", 1, "Asia/Taipei", "2026-11-21 16:00"),  # there it is the 21st already
        ("2026-03-28 12:00", 1, "Europe/Berlin", "2026-03-28 23:00"),  # the night of the change
        ("2026-03-28 12:00", 2, "Europe/Berlin", "2026-03-29 22:00"),
        ("2026-10-24 12:00", 2, "Europe/Berlin", "2026-10-25 23:00"),
        ("2026-04-23 12:00", 1, "Africa/Cairo", "2026-04-23 22:00"),  # its clock jumps over that midnight
        ("2011-12-29 12:00", 1, "Pacific/Apia", "2011-12-30 10:00"),  # a date that never was
    ],
)
def test_a_pause_ends_with_the_night(now: str, days: int, zone: str, at: str) -> None:
    asked = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert resume_at(asked, days, zone) == datetime.fromisoformat(at).replace(tzinfo=UTC)
