"""Text as grouping, routing and summarizing see it: words, content words, entities, sentences.

Latin and Cyrillic scripts are cut at word borders and lightly stemmed; Chinese and Japanese become bigrams of
characters; Arabic is normalized (alef, ya, ta marbuta, diacritics) and loses its common prefixes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KANA = "\u3040-\u30ff"
_ARABIC = "\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff"
_TOKEN = re.compile(rf"[{_HAN}{_KANA}]+|[{_ARABIC}]+|\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?", re.UNICODE)
_CJK = re.compile(rf"[{_HAN}{_KANA}]")
_IS_ARABIC = re.compile(rf"[{_ARABIC}]")
_MARKS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_ALEF = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"})

_SHORT = """
mr mrs ms dr prof gen lt col sgt capt cmdr adm maj brig sen rep gov pres hon rev st jr sr vs etc inc
ltd co corp dept univ assn bros no nos fig vol pp ed est approx ca cf e.g i.e u.s u.k u.n u.a.e d.c
a.m p.m jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun v al ph.d
"""
_STOP_EN = """
a about above after again against all also although always am among an and another any are around as
at away back be became because been before being below between both but by came can could day days
did do does doing down during each either else even ever every few first for from further get given
go going gone got had has have having he her here hers herself him himself his how however i if in
including into is it its itself just last later least less like made make many may me might million
more most much must my near never new next no nor not now of off often on once one only or other our
out over own per put rather said same say saying says see several she should since so some still
such take than that the their them then there these they this those though through thus to today
told too two under until up upon us use used very via was we week well were what when where whether
which while who whom whose why will with within without would year years yesterday yet you your
monday tuesday wednesday thursday friday saturday sunday according percent three reported reports
news
"""
_STOP_AR = """
في من على الى عن ان إن أن هذا هذه ذلك تلك التي الذي الذين ما لا لم لن قد كان كانت يكون تكون هو هي هم
كما بعد قبل بين خلال عند منذ حتى مع أو ثم كل بعض غير نحو أكثر اكثر ايضا أيضا وقال قال قالت وقالت يوم
امس اليوم عام حيث بعدما فيما إلى وفق اذا إذا لكن بل اي أي عدد اول أول نفسه نفسها أمام امام حول دون
ضد لدى ليس عليه عليها فيه فيها منه منها له لها به بها
"""
_STOP_ZH = """
我们 他们 这个 一个 表示 认为 没有 可以 已经 因为 所以 但是 以及 其中 对于 关于 进行 可能 目前 今天
昨天 周一 周二 周三 周四 周五 周六 周日 报道 消息 同时 还是 不是 就是 这些 那些 什么 自己 如果 而且
以来 之后 之前 方面 有关 指出 称说 说道 当天 日前 近日 以后
"""


def normalize(word: str) -> str:
    """A word without what only spelling changes: case, width, Arabic marks and letters, digits' script."""
    word = unicodedata.normalize("NFKC", word).casefold().translate(_ARABIC_DIGITS)
    return _MARKS.sub("", word).translate(_ALEF) if _IS_ARABIC.search(word) else word


