"""Names that news has a word for in each language: which of them a text names.

Countries come from CLDR (Babel); what it lacks (peoples, cities, bodies, a few people) stands here. Of a name
that is in no table :mod:`bot.domain.summaries.sounds` knows how it sounds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from babel import Locale

from bot.domain import terms

_TABLE = """
US|US U.S. USA American Americans Washington White_House
  |美国 美方 美军 美总统 美政府 华盛顿 白宫 美中 中美 美台 美日 美韩 美菲
  |الولايات_المتحدة أمريكا أميركا أمريكي أميركي واشنطن البيت_الأبيض
CN|Chinese Beijing PRC Mainland|中国 中方 中共 北京 美中 中美 中日 中俄 解放军 大陆 中菲|الصين صيني بكين
TW|Taiwanese Taipei|台湾 台北 台方 美台 台海 两岸|تايوان تايواني تايبيه
HK|Hong_Kong|香港|هونغ_كونغ
RU|Russian Russians Moscow Kremlin
  |俄罗斯 俄方 俄军 莫斯科 克里姆林宫 中俄 俄外长 俄总统
  |روسيا روسي موسكو الكرملين
UA|Ukrainian Ukrainians Kyiv Kiev|乌克兰 基辅 乌军 乌方|أوكرانيا أوكراني كييف
SY|Syrian Syrians Damascus Damascene
  |叙利亚 叙方 叙军 叙政府 叙总统 叙外长 大马士革
  |سوريا سورية سوري دمشق
