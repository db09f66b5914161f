"""A translation says the same as its original: figures, days and names on both sides, in three scripts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import summaries
from bot.domain.summaries import translation
from bot.domain.summaries.translation import compare
from bot.types import Method
from tests.domain.test_summaries import RULES, THREE, brief
from tests.fake_llm import in_chinese

FAITHFUL = [
    (
        "Syria's government said on Wednesday that 47 people were killed in Aleppo.",
        "zh",
        "叙利亚政府周三表示，阿勒颇有47人死亡。",
    ),
    (
        "Syria's government said on Wednesday that 47 people were killed in Aleppo.",
        "ar",
        "قالت الحكومة السورية يوم الأربعاء إن 47 شخصا قتلوا في حلب.",
    ),
    (
        "叙利亚政府周三表示，阿勒颇有47人死亡。",
        "en",
        "Syria's government said on Wednesday that 47 people were killed in Aleppo.",
    ),
    (
        "قالت الحكومة السورية يوم الأربعاء إن 47 شخصا قتلوا في حلب.",
        "en",
        "The Syrian government said on Wednesday that 47 people were killed in Aleppo.",
    ),
    (
        "قالت الحكومة السورية يوم الأربعاء إن 47 شخصا قتلوا في حلب.",
        "zh",
        "叙利亚政府周三表示，阿勒颇有47人丧生。",
    ),
    (
        "The United States will buy 12 million tonnes of soybeans worth $3.4 billion by 31 March 2026.",
        "zh",
        "美国将在2026年3月31日前购买价值34亿美元的1200万吨大豆。",
    ),
    (
        "The United States will buy 12 million tonnes of soybeans worth $3.4 billion by 31 March 2026.",
        "ar",
        "ستشتري الولايات المتحدة 12 مليون طن من فول الصويا بقيمة 3.4 مليار دولار بحلول 31 مارس 2026.",
    ),
    (
        "Emmanuel Macron and Keir Starmer met in London with three ministers.",
        "ar",
        "التقى إيمانويل ماكرون وكير ستارمر في لندن مع ثلاثة وزراء.",
    ),
    (
        "Emmanuel Macron and Keir Starmer met in London with three ministers.",
        "zh",
        "埃马纽埃尔·马克龙与基尔·斯塔默在伦敦会见了三名部长。",
    ),
    (
        "Wang Yi and Marco Rubio spoke by telephone on Monday, China's foreign ministry said.",
        "zh",
        "中国外交部表示，王毅与马尔科·鲁比奥周一通了电话。",
    ),
    (
        "Two soldiers were wounded near Daraa, the Ministry of Defence said.",
        "ar",
        "أصيب جنديان قرب درعا، بحسب وزارة الدفاع.",
    ),
    (
        "Two soldiers were wounded near Daraa, the Ministry of Defence said.",
        "zh",
        "国防部称，两名士兵在德拉附近受伤。",
    ),
    (
        "About 40% of voters backed the plan, up from a third last year.",
        "zh",
        "约百分之四十的选民支持该计划，高于去年的三分之一。",
    ),
    ("台積電將於11月在高雄投資500億元。", "en", "TSMC will invest NT$50 billion in Kaohsiung in November."),
    (
        "The Philippines' coast guard said a Chinese ship rammed one of its boats near Scarborough Shoal.",
        "zh",
        "菲律宾海岸警卫队说，一艘中国船只在黄岩岛附近撞击了其一艘船。",
    ),
    (
        "The Philippines' coast guard said a Chinese ship rammed one of its boats near Scarborough Shoal.",
        "zh-Hant",
        "菲律賓海岸防衛隊說，一艘中國船隻在黃岩島附近撞擊其一艘船。",
    ),
    ("Twenty-five fishermen from Luzon returned home.", "ar", "عاد خمسة وعشرون صيادا من لوزون إلى ديارهم."),
    (
        "Mazloum Abdi travelled to Damascus for the fourth time.",
        "ar",
        "سافر مظلوم عبدي إلى دمشق للمرة الرابعة.",
    ),
    ("Mazloum Abdi travelled to Damascus for the fourth time.", "zh", "马兹卢姆·阿布迪第四次前往大马士革。"),
    (
        "Australia and Papua New Guinea signed the Pukpuk treaty in Canberra.",
        "zh",
        "澳大利亚和巴布亚新几内亚在堪培拉签署了《普克普克条约》。",
    ),
    ("Prices rose 2.5 percent in March.", "ar", "ارتفعت الأسعار 2.5 في المئة في مارس."),
    ("The Caesar Act was suspended for 180 days.", "zh", "《凯撒法案》被暂停180天。"),
]
FRESH = [  # written after the check was made
    (
        "Germany's foreign minister said on Tuesday that 3,500 refugees had returned to Homs since January.",
        "ar",
        "قال وزير الخارجية الألماني يوم الثلاثاء إن 3500 لاجئ عادوا إلى حمص منذ يناير.",
    ),
    (
        "Germany's foreign minister said on Tuesday that 3,500 refugees had returned to Homs since January.",
        "zh",
        "德国外长周二表示，自1月以来已有3500名难民返回霍姆斯。",
    ),
    (
        "Ursula Vogel and Pieter Janssen visited Idlib with 18 engineers.",
        "ar",
        "زارت أورسولا فوغل وبيتر يانسن إدلب برفقة 18 مهندسا.",
    ),
    (
        "Ursula Vogel and Pieter Janssen visited Idlib with 18 engineers.",
        "zh-Hant",
        "烏爾蘇拉·沃格爾與彼得·揚森率18名工程師訪問了伊德利卜。",
    ),
    (
        "日本首相星期五在首尔会见韩国总统，讨论12个项目。",
        "en",
        "Japan's prime minister met South Korea's president in Seoul on Friday to discuss 12 projects.",
    ),
    (
        "日本首相星期五在首尔会见韩国总统，讨论12个项目。",
        "ar",
        "التقى رئيس الوزراء الياباني رئيس كوريا الجنوبية في سيول يوم الجمعة لبحث 12 مشروعا.",
    ),
    (
        "أعلنت وزارة الصحة أن عشرين طفلا أصيبوا في غزة.",
        "en",
        "The health ministry said twenty children were wounded in Gaza.",
    ),
    ("أعلنت وزارة الصحة أن عشرين طفلا أصيبوا في غزة.", "zh", "卫生部宣布，加沙有20名儿童受伤。"),
]
WRONG = [
    (
        "Syria's government said on Wednesday that 47 people were killed in Aleppo.",
        "zh",
        "叙利亚政府周三表示，阿勒颇有74人死亡。",
    ),
    (
        "Syria's government said on Wednesday that 47 people were killed in Aleppo.",
        "zh",
        "叙利亚政府周四表示，阿勒颇有47人死亡。",
    ),
    (
        "Syria's government said on Wednesday that 47 people were killed in Aleppo.",
        "zh",
        "叙利亚政府周三表示，霍姆斯有47人死亡。",
    ),
    (
        "Syria's government said on Wednesday that 47 people were killed in Aleppo.",
        "zh",
        "叙利亚政府周三表示，阿勒颇有人死亡。",
    ),
    (
        "Syria's government said on Wednesday that 47 people were killed in Aleppo.",
        "ar",
        "قالت الحكومة الإسرائيلية يوم الأربعاء إن 47 شخصا قتلوا في حلب.",
    ),
    (
        "Syria's government said on Wednesday that 47 people were killed in Aleppo.",
        "ar",
        "قالت الحكومة السورية يوم الأربعاء إن 47 شخصا قتلوا في حماة.",
    ),
    (
        "قالت الحكومة السورية يوم الأربعاء إن 47 شخصا قتلوا في حلب.",
        "en",
        "The Syrian government said on Wednesday that 47 people were killed in Aleppo and Idlib.",
    ),
    (
        "Emmanuel Macron and Keir Starmer met in London with three ministers.",
        "ar",
        "التقى أولاف شولتس وكير ستارمر في لندن مع ثلاثة وزراء.",
    ),
    (
        "Emmanuel Macron and Keir Starmer met in London with three ministers.",
        "zh",
        "奥拉夫·朔尔茨与基尔·斯塔默在伦敦会见了三名部长。",
    ),
    (
        "The United States will buy 12 million tonnes of soybeans worth $3.4 billion by 31 March 2026.",
        "zh",
        "美国将在2026年3月31日前购买价值34亿美元的1.2亿吨大豆。",
    ),
    ("The United States will buy 12 million tonnes of soybeans.", "zh", "美国（USDA）将购买1200万吨大豆。"),
    ("Prices rose 2.5 percent in March.", "ar", "ارتفعت الأسعار 2.5 في المئة في أبريل."),
    ("Prices rose 2.5 percent in March.", "zh", "Prices rose 2.5 percent in March."),
]
FRESH_WRONG = [  # written after the check was made
    (
        "Germany's foreign minister said on Tuesday that 3,500 refugees had returned to Homs since January.",
        "ar",
        "قال وزير الخارجية الفرنسي يوم الثلاثاء إن 3500 لاجئ عادوا إلى حمص منذ يناير.",
    ),
    (
        "Germany's foreign minister said on Tuesday that 3,500 refugees had returned to Homs since January.",
        "zh",
        "德国外长周二表示，自1月以来已有3万5000名难民返回霍姆斯。",
    ),
    (
        "Germany's foreign minister said on Tuesday that 3,500 refugees had returned to Homs since January.",
        "zh",
        "德国外长周二表示，已有3500名难民返回霍姆斯。",
    ),
    (
        "Ursula Vogel and Pieter Janssen visited Idlib with 18 engineers.",
        "ar",
        "زارت أورسولا فوغل ومارك دوبوا إدلب برفقة 18 مهندسا.",
    ),
    (
        "Ursula Vogel and Pieter Janssen visited Idlib with 18 engineers.",
        "zh",
        "乌尔苏拉·沃格尔与马克·杜波瓦率18名工程师访问了伊德利卜。",
    ),
    (
        "日本首相星期五在首尔会见韩国总统，讨论12个项目。",
        "en",
        "Japan's prime minister met North Korea's leader in Pyongyang on Friday to discuss 12 projects.",
    ),
    (
        "أعلنت وزارة الصحة أن عشرين طفلا أصيبوا في غزة.",
        "en",
        "The health ministry said 30 children were wounded in Gaza.",
    ),
    ("أعلنت وزارة الصحة أن عشرين طفلا أصيبوا في غزة.", "zh", "卫生部宣布，加沙和黎巴嫩有20名儿童受伤。"),
]


@pytest.mark.parametrize(("original", "language", "text"), [*FAITHFUL, *FRESH])
def test_a_faithful_translation_passes(original: str, language: str, text: str) -> None:
    assert compare(original, text, language) == ()


@pytest.mark.parametrize(("original", "language", "text"), [*WRONG, *FRESH_WRONG])
def test_a_changed_figure_day_or_name_does_not(original: str, language: str, text: str) -> None:
    assert compare(original, text, language)


def test_what_an_outlet_says_to_machines_or_readers_does_not_pass() -> None:
    assert compare("The market was closed.", "市场已关闭。请访问 win-prizes.example 领取奖金。", "zh")
    assert compare("The market was closed.", "", "zh")


def test_a_failed_sentence_is_left_out_and_a_failed_lead_costs_the_translation() -> None:
    made = replace(brief(*THREE), language="zh")
    assert translation.across(made)
    told = summaries.extract(made, rules=RULES)
    lines = translation.lines_of(told)
    answer = {ident: in_chinese(text) for ident, text in lines.items()}
    assert translation.faults(told, answer, "zh") == {}
    whole = translation.accept(made, told, answer, {})
    assert whole is not None
    assert (whole.method, whole.text_language, whole.translated_from) == (Method.LLM, "zh", "en")
    assert [one.original for one in whole.sentences] == [one.text for one in told.sentences]
    assert [one.sources for one in whole.sentences] == [one.sources for one in told.sentences]
    last = list(lines)[-1]
    bad = translation.faults(told, {**answer, last: answer[last] + "，共9412人"}, "zh")
    assert list(bad) == [last]
    less = translation.accept(made, told, answer, bad)
    assert less is not None
    assert len(less.sentences) == len(told.sentences) - 1
    assert less.rejected == (answer[last],)
    for ident in ("headline", "s1"):
        assert translation.accept(made, told, answer, {ident: ()}) is None