def _arabic(word: str) -> str:
    """Without "and", "the", and the prepositions that are written together with the word."""
    for prefix in ("وال", "بال", "كال", "فال", "لل", "ال"):
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            word = word[len(prefix) :]
            break
    else:
        if word[:1] in "وبلف" and len(word) >= 5:
            word = word[1:]
    for suffix in ("هما", "ات", "ون", "ين", "ان", "ها", "هم", "يه", "ه"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


def _latin(word: str) -> str:
    """Plural and possessive endings off; anything longer merged words that are not the same."""
    word = word[:-2] if word.endswith(("'s", "’s")) else word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return _arabic(word) if _IS_ARABIC.match(word) else _latin(word)


_STOP = frozenset(
    normalize(word) for listed in (_STOP_EN, _STOP_AR, _STOP_ZH) for word in listed.split()
) | frozenset(_stem(normalize(word)) for listed in (_STOP_EN, _STOP_AR) for word in listed.split())


def _pieces(token: str) -> list[str]:
    if _CJK.match(token):
        return [token[i : i + 2] for i in range(len(token) - 1)] or [token]
    return [_stem(token)]


def words(text: str) -> list[str]:
    """All words in order: lower case, stemmed; Chinese as bigrams of characters."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        found += _pieces(normalize(token))
    return found


def content_words(text: str) -> list[str]:
    """Words that say what a text is about: no function words, no single letters."""
    return [word for word in words(text) if word not in _STOP and (len(word) > 1 or word.isdigit())]


def word_count(text: str) -> int:
    """Words as a reader counts them; two characters of Chinese or Japanese count as one word."""
    cjk = len(_CJK.findall(text))
    return len(re.findall(r"\S+", _CJK.sub(" ", text))) + (cjk + 1) // 2


# ------------------------------------------------------------------------------------------------- entities

_SPAN = re.compile(
    r"(?:[A-ZÀ-ÞĀ-Ž][\w’'-]*|[A-Z]{2,})(?:\s+(?:(?:of|the|al|bin|de|la|for|and)\s+)?[A-ZÀ-ÞĀ-Ž][\w’'-]*)*"
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_QUOTED = re.compile(r"[\"“”«»「『《]([^\"“”«»」』》]{2,40})[\"“”«»」』》]")


def entities(title: str, text: str) -> list[str]:
    """Names and numbers: spans of capitals, each of their words, figures, quoted names; as they occur.

    In Chinese and Arabic, where capitals do not tell, quoted names, figures and foreign words stand in.
    """
    found: list[str] = []
    for part in (title, text):
        starts = {0} | {match.end() for match in re.finditer(r"[.!?:]\s+|\n+", part)}
        for match in _SPAN.finditer(part):
            span = [normalize(word) for word in match[0].split()]
            if match.start() in starts and len(span) == 1 and _stem(span[0]) in _STOP:
                continue
            if match.start() in starts and span and _stem(span[0]) in _STOP:
                span = span[1:]
            kept = [_stem(word) for word in span if _stem(word) not in _STOP and len(word) > 1]
            found += kept
            if len(kept) > 1:
                found.append(" ".join(kept))
        found += [normalize(number).rstrip(".,") for number in _NUMBER.findall(part)]
        found += [
            normalize(name) for name in _QUOTED.findall(part) if _CJK.search(name) or _IS_ARABIC.search(name)
        ]
    return found


# ------------------------------------------------------------------------------------------------ sentences


_ABBREVIATIONS = frozenset(_SHORT.split())
_END = re.compile(r"(?<=[.!?؟…])[\"”’'»)\]]*\s+|(?<=[。！？])[”」』）]*\s*|\n+")
_BEFORE = re.compile(r"([\w.]+)\.[\"”’'»)\]]*\s*$")


def sentences(text: str, language: str = "") -> tuple[str, ...]:
    """The sentences of a text in order, stripped; paragraphs always end one.

    ``language`` is accepted for scripts that will need it; the three that are read now tell by themselves.
    """
    del language
    found: list[str] = []
    for paragraph in re.split(r"\n+", text):
        start = 0
        for match in _END.finditer(paragraph):
            head = paragraph[start : match.end()]
            if not _ends(head, paragraph[match.end() :]):
                continue
            if head.strip():
                found.append(" ".join(head.split()))
            start = match.end()
        tail = paragraph[start:]
        if tail.strip():
            found.append(" ".join(tail.split()))
    return tuple(found)


def _ends(head: str, rest: str) -> bool:
    """Whether the stop at the end of ``head`` ends a sentence, rather than an abbreviation or an initial."""
    if rest[:1].islower():
        return False
    match = _BEFORE.search(head)
    if match is None:
        return True
    last = match[1].casefold()
    if last in _ABBREVIATIONS:
        # "at 5 p.m. The" ends a sentence, "U.S. Navy" and "Gen. Smith" do not.
        return last in ("etc", "inc", "ltd", "co", "corp", "a.m", "p.m", "jr", "sr") and rest[:1].isupper()
    return not (len(last) == 1 and last.isalpha())
