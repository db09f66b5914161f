"""Names of people by how they sound, across scripts: who stands in one text and not in its translation.

English names of two words or more against Arabic words by their consonants, and against Chinese signs that
spell foreign names by their first sounds. Names of China, Japan and Korea are not spelt by sound there: a
name counts as changed in Chinese only where both sides have one that the other lacks.
"""

from __future__ import annotations

import re
from functools import cache

from bot.domain import terms
from bot.domain.summaries.checking.names import names
from bot.domain.summaries.gazetteer import named, places

ALIKE = 0.6
"""Share of the sounds of both that stand in the same order; tests' pairs have 0.67 and more."""

_BODIES = frozenset(
    [
        "ministry",
        "department",
        "council",
        "party",
        "agency",
        "court",
        "bank",
        "university",
        "army",
        "navy",
        "force",
        "forces",
        "air",
        "coast",
        "guard",
        "committee",
        "assembly",
        "parliament",
        "congress",
        "senate",
        "house",
        "state",
        "states",
        "strait",
        "sea",
        "island",
        "islands",
        "river",
        "bay",
        "port",
        "street",
        "square",
        "group",
        "company",
        "corp",
        "airlines",
        "news",
        "times",
        "post",
        "treaty",
        "act",
        "agreement",
        "summit",
        "forum",
        "centre",
        "center",
        "institute",
        "commission",
        "union",
        "federation",
        "association",
        "front",
        "movement",
        "democratic",
        "national",
        "international",
        "supreme",
        "red",
        "cross",
        "crescent",
        "civil",
        "defence",
        "defense",
        "white",
        "helmets",
        "north",
        "south",
        "east",
        "west",
        "northern",
        "southern",
        "eastern",
        "western",
        "central",
        "peoples",
        "people",
        "republic",
        "kingdom",
        "world",
        "trade",
        "security",
        "foreign",
        "affairs",
        "health",
        "interior",
        "finance",
        "energy",
        "transport",
        "justice",
        "office",
        "district",
        "province",
        "governorate",
        "city",
        "town",
        "village",
        "hospital",
        "airport",
        "university",
        "school",
        "church",
        "mosque",
        "church",
        "border",
        "crossing",
        "camp",
        "dam",
        "bridge",
        "highway",
        "road",
        "day",
        "week",
        "year",
        "peace",
        "truce",
        "deal",
        "plan",
        "project",
        "programme",
        "program",
        "company",
        "inc",
        "ltd",
        "technologies",
        "electric",
        "motors",
        "oil",
        "gas",
        "wire",
        "dispatch",
        "ledger",
        "courier",
        "beacon",
        "observer",
        "chronicle",
        "herald",
        "tribune",
        "daily",
        "gazette",
        "journal",
        "standard",
        "telegraph",
        "television",
        "radio",
        "network",
        "media",
        "press",
        "review",
        "monitor",
        "mirror",
        "agency",
    ]
)
_ARABIC = {
    **dict.fromkeys("ب", "b"), **dict.fromkeys("تطثدذضظة", "t"), **dict.fromkeys("جغقكگ", "k"),
    **dict.fromkeys("حخه", "h"), **dict.fromkeys("ر", "r"), **dict.fromkeys("زسص", "s"), "ش": "S",
    **dict.fromkeys("ف", "f"), "ل": "l", "م": "m", "ن": "n",
}  # fmt: skip
_LATIN = {
    **dict.fromkeys("bp", "b"), **dict.fromkeys("dt", "t"), **dict.fromkeys("gkqcj", "k"), "h": "h", "r": "r",
    **dict.fromkeys("sz", "s"), "x": "ks", **dict.fromkeys("fv", "f"), "l": "l", "m": "m", "n": "n",
}  # fmt: skip
_HAN = {
    sign: sound
    for sound, signs in {
        "b": "巴班邦包保鲍贝本比彼宾波伯博布白彭潘帕佩皮平珀普蓬派坡颇卜",
        "t": "达大丹当道德登迪蒂丁杜顿多敦戴塔泰坦汤特滕提廷图托通代狄铁田",
        "k": "加盖甘冈高戈格根贡古圭卡凯坎康考科克肯孔库夸奎昆葛开",
        "h": "哈海汉豪赫亨洪胡华怀惠霍侯",
        "r": "拉莱兰朗劳勒雷累伦里利列林琳龙鲁卢罗洛吕隆丽莉露",
        "m": "马玛迈曼芒毛梅门蒙米明莫默穆摩姆",
        "n": "纳奈南瑙内嫩尼宁纽农努诺娜妮",
        "s": "萨赛桑绍瑟森沙斯松苏索扎宰赞泽曾兹宗祖佐齐西辛锡"
        "谢申施什舍舒肖查恰钱切奇乔丘朱詹章哲贾杰吉金津久史朔茨",
        "f": "法范方菲费芬冯弗夫福富瓦万旺韦维文沃伍武威温",
        "": "阿艾安昂奥埃恩厄伊因英雅亚延扬尧耶叶尤约云犹乌翁欧尔",
    }.items()
    for sign in signs
}  # fmt: skip
_SIGNS = "".join(_HAN)
_DOT = re.compile(rf"[{_SIGNS}]{{1,8}}(?:[·・‧•][{_SIGNS}]{{1,8}})+")
_WORD = re.compile(r"[\u0621-\u064a]{2,}")


