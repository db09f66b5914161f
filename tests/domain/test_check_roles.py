"""Who did it to whom, what rose and fell, what came first: said otherwise it passes, turned it is found."""

from __future__ import annotations

import pytest

from bot.domain.summaries import check
from bot.types import Verdict
from tests.domain.test_summaries import source

REPORT = source(
    1,
    "A court in Tessin fined the shipyard Norvik two million crowns on Monday. Rovia will supply Maland with "
    "gas from June. The number of unsafe crossings fell from 58 to 39 within a year. Police arrested the "
    "captain after the ferry sank off Tessin. The trade ministry declined to comment. Rovia may lend Maland "
    "a frigate.",
)


def verdict(sentence: str) -> Verdict:
    return check([sentence], (REPORT,))[0]


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("The shipyard Norvik fined a court in Tessin two million crowns on Monday.", "actors"),
        ("Police were arrested by the captain after the ferry sank.", "actors"),
        ("Maland will supply Rovia with gas from June.", "actors"),
        ("The number of unsafe crossings rose by about a third.", "direction"),
        ("Unsafe crossings rose to 39 within a year.", "direction"),
        ("Police arrested the captain before the ferry sank off Tessin.", "direction"),
        ("The agriculture ministry declined to comment.", "office"),
        ("Rovia will lend Maland a frigate.", "certainty"),
    ],
)
def test_what_is_turned_is_a_finding(sentence: str, kind: str) -> None:
    found = verdict(sentence).findings
    assert any(one.kind == kind for one in found), found


@pytest.mark.parametrize(
    "sentence",
    [
        "The captain was arrested by police after the ferry sank.",
        "The shipyard Norvik was fined two million crowns by a court in Tessin.",
        "The number of unsafe crossings fell by about a third.",
        "Unsafe crossings dropped to 39 within a year.",
        "The ferry sank off Tessin before police arrested the captain.",
        "The commerce ministry declined to comment.",
        "Rovia may lend Maland a frigate.",
    ],
)
def test_the_same_in_other_words_passes(sentence: str) -> None:
    assert verdict(sentence).ok, verdict(sentence).findings
