"""What an editor may write, in three languages: each case fell once; an invented one stands beside it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.summaries import check
from bot.domain.terms import simplified
from bot.types import Source
from tests.domain.test_summaries import source

AT = datetime(2026, 3, 5, 15, tzinfo=UTC)
DEPOT = source(
    1,
    "GDYNIA - A crane collapsed in the port of Gdynia on Thursday, injuring 53, the police said. Seventeen "
    "of the injured are in danger; the others went home. Some 9 million tonnes of grain lie in the harbour, "
    "4 million of them in one silo. "
    "The owner's shares fell 3.2 percent to 8.47 zloty. The rate rose from 3.8 to 4.6 percent.",
    published_at=AT,
)
HARBOUR = source(
    1,
    "【本報基隆訊】四日深夜，基隆港圍堤崩塌，農田1.4萬公頃進水。港方的151名工人中，有96人回家，其餘的人留守。"
    "碼頭有42輛卡車和13台吊車。",
    language="zh-Hant",
    published_at=AT,
)
CANAL = source(
    1,
    "أعلنت الهيئة الخميس أن القناة بطول 12 كيلومترا ستعبرها 640 سفينة في السنة، وأن العمق 20 مترا.",
    language="ar",
    published_at=AT,
)


@pytest.mark.parametrize(
    ("sentence", "invented", "sources"),
    [
        (
            "Thirty-six of the injured are out of danger.",
            "Twenty-nine of the injured are out of danger.",
            DEPOT,
        ),
        (
            "Five million tonnes of grain lie elsewhere in the harbour.",
            "Seven million tonnes of grain lie elsewhere in the harbour.",
            DEPOT,
        ),
        ("A share cost 8.75 zloty before.", "A share cost 8.95 zloty before.", DEPOT),
        ("The rate rose by 0.8 points.", "The rate rose by 1.3 points.", DEPOT),
        ("被淹的农田有140平方公里。", "被淹的农田有230平方公里。", HARBOUR),
        ("还有55名工人留在港口。", "还有71名工人留在港口。", HARBOUR),
        ("卡车和吊车加起来共55台。", "卡车和吊车加起来共68台。", HARBOUR),
        ("3月4日夜里，基隆港的围堤崩塌。", "3月2日夜里，基隆港的围堤崩塌。", HARBOUR),
        ("تعبر القناة ستمئة وأربعون سفينة في السنة.", "تعبر القناة سبعمئة وأربعون سفينة في السنة.", CANAL),
        ("يزيد طول القناة على سبعة أميال.", "يزيد طول القناة على تسعة أميال.", CANAL),
    ],
)
def test_what_follows_passes_and_what_does_not_is_found(
    sentence: str, invented: str, sources: Source
) -> None:
    true, false = check([sentence, invented], [sources])
    assert true.ok, true.findings
    assert not false.ok
    assert {one.kind for one in false.findings} & {"number", "date"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Whether Jana Wojcik must resign will be decided on Monday.",
        "Adm. Wojcik must resign, the strikers say.",
        "Striking Polish sailors want Jana Wojcik to resign.",
    ],
)
def test_an_opening_word_is_no_name(sentence: str) -> None:
    made = source(
        1,
        "WARSAW - Polish sailors on strike demand that Admiral Jana Wojcik resign. "
        "The council decides on Monday.",
        published_at=AT,
    )
    assert not [one for one in check([sentence], [made])[0].findings if one.kind == "name"]


def test_what_bars_says_no() -> None:
    made = source(
        1, "The runner, barred for life from racing in Oslo, watched the marathon there.", published_at=AT
    )
    assert check(["The runner may not race in Oslo."], [made])[0].ok


def test_the_common_traditional_signs_are_folded() -> None:
    assert simplified("圍堤屆時團長磅秤畝") == "围堤届时团长磅秤亩"