def strangers(original: str, text: str) -> list[str]:
    """Names of people that one of the two has and the other has not, as far as sounds tell."""
    for english, other in ((original, text), (text, original)):
        if _mostly(english, "A-Za-z"):
            if _mostly(other, r"\u0621-\u064a"):
                return [one for one in _people(english) if not _in_arabic(one, other)]
            if _mostly(other, r"\u3400-\u9fff"):
                return _in_chinese(_people(english), other)
    return []


def _mostly(text: str, letters: str) -> bool:
    return 2 * len(re.findall(f"[{letters}]", text)) > len(re.findall(r"[^\W\d_]", text))


def _people(text: str) -> list[str]:
    """Names of two and more words that are no body's, no place of the gazetteer, and no single capital."""
    taken = [(start, end) for _, start, end in places(text)]
    found = []
    for one in names(text):
        inside = any(start < one.end and one.start < end for start, end in taken)
        if len(one.parts) < 2 or inside or _BODIES.intersection(one.parts):
            continue
        if any(surface.isupper() and len(surface) > 1 for surface in one.surface):
            continue  # an abbreviation
        found.append(" ".join(one.surface))
    return found


def _in_arabic(name: str, text: str) -> bool:
    spelt = [_arabic(one) for one in _WORD.findall(text)]
    last = [_latin(word, soft="k") for word in name.split()[-1:]]
    telling = [one for one in last if len(one) > 1] or [
        one for word in name.split() if len(one := _latin(word, soft="k")) > 1
    ]
    return not telling or any(_alike(one, other) >= ALIKE for one in telling for other in spelt)


def _in_chinese(people: list[str], text: str) -> list[str]:
    """English names and Chinese ones with a dot between, where both sides have one that the other lacks."""
    dotted = [one for one in _DOT.findall(terms.simplified(text)) if not named(one)]
    spelt = {one: _chinese(re.split(r"[·・‧•]", one)[-1]) for one in dotted}
    sounds = {one: _latin(one.split()[-1], soft="s").replace("l", "r") for one in people}
    left = [
        name
        for name, sound in sounds.items()
        if len(sound) > 1 and not any(_alike(sound, other) >= ALIKE for other in spelt.values())
    ]
    extra = [
        name
        for name, sound in spelt.items()
        if sound and not any(_alike(sound, other) >= ALIKE for other in sounds.values())
    ]
    return [*left, *extra] if left and extra else []


@cache
def _latin(word: str, *, soft: str) -> str:
    """Consonants of a word in Latin letters; ``soft``: what a j, a ch and an sh sound like over there."""
    plain = re.sub(r"^(?:al|el|an|as|ash|ad|at)-", "", word.casefold())
    plain = plain.replace("sh", "S").replace("tch", "S").replace("ch", "S" if soft == "s" else "k")
    for pair, one in (("kh", "h"), ("th", "t"), ("dh", "d"), ("ph", "f"), ("gh", "g"), ("ck", "k")):
        plain = plain.replace(pair, one)
    plain = re.sub(r"c(?=[eiy])", "s", plain)
    if soft == "s":
        plain = plain.replace("j", "s").replace("S", "s")
    made = "".join("S" if char == "S" else _LATIN.get(char, "") for char in plain)
    return re.sub(r"(.)\1", r"\1", made)


@cache
def _arabic(word: str) -> str:
    bare = re.sub(r"^[وفبكل]?(?:ال|لل)", "", word)
    made = "".join(_ARABIC.get(char, "") for char in bare.removesuffix("ة").removesuffix("ه"))
    return re.sub(r"(.)\1", r"\1", made)


def _chinese(word: str) -> str:
    return re.sub(r"([^?])\1", r"\1", "".join(_HAN.get(sign, "?") for sign in word))


def _alike(a: str, b: str) -> float:
    """Twice the longest common subsequence over both lengths."""
    if not a or not b or min(len(a), len(b)) < ALIKE * max(len(a), len(b)):
        return 0.0
    row = [0] * (len(b) + 1)
    for x in a:
        before = 0
        for at, y in enumerate(b, start=1):
            before, row[at] = row[at], before + 1 if x == y else max(row[at], row[at - 1])
    return 2 * row[-1] / (len(a) + len(b))