TR|Turkey Turkish Turks Ankara|土耳其 安卡拉 土方 土军|تركيا تركي أنقرة
IL|Israeli Israelis|以色列 以军 以方 以总理|إسرائيل إسرائيلي
PS|Palestine Palestinian Palestinians|巴勒斯坦|فلسطين فلسطيني
LB|Lebanese Beirut|黎巴嫩 贝鲁特|لبنان لبناني بيروت
IR|Iranian Iranians Tehran|伊朗 德黑兰|إيران إيراني طهران
IQ|Iraqi Iraqis Baghdad|伊拉克 巴格达|العراق عراقي بغداد
JO|Jordanian Jordanians Amman|约旦 安曼|الأردن أردني عمّان
SA|Saudi Saudis Riyadh|沙特 利雅得|السعودية سعودي الرياض
QA|Qatari Doha|卡塔尔 多哈|قطر قطري الدوحة
AE|UAE Emirati Emirates Abu_Dhabi|阿联酋 阿布扎比|الإمارات إماراتي أبوظبي أبو_ظبي
DUBAI|Dubai|迪拜 杜拜|دبي
EG|Egyptian Egyptians Cairo|埃及 开罗|مصر مصري القاهرة
JP|Japanese Tokyo|日本 日方 东京 中日 美日 日韩|اليابان ياباني طوكيو
KR|South_Korea South_Korean South_Koreans Seoul|韩国 韩方 首尔 美韩 日韩|كوريا_الجنوبية سيول سيئول
KP|North_Korea North_Korean Pyongyang|朝鲜 北韩 平壤|كوريا_الشمالية بيونغ_يانغ
PH|Philippine Filipino Filipinos Manila|菲律宾 菲方 菲军 马尼拉 美菲 中菲|الفلبين فلبيني مانيلا
VN|Vietnamese Hanoi|越南 河内|فيتنام فيتنامي هانوي
ID|Indonesian Jakarta|印度尼西亚 印尼 雅加达|إندونيسيا إندونيسي جاكرتا
MY|Malaysian Kuala_Lumpur|马来西亚 吉隆坡|ماليزيا ماليزي كوالالمبور
SG|Singaporean|新加坡|سنغافورة
TH|Thai Bangkok|泰国 曼谷 泰方|تايلاند تايلندي بانكوك
IN|Indian Indians New_Delhi|印度 印方 新德里|الهند هندي نيودلهي
PK|Pakistani Islamabad|巴基斯坦 伊斯兰堡|باكستان باكستاني إسلام_آباد
AU|Australian Australians Canberra|澳大利亚 澳洲 澳方 堪培拉|أستراليا أسترالي كانبرا
NZ|New_Zealander|新西兰 纽西兰|نيوزيلندا نيوزيلندي
PG|Papua_New_Guinean Port_Moresby|巴布亚新几内亚|بابوا_غينيا_الجديدة
TL|East_Timor Timor|东帝汶|تيمور
GB|UK Britain British London|英国 英方 伦敦|بريطانيا المملكة_المتحدة بريطاني لندن
FR|French Paris|法国 法方 巴黎|فرنسا فرنسي باريس
DE|German Germans Berlin|德国 德方 柏林|ألمانيا ألماني برلين
IT|Italian Italians Rome|意大利 罗马|إيطاليا إيطالي روما
ES|Spanish Madrid|西班牙 马德里|إسبانيا إسباني مدريد
CA|Canadian Canadians Ottawa|加拿大 渥太华|كندا كندي أوتاوا
MX|Mexican Mexicans|墨西哥|المكسيك مكسيكي
BR|Brazilian Brazilians Brasilia|巴西|البرازيل برازيلي
ZA|South_African|南非|جنوب_أفريقيا جنوب_إفريقيا
EU|EU European_Union Brussels|欧盟 布鲁塞尔|الاتحاد_الأوروبي بروكسل
UN|UN U.N. United_Nations Security_Council|联合国 安理会|الأمم_المتحدة مجلس_الأمن أممي
NATO|NATO|北约 北大西洋公约组织|الناتو حلف_شمال_الأطلسي
IAEA|IAEA|国际原子能机构|الوكالة_الدولية_للطاقة_الذرية
WHO|WHO World_Health_Organization|世卫组织 世界卫生组织|منظمة_الصحة_العالمية
WTO|WTO World_Trade_Organization|世贸组织 世界贸易组织|منظمة_التجارة_العالمية
IMF|IMF International_Monetary_Fund|国际货币基金组织|صندوق_النقد_الدولي
ASEAN|ASEAN Asean|东盟 东南亚国家联盟|آسيان رابطة_دول_جنوب_شرق_آسيا
PENTAGON|Pentagon|五角大楼|البنتاغون
HAMAS|Hamas|哈马斯|حماس
HEZBOLLAH|Hezbollah Hizbollah|真主党|حزب_الله
SDF|SDF Syrian_Democratic_Forces|叙利亚民主力量 叙民主力量|قسد قوات_سوريا_الديمقراطية
KURDS|Kurdish Kurds|库尔德|كردي أكراد كرد
DRUZE|Druze|德鲁兹|الدروز درزي
ALAWITES|Alawite Alawites|阿拉维|علوي علويين
ALEPPO|Aleppo|阿勒颇|حلب
HOMS|Homs|霍姆斯|حمص
HAMA|Hama|哈马|حماة
IDLIB|Idlib|伊德利卜 伊德利布|إدلب
LATAKIA|Latakia Lattakia|拉塔基亚|اللاذقية
TARTUS|Tartus Tartous|塔尔图斯|طرطوس
DARAA|Daraa Deraa|德拉|درعا
RAQQA|Raqqa|拉卡|الرقة
DEIR|Deir_ez-Zor Deir_al-Zor Deir_Ezzor|代尔祖尔 德尔祖尔|دير_الزور
HASAKAH|Hasakah Hasaka|哈塞克 哈萨卡|الحسكة
QAMISHLI|Qamishli|卡米什利|القامشلي
SWEIDA|Sweida Suwayda Suweida|苏韦达 苏伟达|السويداء
QUNEITRA|Quneitra|库奈特拉|القنيطرة
GOLAN|Golan|戈兰|الجولان
GAZA|Gaza|加沙|غزة
WESTBANK|West_Bank|约旦河西岸 西岸|الضفة_الغربية
JERUSALEM|Jerusalem|耶路撒冷|القدس
TELAVIV|Tel_Aviv|特拉维夫|تل_أبيب
ISTANBUL|Istanbul|伊斯坦布尔|إسطنبول اسطنبول
ERBIL|Erbil|埃尔比勒|أربيل
SHANGHAI|Shanghai|上海|شنغهاي شانغهاي
SHENZHEN|Shenzhen|深圳|شنتشن شينزن
XINJIANG|Xinjiang|新疆|شينجيانغ
TIBET|Tibet Tibetan|西藏|التبت
BUSAN|Busan|釜山|بوسان
OKINAWA|Okinawa|冲绳|أوكيناوا
LUZON|Luzon|吕宋|لوزون
SCARBOROUGH|Scarborough|黄岩岛 斯卡伯勒|سكاربورو
SCS|South_China_Sea|南海 南中国海|بحر_الصين_الجنوبي
STRAIT|Taiwan_Strait|台湾海峡 台海|مضيق_تايوان
NEWYORK|New_York|纽约|نيويورك
GENEVA|Geneva|日内瓦|جنيف
VIENNA|Vienna|维也纳|فيينا
CALIFORNIA|California|加利福尼亚 加州|كاليفورنيا
TEXAS|Texas|得克萨斯 德州|تكساس
XI|Xi|习近平|شي_جين_بينغ شي_جينبينغ
TRUMP|Trump|特朗普 川普|ترامب ترمب
PUTIN|Putin|普京 普丁|بوتين
BIDEN|Biden|拜登|بايدن
RUBIO|Rubio|鲁比奥 卢比奥|روبيو
HEGSETH|Hegseth|赫格塞思 海格塞斯|هيغسيث
NETANYAHU|Netanyahu|内塔尼亚胡|نتنياهو
ERDOGAN|Erdogan Erdoğan|埃尔多安|أردوغان إردوغان
SHARAA|Sharaa al-Sharaa Al-Sharaa|沙拉 夏拉|الشرع
ASSAD|Assad al-Assad|阿萨德|الأسد
SHAIBANI|Shaibani al-Shaibani Shibani|希巴尼 谢巴尼|الشيباني
ABDI|Abdi|阿布迪|عبدي
MARCOS|Marcos|马科斯 小马科斯|ماركوس
LAI|Lai|赖清德|لاي
MODI|Modi|莫迪|مودي
ZELENSKY|Zelensky Zelenskyy|泽连斯基|زيلينسكي
"""
_NO_COUNTRIES = frozenset(
    {"Georgia", "Niue", "Jersey", "Chad", "Guinea", "Man", "Jordan", "Niger", "Dominica", "Congo"}
)
"""Also names of people, or parts of other countries' names: only their longer forms are told."""
_SPELT = "尔斯克特里娜亚伊罗夫姆埃"
"""Signs that spell foreign names: beside one of them a short form is part of a longer name."""
_TAIL = "(?:ي|ية|يين|يون|يان|يتين|ا|يا|يات)?"


