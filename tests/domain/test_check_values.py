"""Figures, dates, names and quotations: what is caught, and what a good editor may write."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.summaries import check
from bot.domain.summaries.figures import figures
from bot.types import Source, Verdict
from tests.domain.test_summaries import source

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
FERRY = source(
    1,
    "A ferry with 64 people aboard sank off Cape Maro yesterday, the coast guard "
    "said. Divers recovered nine bodies "
    "and took 41 survivors to the hospital in Port Lisle. Fourteen people were still missing.\n\n"
    'Captain Ruth Okello of the coast guard called the search "a race '
    'against the tide". The vessel went down '
    "32 kilometres from the shore. Its owner, the Brandt Line, had been fined 200,000 crowns last year. "
    "The transport minister, Joao Vela, visited the hospital. He met relatives in Port Lisle.",
    published_at=MONDAY,
)
TALKS = source(
    2,
    "Envoys of Turkey and the United Nations met in Vienna on Tuesday. The Turkish "
    "delegation asked for 400 million "
    "euros a year, half of which would go to schools. Leonora Haas, the UN envoy, "
    "warned Ankara against delay. "
    "The Austrian government paid 1.5 million euros for the meeting.",
    published_at=datetime(2026, 3, 4, 9, tzinfo=UTC),
)
ZH = source(
    1,
    "海岸警卫队周一表示，一艘载有64人的渡轮沉没，9人死亡，41人获救。发言人陈立文说，搜救将继续。",
    language="zh",
    published_at=MONDAY,
)
AR = source(
    1,
    "أعلن خفر السواحل يوم الاثنين غرق عبارة تقل 64 شخصا. ونقل 41 ناجيا إلى المستشفى في ميناء ليل. وقال "
    "المتحدث سامي عبود إن البحث مستمر.",
    language="ar",
    published_at=MONDAY,
)


def verdict(sentence: str, *sources: Source) -> Verdict:
    return check([sentence], sources or (FERRY, TALKS))[0]


@pytest.mark.parametrize(
    "sentence",
    [
        "About 60 people were aboard the ferry that sank off Cape Maro.",
        "More than 40 survivors were taken to the hospital in Port Lisle.",
        "Sixty-four people were aboard the ferry that sank off Cape Maro.",
        "The ferry went down about 20 miles from the shore.",
        "The ferry sank off Cape Maro on Sunday, the coast guard said.",
        "The ferry sank off Cape Maro on 1 March, the coast guard said.",
        "In all, 23 people were dead or missing after the ferry sank: nine bodies recovered, 14 missing.",
        "Its owner, the Brandt Line, had been fined 200,000 crowns in 2025.",
        "Divers recovered the bodies of 9 people.",
        "The Turks met the UN envoy in the Austrian capital.",
        "The U.N. envoy, Leonora Haas, warned Ankara against delay.",
        "João Vela, the transport minister, visited the hospital.".replace("ã", "a"),
        'Captain Ruth Okello called the search "a race against the tide".',
    ],
)
def test_a_good_editor_passes(sentence: str) -> None:
    assert not verdict(sentence).hard, verdict(sentence).findings


@pytest.mark.parametrize(
    ("sentence", "kind", "span"),
    [
        ("A ferry with 87 people aboard sank off Cape Maro.", "number", "87"),
        ("About 90 people were aboard the ferry that sank off Cape Maro.", "number", "90"),
        ("The ferry went down 32 miles from the shore.", "number", "32"),
        ("The ferry went down about 35 miles from the shore.", "number", "35"),
        ("The ferry sank off Cape Maro on Friday, the coast guard said.", "date", "Friday"),
        ("The ferry sank off Cape Maro on 12 June, the coast guard said.", "date", "12 June"),
        ("Divers took 41 survivors to the hospital in Kelsey.", "name", "Kelsey"),
        (
            "Marwick said divers recovered nine bodies and took 41 survivors to the hospital.",
            "name",
            "Marwick",
        ),
        ("Envoys of Norway and the United Nations met in Vienna.", "name", "Norway"),
        ('Captain Ruth Okello called the search "a race against the clock".', "quotation", "clock"),
        ('Leonora Haas called the search "a race against the tide".', "speaker", "Leonora"),
        ("Its owner, the Brandt Line, had been fined 200,000 crowns in 2019.", "number", "2019"),
    ],
)
def test_what_no_source_has_is_named(sentence: str, kind: str, span: str) -> None:
    found = verdict(sentence).findings
    assert any(one.kind == kind and span in one.span for one in found), found


@pytest.mark.parametrize(
    ("sentence", "sources", "ok"),
    [
        ("一艘载有六十四人的渡轮沉没，41人获救。", ZH, True),
        ("一艘载有64人的渡轮沉没，约40人获救。", ZH, True),
        ("一艘载有75人的渡轮沉没，41人获救。", ZH, False),
        ("海岸警卫队周四表示，一艘渡轮沉没。", ZH, False),
        ("海岸警卫队3月2日表示，一艘渡轮沉没。", ZH, True),
        ("搜救将继续，发言人陈立文说。", ZH, True),
        ("搜救将继续，高建国说。", ZH, False),
        ("غرقت عبارة تقل 64 شخصا.", AR, True),
        ("غرقت عبارة تقل ثمانية عشر شخصا.", AR, False),
        ("أعلن خفر السواحل يوم الجمعة غرق عبارة.", AR, False),
        ("أعلن خفر السواحل في 2 آذار غرق عبارة.", AR, True),
        ("البحث مستمر، وفق سامي عبود.", AR, True),
        ("البحث مستمر، وفق نبيل الخوري.", AR, False),
    ],
)
def test_chinese_and_arabic(sentence: str, sources: Source, ok: bool) -> None:
    telling = {one.kind for one in verdict(sentence, sources).findings} & {"number", "date", "name"}
    assert (not telling) is ok, verdict(sentence, sources).findings


def test_a_figure_of_another_thing_fits_its_place_worse() -> None:
    true, swapped = check(
        ["Divers took 41 survivors to the hospital.", "Divers took 64 survivors to the hospital."], [FERRY]
    )
    assert swapped.score < true.score


def test_a_name_of_another_thing_fits_its_place_worse() -> None:
    true, swapped = check(
        [
            "Envoys of Turkey and the United Nations met in Vienna on Tuesday.",
            "Envoys of Turkey and the United Nations met in Port Lisle on Tuesday.",
        ],
        [FERRY, TALKS],
    )
    assert swapped.score < true.score


def test_a_superseded_figure_is_a_doubt_and_the_latest_is_none() -> None:
    early = source(1, "Rescuers said nine miners were killed in the Oxbow pit.", published_at=MONDAY)
    late = source(
        2,
        "Rescuers said twelve miners were killed in the Oxbow pit.",
        published_at=datetime(2026, 3, 3, 9, tzinfo=UTC),
    )
    old, new, told = check(
        [
            "Nine miners were killed in the Oxbow pit, rescuers said.",
            "Twelve miners were killed in the Oxbow pit, rescuers said.",
            "Initially nine miners were said to be killed in the Oxbow pit.",
        ],
        [early, late],
    )
    assert [one.kind for one in old.findings] == ["superseded"]
    assert not old.hard
    assert new.ok
    assert not any(one.kind == "superseded" for one in told.findings)


REFINERY = source(
    1,
    "The two teams, each of 12 people, met in Port Lisle on Monday. Half of the 850 million dollars for the "
    "refinery comes from the Export-Import Bank. Inspectors passed 17 of the 23 tanks. The port will be shut "
    "from 9 to 19 March, and a report is due in two weeks.",
    published_at=MONDAY,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "In all, 24 people met in Port Lisle.",
        "The Exim Bank gives $425 million for the refinery.",
        "Nearly three quarters of the tanks were passed by inspectors.",
        "The port will be shut from March 9.",
        "The report is due by March 16.",
    ],
)
def test_what_follows_from_the_figures_passes(sentence: str) -> None:
    [verdict] = check([sentence], [REFINERY])
    assert not {one.kind for one in verdict.findings} & {"number", "date", "name"}, verdict.findings


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("In all, 31 people met in Port Lisle.", "number"),
        ("The Exim Bank gives $390 million for the refinery.", "number"),
        ("57 percent of the tanks were passed by inspectors.", "number"),
        ("The port will be shut from March 11.", "date"),
        ("The Bexim Bank pays for half of the refinery.", "name"),
    ],
)
def test_what_does_not_follow_is_found(sentence: str, kind: str) -> None:
    [verdict] = check([sentence], [REFINERY])
    assert not verdict.ok
    assert kind in {one.kind for one in verdict.findings}


SQUAD = source(
    1,
    "The harbour office hired 12 pilots in January and 7 in February. A new pilot needs between three and "
    "five months. It pays 5 percent more than the port of Lisle. Two pilots left on Monday. Repairs took 9 "
    "days, and the quay was closed on Tuesday evening after a crane fell.",
    published_at=MONDAY,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The harbour office hired nineteen pilots in all in January and February.",
        "The harbour office hired five fewer pilots in February than in January.",
        "A new pilot needs more than two months.",
        "The quay was closed on Tuesday evening.",
    ],
)
def test_a_sum_where_one_says_so_and_a_difference_where_one_compares(sentence: str) -> None:
    assert not [one for one in verdict(sentence, SQUAD).findings if one.kind in {"number", "date"}]


@pytest.mark.parametrize(
    ("sentence", "span"),
    [
        ("The harbour office hired 19 fewer pilots in February than in January.", "19"),  # their sum
        (
            "More than 10 pilots were hired in January, and a new one needs eight months.",
            "eight",
        ),  # three and five
        ("Nearly 14 pilots were hired in January.", "14"),  # 12 is no "nearly 14"
        ("Repairs took five days.", "five"),  # 5 percent
        ("The quay was closed on Monday evening after a crane fell.", "Monday"),  # another thing's day
    ],
)
def test_figures_and_days_of_another_kind_or_place_carry_nothing(sentence: str, span: str) -> None:
    assert span in [one.span for one in verdict(sentence, SQUAD).findings if one.kind in {"number", "date"}]


def test_a_year_is_no_sum() -> None:
    treaty = source(1, "The treaty of 2023 gave 4 towns to Rovia.", published_at=MONDAY)
    assert not verdict("The treaty of 2027 gave four towns to Rovia.", treaty).ok


WORKS = source(
    1,
    "The ferry runs 11 times a day and will be stopped for nine days. The lease of 99 years was signed "
    "in 1985. "
    "Workers cleared 11 of the 17 kilometres of track. A sixth sailor died of his burns. "
    "Turnout rose to 88 per cent from 79 in June. The wreck lies nine kilometres off Cape Maro. "
    "The council voted 41 to 6. Envoys of Rovia, Maland, Tessin and Lisle promised 850 million crowns.",
    published_at=MONDAY,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "About 100 trips of the ferry will be stopped in all.",
        "The lease runs until 2084.",
        "Workers cleared about seven of the ten and a half miles of track.",
        "The death toll of sailors has risen to six.",
        "Turnout was nine points higher than in June.",
        "The wreck lies between five and six miles off Cape Maro.",
        "The council of 47 has voted.",
        "Rovia promised a fourth part, its three partners the rest of the 850 million crowns.",
    ],
)
def test_what_an_editor_reckons_in_passing_is_no_wrong_figure(sentence: str) -> None:
    assert not [one for one in verdict(sentence, WORKS).findings if one.kind == "number"]


@pytest.mark.parametrize(
    ("sentence", "span"),
    [
        ("Workers cleared about four of the ten and a half miles of track.", "four"),
        ("The wreck lies between eight and nine miles off Cape Maro.", "eight"),
        ("The lease runs until 2071.", "2071"),
        ("Turnout was thirteen points higher than in June.", "thirteen"),
    ],
)
def test_what_is_reckoned_wrongly_is_found(sentence: str, span: str) -> None:
    assert span in [one.span for one in verdict(sentence, WORKS).findings if one.kind == "number"]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("ألف ومئة وخمسون لاجئا", 1150, ""),
        ("ستة آلاف ومئتي شخص", 6200, ""),
        ("مليوناً وتسعمئة ألف طن", 1_900_000, ""),
        ("ثلاث عشرة عربة", 13, ""),
        ("اثنتان وعشرون عربة", 22, ""),
        ("ستة في المئة", 6, "%"),
        ("three quarters of a mile", 0.75, ""),
        ("A$4.6 billion", 4.6e9, "$"),
    ],
)
def test_figures_in_words_are_read_whole(text: str, value: float, kind: str) -> None:
    assert [(one.value, one.kind) for one in figures(text)] == [(value, kind)]


def test_two_counts_joined_by_and_stay_two() -> None:
    assert [one.value for one in figures("ثلاثة قتلى وأربعة جرحى")] == [3, 4]


def test_a_headline_with_capitals_everywhere_names_only_who_is_named() -> None:
    assert verdict("Coast Guard Ends Search After Ferry Sinks Off Cape Maro", FERRY).findings == ()
    strange = verdict("Coast Guard Ends Search After Talks With Zorvath Off Cape Maro", FERRY)
    assert "Zorvath" in [one.span for one in strange.findings if one.kind == "name"]


MILL = source(
    1,
    "The mill at Lodsworth will keep 600 workers rather than the 1,000 it promised, its owner said. It "
    "owns 3,000 hectares of forest, three quarters of them spruce. The licence was granted on 26 February "
    "2019 and ends before June. Output peaked in the season of 2019-20. The lender cut its forecast from "
    "3.1 to 2.4 percent.",
    published_at=MONDAY,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The mill will keep 40 percent fewer workers than it promised.",
        "It owns more than 7,400 acres of forest.",
        "The licence was granted on 26 February 2019.",
        "Output peaked in 2019-20.",
        "The forecast was cut by 0.7 percentage points.",
    ],
)
def test_a_change_a_conversion_a_full_date_and_a_season_pass(sentence: str) -> None:
    found = [one for one in verdict(sentence, MILL).findings if one.kind in {"number", "date", "direction"}]
    assert not found


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("The mill will keep 60 percent fewer workers than it promised.", "number"),  # 600 of 1,000
        ("It owns 5,560 acres of forest.", "number"),  # three quarters of them, converted
        ("The licence was granted on 26 February 2026.", "date"),  # the year of the report
        ("Output peaked in 2019-23.", "number"),
        ("The number of workers goes from 600 to 600.", "number"),
        ("The forecast was raised by 0.7 percentage points.", "direction"),
    ],
)
def test_a_part_is_no_change_and_a_date_keeps_its_year(sentence: str, kind: str) -> None:
    assert kind in [one.kind for one in verdict(sentence, MILL).findings]
