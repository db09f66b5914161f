"""Evidence in another language, days and units that an editor reckons; beside each one that is made up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.summaries import check
from tests.domain.test_summaries import source

AT = datetime(2026, 3, 5, 15, tzinfo=UTC)
SOURCES = [
    source(
        1,
        "The council of Gdynia will vote on 26 March, a week later than intended. The voyage takes "
        "five days. "
        "The basin holds 5,000 litres, the mill needs 1,100 acre-feet of water a year, and the "
        "loan runs for a year. The crown is pegged at 15.4 to the dollar, and "
        "the quay cost $200 million.",
        published_at=AT,
    ),
    source(
        2,
        "هيئة الموانئ أعلنت أن أعمال ترميم الجسر تبدأ في الحادي عشر من نيسان، "
        "وأن المهندس سامي حلواني يقودها. "
        "وقالت إن شركة من قطر تدفع 40 مليون دولار.",
        language="ar",
        published_at=AT,
    ),
]


@pytest.mark.parametrize(
    ("sentence", "invented"),
    [
        (
            "The vote in the council was first planned for 19 March.",
            "The vote in the council was first planned for 16 March.",
        ),
        ("The voyage ends on 10 March.", "The voyage ends on 14 March."),
        ("The basin holds about 1,300 US gallons.", "The basin holds about 1,800 US gallons."),
        (
            "The mill needs some 1.36 million cubic metres of water a year.",
            "The mill needs some 1.86 million cubic metres of water a year.",
        ),
        ("The loan runs for 12 months.", "The loan runs for 17 months."),
        ("The quay cost about 3.1 billion crowns.", "The quay cost about 4.6 billion crowns."),
        (
            "Repair of the bridge starts on 11 April, led by the engineer Sami Halwani.",
            "Repair of the bridge starts on 21 April, led by the engineer Sami Halwani.",
        ),
        (
            "Repair of the bridge is led by the engineer Sami Halwani.",
            "Repair of the bridge is led by the engineer Sami Bartosz.",
        ),
        (
            "A Qatari company pays $40 million for the repair of the bridge.",
            "A Kenyan company pays $40 million for the repair of the bridge.",
        ),
    ],
)
def test_what_is_reckoned_or_told_in_another_language_passes(sentence: str, invented: str) -> None:
    true, made = check([sentence, invented], SOURCES)
    assert true.ok, true.findings
    assert not made.ok


def test_the_evidence_may_be_in_another_language() -> None:
    (verdict,) = check(["A Qatari company pays $40 million for the repair of the bridge."], SOURCES)
    assert 2 in {number for number, _ in verdict.evidence}
