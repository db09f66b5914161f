"""Topic routing with the topics that ship: what is filed, what is not, and that the arithmetic adds up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.samples import load
from bot.domain.evidence import Explained
from bot.domain.likeness import senses, texts
from bot.domain.topics import Router, topic_from
from bot.errors import Misconfigured
from bot.settings.files import read_config
from bot.types import Topic, TopicSlug

CONFIG = Path(__file__).parents[2] / "config"
TOPICS = tuple(
    topic_from(ident, body) for (kind, ident), body in read_config(CONFIG).items() if kind == "topic"
)
ROUTER = Router(TOPICS)
SYRIA, US_CHINA, INDO_PACIFIC = (TopicSlug(slug) for slug in ("syria", "us-china", "indo-pacific"))


def filed(title: str, text: str = "", language: str = "", hints: tuple[TopicSlug, ...] = ()) -> set[str]:
    return {match.topic for match in ROUTER.match(title, text, language, hints)}


def one(body: dict[str, Any], title: str, text: str = "", language: str = "en") -> Explained:
    return Router((topic_from("t", body),)).explain(title, text, language)[0]


# ------------------------------------------------------------------------------------ the topics that ship


@pytest.mark.parametrize(
    ("slug", "title"), [(topic.slug, example) for topic in TOPICS for example in topic.examples]
)
def test_every_example_headline_is_filed_under_its_topic(slug: TopicSlug, title: str) -> None:
    assert slug in filed(title)


def test_the_sample_newsroom_is_filed_as_its_authors_meant_it() -> None:
    outlets, articles = load(datetime(2026, 3, 2, 12, tzinfo=UTC))
    spoken = {outlet.id: outlet.language for outlet in outlets}
    for article in articles:
        got = filed(article.title, "\n\n".join(article.paragraphs), spoken[article.outlet])
        assert set(article.topics) <= got, article.id
        if not article.topics:
            assert got == set(), article.id


@pytest.mark.parametrize(
    ("title", "language", "expected"),
    [
        ("Chinatown mourns a beloved baker", "en", set()),
        ("Chen Wei wins the spelling bee in Ohio", "en", set()),
        ("Chinese football coach sacked after defeat", "en", set()),
        ("Panda twins delight visitors in Chengdu", "en", set()),
        ("Twenty minutes to a perfect Chinese hot pot", "en", set()),
        ("Quad bike rider hurt in Queensland", "en", set()),
        ("Let us eat: a chef of Beijing and his duck", "en", set()),
        ("India beat Australia in cricket as defence of 180 holds", "en", set()),
        ("Sam Bankman-Fried faces trip to court", "en", set()),
        ("Hamas hands over bodies of hostages", "en", set()),
        ("US stocks dip on weak China data", "en", set()),
        ("Japan's birth rate falls to record low", "en", set()),
        ("حصة الأسد من الميزانية للتعليم", "ar", set()),
        ("台湾发生5.8级地震", "zh", set()),
        ("中美洲国家遭遇暴雨", "zh", set()),
        ("周末去哪里吃火锅", "zh", set()),
        ("الدوري الصيني يعود بعد توقف", "ar", set()),
        ("طباخون في طرابلس يصنعون أطول طبق كنافة", "ar", set()),
        ("Trump raises tariffs on Chinese steel", "en", {"us-china"}),
        ("美國對華晶片禁令再升級", "zh", {"us-china"}),
        ("وللولايات المتحدة والصين جولة محادثات جديدة", "ar", {"us-china"}),
        ("敘利亞臨時政府宣布組閣", "zh", {"syria"}),
        ("ولدمشق موقف آخر", "ar", {"syria"}),
        ("Bundeswehr schickt Ärzte ins syrische Homs", "de", {"syria"}),
        ("Россия сокращает присутствие в Сирии", "ru", {"syria"}),
        ("台灣國防部：偵獲共機越過海峽中線", "zh", {"indo-pacific"}),
        ("フィリピン沖で中国海警が放水", "ja", {"indo-pacific"}),
        ("북한, 동해상으로 탄도미사일 발사", "ko", {"indo-pacific"}),
    ],
)
def test_headlines_of_many_languages_go_where_a_reader_expects_them(
    title: str, language: str, expected: set[str]
) -> None:
    assert filed(title, language=language) == expected


@pytest.mark.parametrize(
    ("title", "lead", "language"),
    [
        ("Syria beat Oman 2-0 in World Cup qualifier", "The striker scored twice.", "en"),
        ("Syria held by Afghanistan in Asian Cup qualifying", "The coach blamed missed chances.", "en"),
        ("Chef brings the flavours of Aleppo to a London restaurant", "Kibbeh draws queues.", "en"),
        ("Palmyra high school football team reaches state final", "The Cougars won again.", "en"),
        ("Chinese tourist dies in US avalanche", "The man from Beijing was skiing in Colorado.", "en"),
        ("EU imposes tariffs on Chinese electric cars", "Brussels said subsidies distort the market.", "en"),
        ("Antique porcelain from China sold at US auction", "The vase fetched a million in Boston.", "en"),
        ("American teacher's TikTok on spelling goes viral", "Ten million watched.", "en"),
        ("World leaders set climate goals", "President Biden hosted leaders of China and India.", "en"),
        ("North Korean-flagged tanker loads oil in Libyan port", "Rebels tried to sell crude.", "en"),
        ("Contractor Fat Leonard pleads guilty in navy bribery case", "He lived in Singapore.", "en"),
        ("Typhoon floods villages in northern Philippines", "The coast guard rescued families.", "en"),
        ("Japan defence too strong for Ireland in rugby opener", "They won 24-18 in Tokyo.", "en"),
        ("叙利亚国家队晋级亚洲杯", "球队主教练称赞球员表现。", "zh"),
        ("大马士革玫瑰精油护肤功效", "美容专家推荐用法。", "zh"),
        ("中国女排3比0战胜美国女排", "世界女排联赛总决赛今晚继续。", "zh"),
        ("欧盟对华加征关税", "欧委会公布终裁结果。", "zh"),
        ("وصفة حلب للكبة", "المقادير: لحم وبرغل.", "ar"),
        ("منتخب سوريا يفوز على الكويت في كرة القدم", "سجل المهاجم هدفين.", "ar"),
        ("سائح صيني يلقى حتفه في حادث بولاية أمريكية", "قالت الشرطة إن الحافلة انقلبت.", "ar"),
    ],
)
def test_sport_food_accidents_and_mere_names_are_filed_nowhere(title: str, lead: str, language: str) -> None:
    assert filed(title, lead, language) == set()


@pytest.mark.parametrize(
    ("title", "lead", "language", "expected"),
    [
        ("Wildfires spread in the mountains of Latakia", "Families left three villages.", "en", SYRIA),
        ("Israeli airstrike hits football stadium in Homs", "Three soldiers died.", "en", SYRIA),
        ("قتلى في اشتباكات بين العشائر ومسلحين دروز", "قالت مصادر في السويداء إن الأمن انتشر.", "ar", SYRIA),
        ("Beijing tightens rare earth export rules", "The ministry named no country.", "en", US_CHINA),
        ("TikTok signs joint venture deal", "Oracle will hold a stake.", "en", US_CHINA),
        ("American soybean farmers fear losing a customer", "China buys none since tariffs.", "en", US_CHINA),
        ("輝達H20晶片獲准銷往中國", "美國商務部將發放許可證。", "zh", US_CHINA),
        ("اتفاق على بيع عمليات تيك توك في الولايات المتحدة", "وافقت بايت دانس.", "ar", US_CHINA),
        (
            "US bomber flies over Korean Peninsula",
            "Two F-35s of the South flew beside it.",
            "en",
            INDO_PACIFIC,
        ),
        ("菲律賓與日本互惠准入協定生效", "兩國軍隊可到對方境內訓練。", "zh", INDO_PACIFIC),
        ("تايوان ترصد سفناً حربية صينية قرب سواحلها", "", "ar", INDO_PACIFIC),
    ],
)
def test_matters_that_only_imply_a_side_or_spread_over_title_and_lede_are_found(
    title: str, lead: str, language: str, expected: TopicSlug
) -> None:
    assert expected in filed(title, lead, language)


def test_a_passing_mention_deep_in_a_long_article_is_no_topic() -> None:
    filler = "The council talked about the new library and its costs for a long time. " * 60
    text = filler + "One family had come from Syria. " + filler
    assert filed("Council talks about the library", text, "en") == set()
    assert 0 < ROUTER.score_all("Council talks about the library", text, "en")[SYRIA] < 0.5


def test_two_sides_in_different_corners_count_less_than_in_one_sentence() -> None:
    apart = "Washington slept. " + "Nothing else happened. " * 10 + "Beijing slept."
    joined = "Washington warned Beijing. " + "Nothing else happened. " * 11
    title = "A quiet day"
    assert ROUTER.score_all(title, apart, "en")[US_CHINA] < ROUTER.score_all(title, joined, "en")[US_CHINA]


# ----------------------------------------------------------------------------------------- how terms match


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("US", "They told us", False),
        ("US", "The U.S. said", True),
        ("Quad", "a quad bike", False),
        ("Syria", "SYRIA: a guide", True),
        ("Syria", "Syria’s new army", True),
        ("tariff", "Tariffs rise", True),
        ("Hama", "Hamas", False),
        ("syrisch*", "die Syrischen Häfen", True),
        ("Türkiye", "Turkiye", True),
        ("الشرع", "شرع في العمل", False),
        ("الشرع", "وللشرع رأي", True),
        ("حلب", "بحلب", True),
        ("حلب", "حلبة السباق", False),
        ("إدلب", "ادلب", True),
        ("台海", "關於台海局勢", True),
        ("H20芯片", "英伟达H20芯片", True),
        ("시리아", "시리아는", True),
    ],
)
def test_terms_are_found_by_the_habits_of_their_script(term: str, text: str, found: bool) -> None:
    assert bool(one({"include": {"en": [term]}}, text).found) is found


def test_a_longer_term_hides_the_shorter_one_in_it() -> None:
    explained = one(
        {"include": {"en": ["China"]}, "exclude": {"en": ["South China Sea"]}}, "In the South China Sea"
    )
    assert [found.term for found in explained.found] == ["South China Sea"]


def test_common_words_are_tried_in_their_own_language_only() -> None:
    body = {"include": {"de": ["marine"], "fr": ["Marine"]}}
    assert one(body, "marine life", language="de").match
    assert not one(body, "marine life", language="en").found
    assert one(body, "marine life", language="").match
    assert one(body, "Marine life", language="en").match


# ---------------------------------------------------------------------------------------------- arithmetic


def test_common_words_of_japanese_are_not_tried_in_chinese() -> None:
    body = {"include": {"ja": ["政府"]}}
    assert one(body, "政府、防衛費を増額", language="ja").match
    assert not one(body, "叙利亚过渡政府", language="zh").found


def test_weak_terms_never_file_an_article_by_themselves() -> None:
    body = {"include": {"en": ["Syria"]}, "context": {"en": ["refugees", "sanctions", "Kurdish"]}}
    assert one(body, "Kurdish refugees and sanctions", "Sanctions on refugees. Kurdish refugees.").score == 0


def test_an_excluded_word_in_the_title_denies_unless_context_has_as_much_to_say() -> None:
    body = {"include": {"en": ["Syria"]}, "context": {"en": ["sanctions"]}, "exclude": {"en": ["football"]}}
    text = "Syria, Syria. Syria said Syria. " * 3
    assert one(body, "News of the day", text).match
    denied = one(body, "Football of the day", text)
    assert denied.denied
    assert not denied.match
    assert one(body, "Football in Syria", text).denied
    assert one(body, "Sanctions on football in Syria", text).match


def test_two_excluded_words_in_the_lead_deny_and_one_does_not() -> None:
    body = {"include": {"en": ["Syria"]}, "exclude": {"en": ["coach", "goalless", "striker"]}}
    assert one(body, "Syria held again", "The coach was content.").match
    assert one(body, "Syria held again", "The coach was content with a goalless evening.").denied
    assert not one(body, "Syria", "Word " * 80 + ". The coach and the goalless striker.").denied


def test_of_three_sides_the_third_is_a_matter_that_may_stand_apart_in_title_or_lead() -> None:
    body = {"sides": [{"en": ["US"]}, {"en": ["China"]}, {"en": ["tariff", "visit"]}]}
    assert one(body, "US and China raise tariffs").match
    assert one(body, "US to answer China", "New tariffs are under study.").match
    assert one(body, "US cellist charms China").score == 0
    assert one(body, "US cellist charms China", "Word " * 80 + ". Tariffs.").score < 0.5


def test_title_and_lede_make_a_pair_when_the_title_names_the_telling_side() -> None:
    body = {"sides": [{"en": ["Korean"]}, {"en": ["bomber", "coast guard"]}]}
    assert one(body, "Bomber flies again", "It met Korean jets.").sides > 0.5
    assert one(body, "Korean floods", "The coast guard came.").sides < 0.5


@pytest.mark.parametrize("slug", [topic.slug for topic in TOPICS])
def test_a_feeds_hint_never_decides_alone(slug: TopicSlug) -> None:
    assert ROUTER.score_all("House prices rise", "By one percent.", "en", (slug,))[slug] == 0


def test_a_feeds_hint_adds_to_evidence() -> None:
    text = "Nothing here. " * 40 + "Damascus slept. " + "Nothing here. " * 10 + "Aleppo slept. Homs slept."
    plain, hinted = (ROUTER.score_all("A day", text, "en", hints)[SYRIA] for hints in ((), (SYRIA,)))
    assert 0 < plain < hinted <= plain + 0.25


def check_sum(explained: Explained, topic: Topic) -> None:
    total = explained.include + explained.sides + explained.context + explained.hint + explained.alike
    assert explained.sum == pytest.approx(max(0.0, total - explained.exclude - explained.taught))
    assert explained.threshold == topic.threshold
    if not explained.denied and not explained.bare:
        assert explained.score == pytest.approx(explained.sum / topic.threshold)
    assert explained.match is (explained.score >= 1)


def test_the_explanation_adds_up_and_says_what_was_found_where() -> None:
    title = "Syria and Turkey agree on border trade"
    explained = ROUTER.explain(title, "Damascus and Ankara signed. Refugees may cross.", "en", (SYRIA,))
    for told, topic in zip(explained, TOPICS, strict=True):
        check_sum(told, topic)
    text = next(told for told in explained if told.topic == SYRIA).text()
    assert "Syria: title 1 = 1.25" in text
    assert "Damascus: lede 1 = 0.90" in text
    assert "match" in text
    plain = explained[0].as_dict()
    assert plain["found"][0]["term"]
    assert ROUTER.match(title, "", "en")[0].why == "Syria (title)"


_PIECES = st.sampled_from(
    [
        "Syria",
        "US",
        "China",
        "Taiwan",
        "navy",
        "tariffs",
        "football",
        "دمشق",
        "والصين",
        "叙利亚",
        "中美",
        ".",
        "\n\n",
        "*",
        "İ",
        "ـ",
    ]
)
_TEXTS = st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=40).map(" ".join))


@settings(max_examples=150, deadline=None)
@given(title=_TEXTS, text=_TEXTS, language=st.sampled_from(["", "en", "zh", "ar", "de", "xx", "EN-us"]))
def test_any_text_gets_scores_and_matches_agree_with_them(title: str, text: str, language: str) -> None:
    scores = ROUTER.score_all(title, text, language, (SYRIA,))
    matches = ROUTER.match(title, text, language, (SYRIA,))
    assert set(scores) == {topic.slug for topic in TOPICS}
    assert all(score >= 0 for score in scores.values())
    assert {match.topic for match in matches} == {slug for slug, score in scores.items() if score >= 1}
    assert [match.score for match in matches] == sorted((match.score for match in matches), reverse=True)
    assert all(match.why for match in matches)
    for told, topic in zip(ROUTER.explain(title, text, language, (SYRIA,)), TOPICS, strict=True):
        check_sum(told, topic)


# -------------------------------------------------------------------------------------------- declarations


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"inclde": {}}, "inclde"),
        ({}, "include"),
        ({"include": ["Syria"]}, "include"),
        ({"include": {"en": "Syria"}}, "include.en"),
        ({"include": {"en": [301]}}, "include.en"),
        ({"include": {"en": ["*"]}}, "include.en"),
        ({"include": {"en": ["a"]}, "sides": [{"en": ["b"]}]}, "sides"),
        ({"sides": [{"en": ["b"]}, {"en": [False]}]}, "sides.1.en"),
        ({"include": {"en": ["a"]}, "threshold": 0}, "threshold"),
        ({"include": {"en": ["a"]}, "threshold": float("nan")}, "threshold"),
        ({"include": {"en": ["a"]}, "order": "first"}, "order"),
        ({"include": {"en": ["a"]}, "names": "Syria"}, "names"),
        ({"include": {"en": ["a"]}, "names": {"en": 5}}, "names.en"),
    ],
)
def test_a_wrong_declaration_is_refused_by_the_name_of_its_key(body: dict[str, Any], key: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        topic_from("syria", body)
    assert caught.value.ids == {"topic": "syria", "key": key}
    assert caught.value.hint


def test_a_declaration_becomes_the_topic_it_describes() -> None:
    topic = topic_from(
        "strait",
        {
            "names": {"en": "The Strait"},
            "include": {"en": ["Kinmen"]},
            "sides": [{"en": ["a"]}, {"en": ["b"]}],
            "threshold": 2,
        },
    )
    assert topic.name("zh") == "The Strait"
    assert topic.include == {"en": ("Kinmen",)}
    assert (len(topic.sides), topic.threshold, topic.order) == (2, 2.0, 0)


def test_no_topics_file_nothing() -> None:
    assert Router(()).match("Syria", "Syria", "en") == ()


# ------------------------------------------------------------------------------- matter, pairs and vectors


def test_a_name_without_a_word_of_the_matter_is_no_news_where_the_matter_is_listed() -> None:
    body = {"include": {"en": ["Aleppo"]}, "matter": {"en": ["troops", "minister*"]}}
    assert one(body, "Troops leave Aleppo").match
    bare = one(body, "A dip the Aleppo way", "Roast the peppers.")
    assert bare.bare
    assert not bare.match
    assert "without matter" in bare.text()
    assert one(body, "Soldaten verlassen Aleppo", language="de").match  # no list in this language


def test_in_a_longer_lead_one_word_of_the_matter_may_be_chance() -> None:
    body = {"include": {"en": ["Aleppo"]}, "matter": {"en": ["troops", "minister*"]}}
    words = "The cook of the house tells how her aunt dried the red peppers on the roof each summer. " * 2
    assert one(body, "The pepper of Aleppo", words + "Troops bought some.").bare
    assert not one(body, "The pepper of Aleppo", words + "Troops bought some for ministers.").bare


def test_matter_within_a_name_counts_unless_what_is_excluded_has_it() -> None:
    body = {
        "include": {"en": ["Syrian coast guard"]},
        "matter": {"en": ["coast guard", "defence"]},
        "exclude": {"en": ["defence lawyer"]},
    }
    assert one(body, "Syrian coast guard finds boat").match
    assert not [found for found in one(body, "A defence lawyer retires").found if found.kind == "matter"]


def test_where_somebody_was_born_and_what_a_lamp_is_like_name_no_place() -> None:
    body = {"include": {"en": ["Homs", "Syrian"]}}
    assert not one(body, "Syrian-born winger signs for Bayern").found
    assert not one(body, "Homs-style lamps at the flea market").found
    assert one(body, "Syrian-led forces take the town").match


def test_a_second_set_of_sides_counts_when_the_headline_names_its_second_side() -> None:
    body = {
        "sides": [{"en": ["Japan"]}, {"en": ["navy"]}],
        "also": [{"en": ["China"]}, {"en": ["Japan"]}, {"en": ["ambassador", "bans"]}],
    }
    assert one(body, "China bans fish from Japan").match
    assert not one(body, "China sells more fish to Japan").match
    assert not one(body, "China bans fish", "Japan is one of its customers.").match


def test_one_term_that_stands_for_both_sides_is_no_pair() -> None:
    body = {"sides": [{"en": ["rare earths", "US"]}, {"en": ["rare earths", "China"]}]}
    assert not one(body, "Rare earths are not rare").match
    assert one(body, "US buys rare earths").match


MEANS = {TopicSlug("t"): np.array([1.0, 0.0], dtype=np.float32)}


def meant(likeness: float, title: str, text: str, body: dict[str, Any]) -> Explained:
    topic = topic_from("t", {"description": "x", **body})
    return Router((topic,), MEANS).explain(title, text, "en", (), (likeness, 0.0))[0]


def test_what_it_means_adds_a_little_and_stands_in_for_a_word_that_no_list_has() -> None:
    body = {"include": {"en": ["Aleppo"]}, "matter": {"en": ["troops"]}}
    near, far = (meant(one, "Scabies in Aleppo", "A nurse is alone.", body) for one in (1.0, 0.2))
    assert near.match
    assert near.alike > 0
    assert "likeness 1.00" in near.text()
    assert not far.match
    assert far.alike == 0  # it takes nothing: true articles in unusual words would go first
    topic = topic_from("t", body)
    assert Router((topic,), MEANS).explain("Scabies in Aleppo", "", "en")[0].likeness is None  # no vector


def test_what_is_more_like_a_topic_than_its_own_examples_needs_no_name_but_is_denied_as_others_are() -> None:
    body = {"include": {"en": ["Aleppo"]}, "exclude": {"en": ["recipe"]}}
    found = meant(1.2, "Scabies", "", body)
    assert found.match
    assert found.why() == "like its examples"
    assert not meant(1.1, "Scabies", "", body).match
    assert meant(1.2, "A recipe", "", body).denied
    assert not meant(1.2, "Scabies", "", {**body, "threshold": 1.5}).match


def test_the_scale_of_likeness_is_how_near_a_topics_texts_are_to_each_other() -> None:
    t, u, v = TopicSlug("t"), TopicSlug("u"), TopicSlug("v")
    rows = np.array([[1.0, 0.0], [0.8, 0.6], [0.8, -0.6], [1.0, 0.0]], dtype=np.float32)
    found = senses({t: rows, u: rows[:1], v: rows[:0]})
    near = [float(row @ found[t]) for row in rows]
    assert 1.0 <= sum(near) / len(near) <= 1.1  # near to the centre of all: a little more than of all others
    assert float(found[u] @ rows[0]) == pytest.approx(
        float(found[t] @ rows[0]), abs=0.03
    )  # the others' scale
    assert set(found) == {t, u}  # without a text, no vector
    assert senses({t: rows[:3]}) == {}  # too few to make a scale of
    apart = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], dtype=np.float32)
    assert senses({t: apart}) == {}  # in such a space examples say nothing


def test_what_is_read_of_a_topic_is_its_description_and_its_examples() -> None:
    topic = topic_from("t", {"include": {"en": ["x"]}, "description": "About x.", "examples": ["X rises"]})
    assert texts(topic) == ("About x.", "X rises")
