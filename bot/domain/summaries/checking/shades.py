"""Shades of meaning: how certain, how much of it, whose office, and because of what."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain import terms
from bot.domain.summaries.checking.quotations import unquoted
from bot.domain.summaries.checking.reading import Evidence, Unit, read
from bot.types import Finding

_HEDGES = re.compile(
    r"\b(?:reportedly|allegedly|alleged|apparently|appear(?:s|ed)?|seem(?:s|ed)?|may|might|could|possibl[ey]|probabl[ey]|"
    r"likely|perhaps|suspect\w*|believed|unconfirmed|unverified|rumou?r\w*|purported\w*|claim(?:s|ed)?|"
    r"consider(?:s|ing|ed)?|propos\w+|hop(?:es|ed|ing)|aims?|planned|plans?|expect\w*|preliminary|suggest\w*|"
    r"not (?:been )?(?:confirmed|verified)|would|thought to|understood|estimat\w*|fear\w*|"
    r"weigh(?:s|ed|ing))\b"
    r"|据称|据报|据说|據稱|據報|據說|可能|或许|疑似|涉嫌|似乎|预计|估计|尚未证实|預計|或將|或将|考虑|考慮|计划|計劃"
    r"|يعتقد|يُعتقد|ربما|(?<![\u0621-\u064a])قد (?=[يتن])|يحتمل|يُحتمل|زعم|زعمت|مزاعم|بحسب تقارير|يشتبه|"
    r"لم يتأكد|من المتوقع|يتوقع|تقارير غير",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"\b(?:said|says|say|told|according|claim\w*|alleg\w*|accus\w*|report\w*|argu\w*|insist\w*|warn\w*|stat(?:ed|es)|"
    r"announc\w*|believes?|expects?|estimat\w*|call(?:ed|s)|describ\w*|wrote|added|maintain\w*|assert\w*)\b"
    r"|说|表示|称|指出|據|据|說|稱|قال|قالت|بحسب|وفق|أعلن|ذكر|أكد",
    re.IGNORECASE,
)
_SURE = re.compile(
    r"\b(?:definitely|certainly|undoubtedly|without doubt|clearly|proven|proved|confirmed|"
    r"conclusively|undeniabl[ey]|"
    r"surely|indisputabl[ey]|officially|beyond doubt|guaranteed)\b"
    r"|肯定|必将|必定|确定|确认|已证实|毫无疑问|證實|確認|確定|من المؤكد|بالتأكيد|تأكد|لا شك|حتما|مؤكد",
    re.IGNORECASE,
)
_LEVELS = (
    re.compile(
        r"(?<!\bin )\b(?:all(?! but\b)|every(?! day| year| month| week)|each|everyone|"
        r"everybody|entire|whole|always|both)\b|所有|全部|全体|每|全體|都|كل|جميع|كافة",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:most|majority|nearly all|almost all|mainly|largely)\b|大多数|多数|大部分|多數|"
        r"大多數|معظم|غالبية",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:some|several|many|a number of|part(?:s|ly)? of|certain|dozens|various|half)\b|"
        r"一些|部分|若干|多名|多个|有些|بعض|عدد من|عدة|جزء",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:few|a handful|only|hardly|one of)\b|少数|只有|仅|少數|قليل|فقط", re.IGNORECASE),
    re.compile(r"\b(?:none|no one|nobody|never)\b|没有一|无一|沒有一|لا أحد", re.IGNORECASE),
)
_CAUSES = re.compile(
    r"\b(?:because(?: of)?|due to(?! (?:\w+ (?:by|on|in|at|to|for|from)|be|begin|start|end|open|meet|vote|report|expire)\b)|owing to|caused by|as a (?:direct )?(?:result|consequence) "
    r"of|thanks to|driven by|"
    r"triggered by|blamed on|prompted by|in (?:response|retaliation|reaction|protest)(?: to| for| over| at)?|"
    r"stemm\w+ from|attributed to|on account of|sparked by|brought on by|"
    r"following (?:the|an?|his|her|its|their|last|this)(?! (?:\w+ )?(?:day|week|month|year)s?))\b"
    r"|因为|由于|因(?=[\u3400-\u9fff]{2,})|導致|导致|引发|引發|起因|由於|因為|بسبب|نتيجة|جراء|"
    r"ردا على|إثر|بفعل",
    re.IGNORECASE,
)
_OFFICE = re.compile(
    r"\b(?:(?P<kind>[a-z]+|[A-Z][a-z]+)[ -])?(?P<office>minister|secretary|president|chief|"
    r"spokes(?:man|woman|person)|"
    r"ambassador|governor|mayor|commander|envoy|chairman|chairwoman|chair|director|premier|chancellor|king|general|"
    r"admiral|colonel|senator|lawmaker|prosecutor|judge|commissioner|speaker|head|leader|official|adviser|professor|"
    r"minister's|president's)\b",
    re.IGNORECASE,
)
_EASTERN_OFFICE = re.compile(
    r"(?:外交|国防|國防|财政|財政|内政|交通|卫生|经济|經濟|贸易|商务|商務|国务|國務|副|农业|能源|教育)?(?:部长|部長|发言人|發言人|总统|總統|总理|總理|主席|市长|市長|"
    r"省长|大使|特使|司令|州长|议长|議長|国务卿|國務卿|局长|主任)"
    r"|(?:وزير|وزيرة)\s+[\u0621-\u064a]+|(?:رئيس|رئيسة)\s+[\u0621-\u064a]+|المتحدث|السفير|المبعوث|المحافظ|الرئيس"
)
_SMALL = frozenset(
    [
        "the",
        "a",
        "an",
        "its",
        "his",
        "her",
        "their",
        "of",
        "and",
        "former",
        "then",
        "new",
        "by",
        "said",
        "as",
        "with",
        "for",
        "to",
        "in",
        "s",
        "us",
    ]
)


def check(unit: Unit, evidence: Evidence, picked: Sequence[Unit], first: float) -> list[Finding]:
    """Doubts "certainty", "scope", "cause", "office"."""
    if not picked:
        return []
    return [
        *_certainty(unit, evidence, picked, first),
        *_scope(unit, evidence, picked),
        *_cause(unit, evidence),
        *_office(unit, evidence),
    ]


def _like(unit: Unit, evidence: Evidence, share: float) -> list[Unit]:
    """Source sentences that carry much of it, best first."""
    total = sum(evidence.weight(sign) for sign in sorted(unit.signs)) or 1.0
    found = []
    for there in evidence.units:
        both = unit.signs & there.signs
        got = sum(evidence.weight(sign) for sign in sorted(both)) / total if both else 0.0
        if got >= share:
            found.append((-round(got, 6), there.source, there.number, there))
    return [one[-1] for one in sorted(found, key=lambda one: one[:3])]


_WILL = re.compile(
    r"\b(?:will|is certain to|are certain to)\b(?! (?:be allowed|be able|be permitted))", re.IGNORECASE
)
_MAY = re.compile(r"\b(?:may|might|could)\b", re.IGNORECASE)
SURE = 0.3
"""Share of the sentence in the evidence that only says what may be."""


def _certainty(unit: Unit, evidence: Evidence, picked: Sequence[Unit], first: float) -> list[Finding]:
    text = unquoted(unit.text)
    near = " ".join(one.text for one in evidence.near(picked)).casefold()
    found = [
        Finding(kind="certainty", span=match[0], hard=False)
        for match in _SURE.finditer(text)
        if match[0].casefold() not in near
        and not (_SURE.search(near) and "confirm" not in match[0].casefold())
    ]
    if not found and first >= SURE and _WILL.search(text) and not _HEDGES.search(text):
        best = unquoted(picked[0].text)
        if (match := _MAY.search(best)) and not _WILL.search(best):
            return [Finding(kind="certainty", span=match[0], hard=False)]
    if found or first < 0.55 or _HEDGES.search(text) or _SAYS.search(text):
        return found
    like = _like(unit, evidence, 0.45)
    hedged = [bool(_HEDGES.search(unquoted(one.text))) for one in like]
    if like and all(hedged):
        match = _HEDGES.search(unquoted(like[0].text))
        return [Finding(kind="certainty", span=match[0] if match else "", hard=False)]
    return []


def _scope(unit: Unit, evidence: Evidence, picked: Sequence[Unit]) -> list[Finding]:
    text = unquoted(unit.text)
    near = " ".join(one.text for one in evidence.near(picked))
    for level, pattern in enumerate(_LEVELS):
        for match in pattern.finditer(text):
            if pattern.search(near):
                continue
            other = any(one.search(near) for at, one in enumerate(_LEVELS) if abs(at - level) >= 1)
            if level in {0, 1, 4} and other:
                return [Finding(kind="scope", span=match[0], hard=False)]
    return []


GIVEN = 0.35
"""Share of a reason's words that must stand by its effect. Editors give as a reason what a source tells as a
circumstance ("after a pipe burst"): at .6 by weight it doubted 13 of 18 true reasons and 98 % of the made ones, at .35
by number 5 and 95 % (the week's half for tuning and the editors' batches)."""


def _cause(unit: Unit, evidence: Evidence) -> list[Finding]:
    """A reason that no source gives: its words stand by those of the effect nowhere."""
    found = []
    text = unquoted(unit.text)
    words = unit.words if text == unit.text else read(text).words
    for match in _CAUSES.finditer(text):
        before = {one.sign for one in words if one.start < match.start() and not one.light}
        after = {one.sign for one in [w for w in words if w.start >= match.end() and not w.light][:8]}
        after -= before
        if not after:
            continue
        best = 0.0
        for there in evidence.units:
            sides = [there, *(one for step in (-1, 1) if (one := evidence.beside(there, step)))]
            around = frozenset().union(*(one.signs for one in sides))
            if before & there.signs or not before:
                best = max(best, len(after & around) / len(after))
        if best < GIVEN:
            found.append(
                Finding(kind="cause", span=text[match.start() : match.end() + 40].strip(), hard=False)
            )
    return found[:1]


def _offices(text: str) -> list[tuple[str, str]]:
    """(what kind, office): ("foreign", "minister")."""
    found = []
    for match in _OFFICE.finditer(text):
        kind = (match["kind"] or "").casefold()
        found.append(
            ("" if kind in _SMALL else kind.replace("defense", "defence"), match["office"].casefold())
        )
    found += [("", match[0]) for match in _EASTERN_OFFICE.finditer(text)]
    return found


def _known_offices(evidence: Evidence) -> tuple[frozenset[tuple[str, str]], frozenset[str], str]:
    everything = [one for text in evidence.plain for one in _offices(text)]
    heads = frozenset(office for _, office in everything)
    return frozenset(everything), heads, "|".join(evidence.plain).casefold()


def _office(unit: Unit, evidence: Evidence) -> list[Finding]:
    pairs, heads, text = evidence.note(_known_offices)
    found = _portfolio(unit, evidence)
    for kind, office in _offices(unit.text):
        known = office in heads or office in text
        if not known or (kind and (kind, office) not in pairs and _fixed(kind, office, pairs)):
            found.append(Finding(kind="office", span=f"{kind} {office}".strip(), hard=False))
    return found[:1]


_PORTFOLIO = re.compile(
    r"\b(?P<en>[a-z]+)(?: (?:minister|ministry|secretary|department)\b)|\b(?:minister|ministry|secretary|department) (?:of|for) (?:the )?(?P<of>[a-z]+)"
    r"|(?P<zh>[\u3400-\u9fff]{2})部(?![分门門队隊落])|(?:وزارة|وزير|وزيرة) (?P<ar>ال[\u0621-\u064a]{3,})",
    re.IGNORECASE,
)


def _portfolios(text: str) -> list[tuple[str, str]]:
    """(portfolio under one name for all languages, as written) of each ministry or minister that a text names."""
    found = []
    for match in _PORTFOLIO.finditer(terms.simplified(text)):
        name = (match["en"] or match["of"] or match["zh"] or match["ar"]).casefold()
        one = _ONE_NAME.get(name, name)
        if one != name or name in _KINDS or match["ar"]:
            found.append((one, name))
    return found


def _held(evidence: Evidence) -> frozenset[str]:
    return frozenset(one for text in evidence.plain for one, _ in _portfolios(text))


def _portfolio(unit: Unit, evidence: Evidence) -> list[Finding]:
    """A ministry that no source names in any form, while they name others: as plainly absent as a name."""
    held = evidence.note(_held)
    everything = evidence.note(_simplified)
    return [
        Finding(kind="office", span=name)
        for one, name in _portfolios(unit.text)
        if held and one not in held and name.removeprefix("ال") not in everything
    ][:1]


_ONE_NAME = {
    name: names.split()[0]
    for names in ["foreign 外交 الخارجية", "defence defense 国防 الدفاع", "finance treasury 财政 المالية", "interior home 内政 内务 الداخلية", "transport transportation 交通 运输 النقل", "health 卫生 الصحة", "economy 经济 الاقتصاد", "commerce trade 商务 商业 贸易 التجارة", "agriculture 农业 الزراعة", "energy 能源 الطاقة", "education 教育 التربية التعليم", "justice 司法 العدل", "culture 文化 الثقافة", "water 水利 المياه", "environment 环境 البيئة", "labour labor 劳动 العمل", "electricity 电力 الكهرباء", "tourism 旅游 السياحة", "information 新闻 الإعلام"]
    for name in names.split()
}  # fmt: skip


def _simplified(evidence: Evidence) -> str:
    return terms.simplified("|".join(evidence.plain)).casefold()


_KINDS = frozenset(
    [
        "prime",
        "foreign",
        "defence",
        "finance",
        "interior",
        "transport",
        "health",
        "economy",
        "trade",
        "justice",
        "energy",
        "education",
        "agriculture",
        "environment",
        "labour",
        "deputy",
        "vice",
        "commerce",
        "treasury",
        "state",
        "information",
        "culture",
        "tourism",
        "water",
        "oil",
        "planning",
        "fisheries",
        "electricity",
        "housing",
        "immigration",
        "sports",
        "industry",
        "science",
    ]
)


def _fixed(kind: str, office: str, pairs: frozenset[tuple[str, str]]) -> bool:
    """Whether both kinds are portfolios: "foreign minister" where the sources have "defence minister"."""
    return kind in _KINDS and any(other in _KINDS for other, head in pairs if head == office)