@dataclass(frozen=True, slots=True)
class _Patterns:
    latin: re.Pattern[str]
    han: re.Pattern[str]
    arabic: re.Pattern[str]
    ids: dict[str, frozenset[str]]


def named(text: str) -> frozenset[str]:
    """Ids of what the table knows and this text names, whatever its language."""
    return frozenset(one for place in places(text) for one in place[0])


def places(text: str) -> list[tuple[frozenset[str], int, int]]:
    """The ids, and where they stand; one form may stand for two ("中美": China and the US)."""
    known = _patterns()
    plain = terms.simplified(text)
    found = []
    for pattern, script in ((known.latin, _LATIN), (known.han, _HAN), (known.arabic, _ARABIC)):
        if not script.search(plain):
            continue  # without the script's letters the large pattern is tried in vain at every character
        found += [
            (known.ids[_key(match["form"])], match.start(), match.end()) for match in pattern.finditer(plain)
        ]
    return found


_LATIN, _HAN, _ARABIC = (re.compile(one) for one in (r"[A-Za-z]", r"[\u3400-\u9fff]", r"[\u0621-\u064a]"))


def _key(form: str) -> str:
    return form.replace("'s", "")


@cache
def _patterns() -> _Patterns:
    ids: dict[str, set[str]] = {}
    latin, han, arabic = set[str](), set[str](), set[str]()
    for ident, english, chinese, arab in table():
        for kind, forms in ((latin, english), (han, chinese), (arabic, arab)):
            for form in forms:
                kind.add(form)
                ids.setdefault(form, set()).add(ident)
    return _Patterns(
        latin=re.compile(rf"(?<![\w.])(?P<form>{_any(latin)})(?![\w])"),
        han=re.compile(
            rf"(?P<form>{_any({one for one in han if len(one) > 2})}"
            rf"|(?<!·)(?<![{_SPELT}])(?:{_any({one for one in han if len(one) == 2})})"
            rf"(?![{_SPELT}]?·)(?![{_SPELT}元]))"
        ),
        arabic=re.compile(
            rf"(?<![\u0621-\u064a])(?:[وفبكل]|ول|وب)?(?:ال|لل)?(?P<form>{_any(arabic)}){_TAIL}"
            r"(?![\u0621-\u064a])"
        ),
        ids={form: frozenset(found) for form, found in ids.items()},
    )


def _any(forms: set[str]) -> str:
    return "|".join(re.escape(one) for one in sorted(forms, key=lambda one: (-len(one), one)))


def table() -> list[tuple[str, list[str], list[str], list[str]]]:
    """Id, and its forms in English, Chinese (simplified) and Arabic (without the article)."""
    rows = {}
    names = [Locale.parse(one).territories for one in ("en", "zh", "ar")]
    for code, english in names[0].items():
        if (
            len(code) == 2
            and code.isalpha()
            and english not in _NO_COUNTRIES
            and code not in {"EZ", "ZZ", "XA", "XB"}
        ):
            short = english.split(" SAR")[0].replace("&", "and")
            rows[code] = (code, [short], [names[1].get(code, "").split("特别")[0]], [names[2].get(code, "")])
    for line in filter(None, re.sub(r"\n  ", "", _TABLE).splitlines()):
        ident, *forms = line.split("|")
        english, chinese, arabic = ([one.replace("_", " ") for one in form.split()] for form in forms)
        known = rows.get(ident, (ident, [], [], []))
        rows[ident] = (
            ident,
            [*known[1], *english],
            [*known[2], *chinese],
            [*known[3], *(one.removeprefix("ال") for one in arabic)],
        )
    return [
        (ident, *([one for one in forms if one] for forms in (en, zh, ar)))
        for ident, en, zh, ar in rows.values()
    ]
