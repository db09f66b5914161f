"""Lines that are no text are known by their wording; sentences and headlines are left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.reading.agencies import agency
from bot.domain.reading.furniture import Kind, clean, cut_off, kind, link_target, trim_more, words

WORDED = {
    Kind.CAPTION: [
        "File photo: A Syrian soldier stands guard in Damascus. REUTERS/Karim Asha",
        "An excavator clears rubble in Homs. [Photo: AFP]",
        "FILE - The president speaks in Seoul.",
        "Leaders meet at the Kremlin in Moscow [File: Kremlin/Reuters]",
        "In this photo released by Xinhua News Agency, ships sail in formation.",
        "Soldiers march past containers. Photograph: Leo Stone/EPA",
        "The president speaks to reporters. (AP Photo/Ann Reyes)",
        "图为大马士革街头。（法新社）",
        "صورة أرشيفية لمقاتلين في حلب",
        "جنود سوريون في دمشق (رويترز)",
    ],
    Kind.CREDIT: [
        "REUTERS/Karim Asha",
        "Getty Images",
        "Photo: AFP",
        "AFP via Getty Images",
        "[المثال]",
        "图源：中新社",
    ],
    Kind.KICKER: [
        "ANALYSIS",
        "WORLD | MIDDLE EAST",
        "Asia Pacific",
        "News|Syria's War",
        "分析",
        "国际 | 中东",
        "تحليل",
    ],
    Kind.BYLINE: [
        "By Jane Doe in Damascus and John Roe",
        "Reporting by A. Writer; Editing by B. Editor",
        "Business reporter, Example News",
        "责任编辑：李明",
        "（編輯：李大同）",
        "بقلم: أحمد علي",
    ],
    Kind.TIME: [
        "Updated 3 hours ago",
        "Published On 12 Feb 2026",
        "February 12, 2026 at 3:04 PM EST",
        "Tue 4 Mar 2025 08.12 GMT",
        "5 min read",
        "2026年2月12日 10:30",
        "منذ 3 ساعات",
    ],
    Kind.SECTION: [
        "More from World",
        "Related",
        "You may also like",
        "Most read",
        "相关新闻",
        "اقرأ أيضا",
        "延伸閱讀",
    ],
    Kind.LINK: [
        "Read more: Israel strikes southern Syria",
        "相关阅读：日本部署远程导弹",
        "اقرأ أيضا: الصين ترد على الرسوم",
    ],
    Kind.MORE: ["Read more", "Continue reading »", "阅读全文", "اقرأ المزيد"],
    Kind.RULE: ["* * *", "———"],
    Kind.NAVIGATION: [
        "Home | World | Politics | Sport",
        "Skip to content",
        "首頁 > 國際",
        "الرئيسية",
        "Tags: Syria, Homs",
    ],
    Kind.COOKIE: [
        "We use cookies to improve your experience.",
        "本网站使用cookie",
        "نستخدم ملفات تعريف الارتباط",
    ],
    Kind.APPEAL: [
        "Sign up for our newsletter",
        "Subscribe now for $1 a week",
        "订阅我们的电子报",
        "اشترك في نشرتنا البريدية",
    ],
    Kind.SHARE: [
        "Share this article",
        "Facebook Twitter WhatsApp Email Print",
        "分享到 微信 微博",
        "شارك على فيسبوك",
    ],
    Kind.WEATHER: ["Damascus 12°C Partly cloudy", "北京 天气 晴 5℃"],
    Kind.ADVERT: ["Advertisement", "Story continues below advertisement", "广告", "إعلان"],
    Kind.LEGAL: [
        "© 2026 Example News",
        "All rights reserved.",
        "版权所有 未经许可不得转载",
        "جميع الحقوق محفوظة",
    ],
}

TEXT = [
    "Syria and Israel hold talks in Paris",
    "The minister met his counterpart in Beijing on Tuesday.",
    "By far the largest protest was held in the old town of Aleppo on Sunday.",
    "Officials urged young men to sign up for the reserve before the end of the month.",
    "The firm, which uses cookies made in Shanghai to feed its guests, opened a branch in Homs last year.",
    "A law on copyright was passed by the parliament in Taipei on Friday after a debate of nine hours.",
    "Related costs rose to $3bn, the Pentagon said.",
    "More than 200 people were killed",
    "Temperatures fell to -12 degrees in Kabul, where families had burned their furniture, aid groups said.",
    "Reuters could not verify the report.",
    "美国总统周二宣布对中国商品加征百分之十的关税。",
    "叙利亚与库尔德武装达成停火协议",
    "وقعت الحكومة السورية اتفاقا مع الأكراد يوم الثلاثاء.",
]


@pytest.mark.parametrize(("expected", "line"), [(k, line) for k, lines in WORDED.items() for line in lines])
def test_furniture_is_known_by_its_wording(expected: Kind, line: str) -> None:
    assert kind(line) is expected


@pytest.mark.parametrize("line", TEXT)
def test_sentences_and_headlines_are_no_furniture(line: str) -> None:
    assert kind(line) is None


@given(st.text(max_size=300))
def test_any_line_is_judged(line: str) -> None:
    found = kind(line)
    assert found is None or line.strip()


@pytest.mark.parametrize(
    "part", ["a ", "A ", "(", "[Photo ", "By A. ", "1 Jan ", "x | ", "AFP/", "记者", "photo: ", "منذ "]
)
def test_a_hostile_line_costs_no_time(part: str) -> None:
    line = (part * 700)[:700]
    started = time.perf_counter()
    kind(line)
    agency([line, line])
    assert time.perf_counter() - started < 2  # about 1 ms; a pattern that backtracks takes minutes


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("DAMASCUS (Reuters) - Syria's oil ministry said on Tuesday.", "Reuters"),
        ("BEIJING, Feb. 3 (Xinhua) -- China launched a ship.", "Xinhua"),
        ("MANILA, Philippines (AP) — A boat sank.", "AP"),
        ("新华社大马士革3月3日电（记者王小明）叙利亚临时政府", "Xinhua"),
        ("（中央社記者王小明台北3日電）外交部", "CNA"),
        ("دمشق (رويترز) - وقعت الحكومة", "Reuters"),
        ("دمشق-سانا أكد وزير الخارجية", "SANA"),
        ("The talks ended late. (ANI)", "ANI"),
        ("The talks ended late. (Reporting by A. Writer; Editing by B. Editor)", "Reuters"),
        ("Reuters reported that the talks had ended.", ""),
        ("据路透社报道，会谈已经结束。", ""),
        ("The app was made by AP students.", ""),
    ],
)
def test_only_a_credit_names_the_agency(text: str, named: str) -> None:
    assert agency([text]) == named


def test_a_byline_names_the_agency_where_the_text_does_not() -> None:
    assert agency(["A boat sank."], byline="Jane Doe, Associated Press") == "AP"
    assert agency(["HOMS (AFP) - A wall fell."], byline="Associated Press") == "AFP"


def test_cleaning_keeps_the_text_and_hands_over_captions() -> None:
    text, captions = clean(
        [
            "Truce in Homs",
            "ANALYSIS",
            "The truce began at noon on Friday, and the guns fell silent.",
            "A bus in Homs. [Photo: AFP]",
            "Sign up for our newsletter",
            "What comes next",
            "The army will leave the town on Sunday, its spokesman said.",
            "Related stories",
            "Ten facts about Homs",
        ],
        title="Truce in Homs",
    )
    assert text == (
        "The truce began at noon on Friday, and the guns fell silent.",
        "What comes next",
        "The army will leave the town on Sunday, its spokesman said.",
    )
    assert captions == ("A bus in Homs. [Photo: AFP]",)


def test_a_closing_paragraph_with_an_agency_behind_it_is_text() -> None:
    last = "He said that the two countries would meet again in the spring in Geneva or Vienna. (AFP)"
    assert clean(["The talks ended on Friday.", last]) == (("The talks ended on Friday.", last), ())


def test_a_text_goes_on_behind_a_heading_of_other_stories_when_sentences_follow() -> None:
    rest = "The army left the town on Sunday, its spokesman said."
    assert clean(["The truce began at noon.", "Related stories", rest])[0][-1] == rest


def test_cut_texts_are_known() -> None:
    assert cut_off("Manila's coast guard said that two vessels used water cannon against")
    assert cut_off("Satellite pictures show that Vietnam has nearly finished…")
    assert cut_off("The talks ended on Friday. Read more")
    assert not cut_off("The talks ended on Friday.")
    assert not cut_off('"We are done," he said. "Go home."')
    assert not cut_off("会谈于周五结束。")
    assert not cut_off("")
    assert trim_more("The talks ended on Friday. Read more »") == "The talks ended on Friday."


def test_a_link_names_its_headline() -> None:
    assert link_target("Read more: Israel strikes southern Syria") == "Israel strikes southern Syria"
    assert link_target("The talks ended on Friday.") == ""


def test_chinese_counts_as_long_as_its_translation() -> None:
    assert words("Ten words are what this short English line has here") == 10
    assert words("叙利亚与库尔德武装达成停火协议") == 9
