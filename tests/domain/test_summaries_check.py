from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bot.domain.summaries import check
from bot.domain.summaries.figures import figures
from bot.types import Verdict
from tests.domain.test_summaries import COAST, HARBOUR, source

SOURCES = [source(1, HARBOUR), source(2, COAST)]
CHINESE = [
    source(1, "中国海军周一在南海举行演习，共有1.2万人和十二艘军舰参加。国防部没有取消演习。", language="zh")
]
ARABIC = [
    source(1, "أعلنت وزارة النقل يوم الاثنين إعادة فتح مطار حلب. وصلت ١٤ رحلة من ثلاث دول.", language="ar")
]


def verdict(sentence: str, sources: list[object] | None = None) -> Verdict:
    return check([sentence], sources or SOURCES)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "sentence",
    [
        "Engineers reopened the harbour of Port Elin on Monday after a six-week closure, the ministry said.",
        "The ministry said dredging crews removed 12,000 tonnes of silt from the channel.",
        "Dredging crews removed twelve thousand tonnes of silt from the channel, the ministry said.",
        "According to the port authority, 40 cargo ships were waiting outside the breakwater.",
        'Minister Ada Brandt called the reopening "a relief for the whole coast".',
        "Dredging crews removed more than 10,000 tonnes of silt from the channel, the ministry said.",
    ],
)
def test_what_the_sources_say_passes(sentence: str) -> None:
    found = verdict(sentence)
    assert found.findings == ()
    assert found.ok
    assert found.evidence


@pytest.mark.parametrize(
    ("sentence", "kind", "span"),
    [
        (
            "The ministry said dredging crews removed 13,000 tonnes of silt from the channel.",
            "number",
            "13,000",
        ),
        ("The ministry said dredging crews removed 12 tonnes of silt from the channel.", "number", "12"),
        (
            "Engineers reopened the main harbour of Port Elin on Friday after a six-week closure.",
            "date",
            "Friday",
        ),
        (
            "Engineers reopened the main harbour of Port Marl on Monday after a six-week closure.",
            "name",
            "Marl",
        ),
        (
            'Minister Ada Brandt called the reopening "a triumph for the whole coast".',
            "quotation",
            "a triumph",
        ),
        (
            "Engineers closed the main harbour of Port Elin on Monday after a six-week closure.",
            "direction",
            "closed",
        ),
        ("Engineers have not reopened the main harbour of Port Elin on Monday.", "negation", "not reopened"),
        ("The compensation promised in October had been paid, fishing crews complained.", "negation", "paid"),
        (
            "A volcano near the capital of another country erupted and thousands fled from lava.",
            "support",
            "",
        ),
    ],
)
def test_what_they_do_not_say_is_named(sentence: str, kind: str, span: str) -> None:
    found = verdict(sentence)
    assert not found.ok
    assert any(one.kind == kind and span in one.span for one in found.findings), found.findings


def test_evidence_names_source_and_sentence() -> None:
    found = verdict("Fishing crews complained that the compensation promised in October had not been paid.")
    assert found.evidence[0] == (2, 2)
    assert found.score == 1.0


def test_a_worse_sentence_scores_lower() -> None:
    copied, reworded, invented = check(
        [
            "The ministry said dredging crews removed 12,000 tonnes of silt from the channel.",
            "Crews that dredged the channel took out 12,000 tonnes of silt, the ministry said.",
            "The ministry said bombers dropped 900 tonnes of leaflets on Lisbon.",
        ],
        SOURCES,
    )
    assert 1.0 == copied.score > reworded.score > invented.score >= 0.0


@pytest.mark.parametrize(
    ("sentence", "ok"),
    [
        ("中国海军周一在南海举行演习，共有12000人参加。", True),
        ("中国海军周一在南海举行演习，共有12艘军舰参加。", True),
        ("中国海军周一在南海举行演习，共有2万人参加。", False),
        ("中国海军周五在南海举行演习。", False),
    ],
)
def test_chinese_figures_and_days_are_read(sentence: str, ok: bool) -> None:
    kinds = {one.kind for one in verdict(sentence, list(CHINESE)).findings} & {"number", "date"}
    assert (not kinds) is ok


@pytest.mark.parametrize(
    ("sentence", "ok"),
    [
        ("وصلت 14 رحلة من ثلاث دول.", True),
        ("وصلت 15 رحلة من ثلاث دول.", False),
        ("أعلنت الوزارة يوم الجمعة فتح مطار حلب.", False),
    ],
)
def test_arabic_figures_and_days_are_read(sentence: str, ok: bool) -> None:
    kinds = {one.kind for one in verdict(sentence, list(ARABIC)).findings} & {"number", "date"}
    assert (not kinds) is ok


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "Some 1,200 people, twelve hundred, 1.2 million, $3.5bn, 15% in 2024",
            [1200, 1200, 1.2e6, 3.5e9, 15, 2024],
        ),
        ("two dozen, half a million, and seven thousand two hundred", [24, 5e5, 7200]),
        ("no one of hundreds", []),
        (
            "约有1.2万人，三百二十人，二〇二六年，百分之三十，3亿美元，11月23日",
            [12000, 320, 2026, 30, 3e8, 11, 23],
        ),
        ("١٢٠ شخصا و خمسة وعشرون و 3 آلاف", [120, 25, 3000]),
        ("an F-16 and the 7.2-magnitude quake", [16, 7.2]),
    ],
)
def test_figures_are_read_in_words_and_digits(text: str, values: list[float]) -> None:
    assert [one.value for one in figures(text)] == pytest.approx(values)


def test_a_percentage_is_no_sum_of_money() -> None:
    sources = [source(1, "The budget grew by $15 million this year, the ministry said on Monday.")]
    assert not verdict("The budget grew by 15% this year, the ministry said on Monday.", list(sources)).ok


@pytest.mark.parametrize("sentence", ["", " ", "?!", "Yes.", "\u200b", "a" * 5000])
def test_what_is_no_sentence_never_passes_and_never_breaks(sentence: str) -> None:
    assert not verdict(sentence).ok


def test_without_sources_nothing_passes() -> None:
    assert not check(["Engineers reopened the harbour on Monday."], [])[0].ok


def test_verdicts_are_the_same_under_any_hash_seed() -> None:
    code = (
        "from tests.domain.test_summaries import *; from bot.domain.summaries import check;"
        "made = brief(*THREE); print(made.basis, [one.id for one in made.passages],"
        "extract(*THREE), check([HARBOUR[:200], COAST[:90], UNIONS[5:80]], made.sources))"
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
    assert answers.pop().strip()
