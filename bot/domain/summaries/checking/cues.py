"""Words beside a figure that say how it was reckoned: by how much, in all, left, a share of."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.domain import terms
from bot.domain.summaries.figures import Figure

_BEFORE = re.compile(
    r"\b(?:by|remaining|other|another|further|additional|extra|still|without|(?:margin|gap|difference|lead|majority|rise|"
    r"increase|fall|drop|sum|total|distance|deficit|shortfall) of|differ\w*|gain\w*|lost|exceed\w*|added|rest|"
    r"previous\w*|earlier|had (?:been|stood at)|used to\b[\w ]{0,20}|from|leav\w+|left|combined)"
    r"(?: (?:the|a|an|about|around|some|nearly|almost|over|just|roughly|more than|at least|only))*\s?[$€£¥]?$"
    r"|(?:还|仍|另|其余|其他|多|少|共|总计|合计|增加|减少|上升|下降|下调|上调|提高|降低|扩大|缩小|高出|相差|剩|了)(?:有|出|约|近|了|达)?$"
    r"|(?:زياد|[يت]زيد|[يت]قل |[يت]فوق|بفارق|الفارق|الباق|إضافي|بقي|إجمال|مجموع|معا|آخر|أخرى|تراجع|انخفض|ارتفع|زاد)[^،.]{0,40}$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^[^,.;:]{0,34}?\b(?:more|fewer|less|higher|lower|further|additional|extra|short|ahead|behind|apart|left|remain\w*|"
    r"others?|elsewhere|apart from|new|weaker|stronger|better|worse|cheaper|dearer|above|below|combined|together|altogether|in all|in total|extra|still|missing|"
    r"longer|shorter|later|earlier|unfilled|vacant|unaccounted|vanish|disappear|without|was added|were added|instead of)\b"
    r"|^[^，。；]{0,10}(?:更多|以上的差|差距)|^[^،.]{0,30}(?:آخرين|أخرى|إضافي|أكثر|أقل|معا|المجموع)",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\b(?:total\w*|in all|combined|altogether|together|overall|both|between them|come to|comes to|add up|counting|"
    r"including|dead (?:or|and) (?:missing|injured)|sum|aggregate|changed hands|worth|net)\b|共|总|合计|加上|加起来|إجمال|مجموع|معا",
    re.IGNORECASE,
)


def cues(text: str, figure: Figure) -> bool:
    """Whether words by the figure say that something is added, taken away or compared."""
    text = terms.simplified(text)
    return bool(
        _BEFORE.search(text[max(0, figure.start - 60) : figure.start])
        or _AFTER.search(text[figure.end : figure.end + 60])
        or _ALL.search(text)
    )


_LESS_BEFORE = re.compile(
    r"\b(?:by|(?:margin|gap|difference|lead|majority|rise|increase|fall|drop|deficit|shortfall) of|differ\w*|exceed\w*)"
    r"(?: (?:the|a|an|about|around|some|nearly|almost|over|just|roughly|more than|at least|only))*\s?[$€£¥]?$"
    r"|(?:多|少|增加|减少|上升|下降|下调|上调|提高|降低|扩大|缩小|高出|相差)(?:出|约|近|了|达)?$"
    r"|(?:بفارق|الفارق|بمقدار)[^،.]{0,20}$",
    re.IGNORECASE,
)
_LESS_AFTER = re.compile(
    r"^[^,.;:]{0,34}?\b(?:more|fewer|less|higher|lower|short|ahead|behind|apart|cheaper|dearer|above|below|longer|shorter|"
    r"later|earlier) (?:than|of|by)\b|^\s?(?:\w+ )?(?:less|fewer|apart|higher|lower|cheaper|dearer)\b",
    re.IGNORECASE,
)


def way(text: str, figure: Figure) -> str:
    """Whether the words by it speak of a difference alone ("raised by five": "-") or a sum ("in all": "+"); else ""."""
    text = terms.simplified(text)
    minus = compared(text, figure.start, figure.end)
    plus = _ALL.search(text) and not rests(text)
    return "" if minus == bool(plus) else "-" if minus else "+"


def compared(text: str, start: int, end: int) -> bool:
    """Whether the words by what stands there speak of a difference: "raised by five", "$10 more than last year"."""
    text = terms.simplified(text)
    return bool(
        _LESS_BEFORE.search(text[max(0, start - 60) : start]) or _LESS_AFTER.search(text[end : end + 60])
    )


_TO = re.compile(
    r"\bto(?: (?:about|around|some|nearly|almost|just|roughly))?\s?[$€£]?$|[至到]约?$|إلى (?:نحو )?$",
    re.IGNORECASE,
)


def reached(text: str, figure: Figure) -> bool:
    """Whether it is what something rises or falls to."""
    return bool(_TO.search(terms.simplified(text[max(0, figure.start - 20) : figure.start])))


@lru_cache(maxsize=8192)
def rests(text: str) -> bool:
    """Whether the sentence may speak of those who are left: 47 without a trace, 1,500 who failed."""
    return bool(_HOW_MANY.search(terms.simplified(text)))


_HOW_MANY = re.compile(
    r"\b(?:lack\w*|fail\w*|all but|except|absent|no|not|never|nor|none|without|unfilled|remain\w*|yet to|still|unbuilt|missing|the rest|rest of)\b|其余|未|没|無|无|尚|لم|لا |ليس|من دون|ما زال",
    re.IGNORECASE,
)
_OF = re.compile(
    r"^\s*(?:of|in|fewer|more|less|lower|higher|cheaper|dearer|below|above|costlier|as (?:many|much|few)|were|was|are|is|did|have|has|had|do|said|complet\w+|reach\w*)\b|^\s*(?:的|以上|左右|为|من)",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\b(?:by|rose|risen|fell|fallen|grew|grown|up|down|gained?|lost|dropped|climbed|jumped|shrank|increased?|decreased?|rise of|"
    r"fall of|growth of|decline of|drop of|increase of)(?: (?:the|a|an|about|around|some|nearly|almost|over|just|roughly|more than|at least|only|as much as))*\s?$"
    r"|(?:زياد|ارتفا|انخفا|تراجع|نمو|هبوط|[اي]?نخفض|ارتفع|هبط|زاد)[^،.]{0,30}ب(?:أكثر من|نسبة|ما يقارب|نحو|حوالي)? ?$"
    r"|(?:占|增长|下降|减少|增加|上升|上涨|下跌|下调|上调|降低|少|多|高|低|降|增|涨|跌)(?:了|出)?(?:约|近|逾|超过|大约)?(?:百分之)?$|(?:بنحو|بنسبة|بـ|نحو|نسبة)\s?$",
    re.IGNORECASE,
)


_RISEN = r"rose|risen|rises?|grew|grown|up|gained?|climbed|jumped|increased?|increases|rise of|growth of|increase of"
_FALLEN = (
    r"fell|fallen|falls?|down|lost|dropped|shrank|shrunk|decreased?|fall of|decline of|drop of|declined?"
)
_MUCH = r"(?: (?:by|the|a|an|about|around|some|nearly|almost|over|just|roughly|more than|at least|only|as much as))*\s?$"
_RATIOS = (
    (
        "+",
        re.compile(rf"\b(?:{_RISEN}){_MUCH}|(?:增长|增加|上升|上涨|上调|多|高|增|涨)(?:了|出)?(?:约|近|逾|超过|大约)?(?:百分之)?$"
        r"|(?:ارتفع|زاد|ازداد)\S*(?: \S+){0,4} (?:بنحو|بنسبة|بـ)\s?$", re.IGNORECASE),
        re.compile(r"^\s(?:more|higher|dearer|costlier|above)\b", re.IGNORECASE),
    ),
    (
        "-",
        re.compile(rf"\b(?:{_FALLEN}){_MUCH}|(?:下降|减少|下跌|下调|降低|少|低|降|跌)(?:了|出)?(?:约|近|逾|超过|大约)?(?:百分之)?$"
        r"|(?:انخفض|تراجع|هبط|تقلص)\S*(?: \S+){0,4} (?:بنحو|بنسبة|بـ)\s?$", re.IGNORECASE),
        re.compile(r"^\s(?:fewer|less|lower|cheaper|below)\b", re.IGNORECASE),
    ),
)  # fmt: skip
_PART_OF = re.compile(r"^\s?of (?!all\b)", re.IGNORECASE)


def ratio(text: str, figure: Figure) -> str:
    """What a percentage compares: "+" a rise over the lesser, "-" a fall from the greater, "of" a part; else ""."""
    text = terms.simplified(text)
    ahead, after = text[max(0, figure.start - 60) : figure.start], text[figure.end :]
    found = [way for way, before, behind in _RATIOS if before.search(ahead) or behind.match(after)]
    if len(found) == 1:
        return found[0]
    return "of" if not found and _PART_OF.match(after) else ""


def points(text: str, figure: Figure) -> bool:
    """Whether it may be the difference of two percentages, or what one was before."""
    return bool(
        re.match(r"\s?(?:percentage )?points?|\s?个?百分点|\s?نقط", text[figure.end :])
        or _BEFORE.search(text[max(0, figure.start - 60) : figure.start])
        or _AFTER.search(text[figure.end : figure.end + 60])
    )


def shares(text: str, figure: Figure) -> bool:
    """Whether the percentage is one of a whole or of a change: not that of a tariff or a rate."""
    text = terms.simplified(text)
    return bool(
        _OF.search(text[figure.end : figure.end + 14])
        or _CHANGED.search(text[max(0, figure.start - 40) : figure.start])
    ) or not re.search(r"%|per ?cent|في المئة|في المائة|百分", figure.surface)
