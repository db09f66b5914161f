"""Negation, direction, actors, certainty, scope, causes, offices, support: both ways."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bot.domain.summaries import check
from bot.types import Finding, Source, Verdict
from tests.domain.test_summaries import source

BUDGET = source(
    1,
    "Parliament approved the budget of the coastal province by 61 votes to 38. "
    "Spending on ports rises by a fifth. "
    "The opposition did not attend the vote. The finance minister, Elif Sarp, praised the deputies.\n\n"
    "Rovia accused Maland of moving troops to the border. Maland has not answered. Some villages near the "
    "border were reportedly emptied. Heavy rain damaged several bridges in the north, and the road to Tessin "
    "was closed. Shops in Tessin shut early because of a power cut.",
)
ZH = source(1, "议会批准了沿海省份的预算。港口支出将增加五分之一。反对党没有参加表决。", language="zh")
AR = source(
    1,
    "وافق البرلمان على موازنة الإقليم الساحلي. ولم تحضر المعارضة جلسة التصويت. وارتفع الإنفاق على الموانئ.",
    language="ar",
)


def verdict(sentence: str, *sources: Source) -> Verdict:
    return check([sentence], sources or (BUDGET,))[0]


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Parliament did not approve the budget of the coastal province.", "negation"),
        ("The opposition attended the vote on the budget.", "negation"),
        ("Parliament rejected the budget of the coastal province by 61 votes to 38.", "direction"),
        ("Spending on ports falls by a fifth under the budget.", "direction"),
        ("Heavy rain damaged several bridges in the south.", "direction"),
        ("Maland accused Rovia of moving troops to the border.", "actors"),
        ("Villages near the border were emptied.", "certainty"),
        ("All villages near the border were reportedly emptied.", "scope"),
        ("Shops in Tessin shut early because of a strike by bank clerks.", "cause"),
        ("The defence minister, Elif Sarp, praised the deputies.", "office"),
        (
            (
                "Parliament approved the budget, a move that angered fishermen, bakers, pilots, "
                "nurses, teachers and foreign lenders."
            ),
            "support",
        ),
    ],
)
def test_a_turned_meaning_is_a_finding(sentence: str, kind: str) -> None:
    found = verdict(sentence).findings
    assert any(one.kind == kind for one in found), found


@pytest.mark.parametrize(
    "sentence",
    [
        "The budget of the coastal province was approved by parliament.",
        "The coastal province's budget was passed by 61 votes to 38.",
        "The opposition did not attend the vote on the budget.",
        "Spending on ports increases by a fifth.",
        "Maland was accused by Rovia of moving troops to the border.",
        "Rovia accused Maland of moving troops to the border.",
        "Some villages near the border were reportedly emptied.",
        "Shops in Tessin shut early because of a power cut.",
        "Elif Sarp, the finance minister, praised the deputies.",
        "Heavy rain damaged bridges in the north and closed the road to Tessin.",
    ],
)
def test_the_same_meaning_in_other_words_passes(sentence: str) -> None:
    assert verdict(sentence).ok, verdict(sentence).findings


@pytest.mark.parametrize(
    ("sentence", "sources", "kind"),
    [
        ("议会没有批准沿海省份的预算。", ZH, "negation"),
        ("港口支出将减少五分之一。", ZH, "direction"),
        ("لم يوافق البرلمان على موازنة الإقليم الساحلي.", AR, "negation"),
        ("انخفض الإنفاق على الموانئ.", AR, "direction"),
    ],
)
def test_chinese_and_arabic_meaning(sentence: str, sources: Source, kind: str) -> None:
    assert any(one.kind == kind for one in verdict(sentence, sources).findings)


@pytest.mark.parametrize(
    ("sentence", "sources"),
    [
        ("沿海省份的预算获议会批准。", ZH),
        ("反对党没有参加表决。", ZH),
        ("وافق البرلمان على موازنة الإقليم.", AR),
        ("لم تحضر المعارضة جلسة التصويت.", AR),
    ],
)
def test_chinese_and_arabic_truth_passes(sentence: str, sources: Source) -> None:
    assert verdict(sentence, sources).ok, verdict(sentence, sources).findings


def test_a_verdict_is_hard_when_one_finding_is() -> None:
    doubt, plain = Finding(kind="support", span="", hard=False), Finding(kind="number", span="7")
    assert not Verdict(ok=False, score=0.1, findings=(doubt,)).hard
    assert Verdict(ok=False, score=0.1, findings=(doubt, plain)).hard


def test_verdicts_do_not_depend_on_the_hash_seed() -> None:
    code = (
        "from tests.domain.test_check_meaning import BUDGET, ZH, AR; from bot.domain.summaries import check;"
        "texts = [s for one in (BUDGET, ZH, AR) for s in one.text.split('. ')];"
        "texts += [' '.join(reversed(one.split())) for one in texts];"
        "print(check(texts, [BUDGET, ZH, AR]))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
    assert "Verdict(" in answers.pop()


MARKET = source(
    1,
    "Rents in Port Lisle fell by 12 percent last year, the housing office said. The fish market was closed "
    "on Friday after an inspection. The council has only two inspectors, and some stalls are missing papers. "
    "Traders paid the new fee in January.",
)


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Rents in Port Lisle got more than a tenth dearer last year.", "direction"),
        ("The fish market was opened on Friday after an inspection.", "direction"),
        ("Traders did not pay the new fee in January.", "negation"),
        ("The fish market was not closed on Friday.", "negation"),
    ],
)
def test_what_is_turned_is_seen_beside_words_that_might_excuse_it(sentence: str, kind: str) -> None:
    assert kind in [one.kind for one in verdict(sentence, MARKET).findings]


@pytest.mark.parametrize(
    "sentence",
    [
        "Rents in Port Lisle got more than a tenth cheaper last year.",
        "The fish market was shut on Friday after an inspection.",
        "No more than two inspectors work for the council.",
    ],
)
def test_the_same_told_truly_is_let_through(sentence: str) -> None:
    assert not [one for one in verdict(sentence, MARKET).findings if one.kind in {"direction", "negation"}]


PORT = source(
    1,
    "The port should have read 530 berths, not 350, the office said. "
    "Those of Lisle work, while those in Tessin did not. "
    "Support for the plan is 54 per cent, down from 60 in June. The opposition lost a seat in Tessin.",
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The office corrected the berths of the port to 530 from 350.",
        "Support for the plan has dropped by six points, to 54 per cent.",
        "The plan goes on until the end of next year.",
        "Those who gave up the plan are in Tessin.",
    ],
)
def test_words_that_turn_nothing_where_they_stand(sentence: str) -> None:
    assert not [one for one in verdict(sentence, PORT).findings if one.kind in {"direction", "negation"}]


def test_who_drops_to_more_is_turned_all_the_same() -> None:
    found = verdict("Support for the plan has risen by six points, to 54 per cent.", PORT).findings
    assert "direction" in [one.kind for one in found]


GRANTS = source(
    1,
    "The bank in Lisle was ready to sign the loan, and the ministry was not. The new bridge does not "
    "belong to the port, and its toll rose in May. Tenants complained that the only school has not been "
    "repaired, and that buses come late.",
)


def test_a_denial_that_follows_what_it_denies_is_one() -> None:
    assert "negation" not in [
        one.kind for one in verdict("The ministry would not sign the loan.", GRANTS).findings
    ]


def test_what_is_denied_is_held_to_the_clause_of_the_denial() -> None:
    left_out = verdict("Tenants complained that the school has been repaired.", GRANTS)
    assert "negation" in [one.kind for one in left_out.findings]
    other = verdict("Its toll rose in May.", GRANTS)
    assert "negation" not in [one.kind for one in other.findings]
