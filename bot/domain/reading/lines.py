"""Scraped text → lines that were judged: paragraphs put together again, menus seen as menus."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.domain.reading import furniture
from bot.domain.reading.furniture import Kind, ends_sentence, words

LARGEST = 400_000
"""Characters of a scraped text that are looked at; a long page has 30,000."""

_MARKUP = re.compile(r"^(?:#{1,6}\s+|>\s+|[-*•▪■●○◦–]\s+|\d{1,2}[.)]\s+(?=\D))+")
_EMPHASIS = re.compile(r"^(\*\*|__)(.+)\1$")
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_MARKDOWN_LINK = re.compile(r"\[([^\]]+)\]\((?:https?:)?[^)\s]*\)")
_FULL_STOP = re.compile(r"[.。…:：;；,，،][\"”’')）]*$")
_DANGLING = re.compile(
    r"\s(?:an?|the|of|in|on|at|to|for|from|by|with|and|or|but|as|that|which|who|whose|against|into|between|its|his"
    r"|her|their|is|was|were|are|has|have|had|said|will|would|could|after|before|while|when|than|من|في|على|إلى|عن|أن|التي|الذي)$"
)
_INNER_STOP = re.compile(r"[a-z]{4}\.[”\"’]?\s+[“\"‘A-Z]|。|[.]\s+[\u0621-\u064a]")
_NAME = r"[A-Z][\w'’.-]+ (?:[A-Z][\w'’.-]+ )?[A-Z][\w'’.-]+"
_PLACE = r"[A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+)?"
_NAMES = re.compile(
    rf"[A-Z][\w'’.-]+ [A-Z][\w'’.-]+|{_NAME} in {_PLACE}(?:(?:,| and) {_NAME}(?: in {_PLACE})?)*"
    rf"|{_NAME}(?:(?:,| and) {_NAME})+"
)
_LATIN = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’-]{2,}|\d[\d.,]+\d")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_ARABIC = re.compile(r"[\u0621-\u064a]{3,}")
_ARABIC_PREFIX = re.compile(r"^[وف]?(?:[بكل]?ال|لل)?")
# Words that any two news texts share; a handful each is enough to keep chance from looking like kinship.
_COMMON = frozenset(
    re.findall(
        r"\S+",
        "about after again against also amid among and any are because been before being between "
        "both but can could days did does down during each even first for from had has have her "
        "here him his how into its just last later least like made make many may more most much "
        "must near new news not now off one only other our out over own people said same says say "
        "saying she should since some still such than that the their them then there these they "
        "this those three through told two under until was week were what when where which while "
        "who why will with would year years yet you your according government officials official "
        "president minister country countries state states statement reported report monday tuesday "
        "wednesday thursday friday saturday sunday 表示 报道 报导 他们 我们 以及 进行 目前 已经 "
        "可以 没有 一个 这个 今天 记者 部长 总统 国家 政府 قال قالت كان كانت هذا هذه ذلك التي الذي "
        "على إلى عن من في مع بعد قبل خلال حول وقال أن كما أكد ",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A paragraph, headline or piece of furniture."""

    text: str
    kind: Kind | None = None
    gap: int = 0  # empty lines before it
    at: int = 0  # which line of the page it is

    @property
    def ends(self) -> bool:
        """Whether it ends as a sentence does."""
        return ends_sentence(self.text)

    @property
    def headline(self) -> bool:
        """Whether it may be a headline or a subheading: short, no full stop, no small letter in front."""
        if self.kind is not None or _FULL_STOP.search(self.text) or self.text[0].islower():
            return False
        if self.text[0] in "\"“'‘«「" and self.text[-1] in '"”»」':
            return False  # a quotation, not a headline that quotes
        if _INNER_STOP.search(self.text) or furniture.trim_more(self.text) != self.text:
            return False
        return len(self.text) <= 170 and words(self.text) <= 26 and not self.dangling

    @property
    def dangling(self) -> bool:
        """Whether it stops after a word that nothing can end with."""
        return bool(_DANGLING.search(self.text))


def content(text: str) -> set[str]:
    """Words that tell what a text is about: stems of Latin and Arabic words, pairs of Chinese characters."""
    found = set()
    for word in _LATIN.findall(text):
        small = word.lower().removesuffix("'s").removesuffix("’s")
        if small not in _COMMON and len(small) > 2:
            found.add(small[:6] if len(small) > 6 else small.rstrip("s"))
    for run in _HAN.findall(text):
        found.update(pair for at in range(len(run) - 1) if (pair := run[at : at + 2]) not in _COMMON)
    for word in _ARABIC.findall(text):
        bare = _ARABIC_PREFIX.sub("", word)
        if word not in _COMMON and len(bare) > 2:
            found.add(bare[:5])
    return found


def lines_of(text: str) -> list[Line]:
    """The judged lines of a scraped text."""
    lines: list[Line] = []
    gap = 0
    for raw in text[:LARGEST].splitlines():
        bare = _plain(raw)
        if not bare:
            gap += 1
            continue
        if lines and not gap and _continues(lines[-1].text, bare):
            lines[-1] = replace(lines[-1], text=_joined(lines[-1].text, bare))
        else:
            lines.append(Line(text=bare, gap=gap))
        gap = 0
    judged = [replace(line, kind=furniture.kind(line.text)) for line in lines]
    return [replace(line, at=at) for at, line in enumerate(_captions(_names(_menus(judged))))]


def _plain(raw: str) -> str:
    """The line without Markdown and invisible characters."""
    text = re.sub(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "", raw).replace("\xa0", " ")
    text = _MARKDOWN_LINK.sub(r"\1", _IMAGE.sub(r"\1", text)).strip()
    text = _EMPHASIS.sub(r"\2", _MARKUP.sub("", text))
    return re.sub(r"[ ]{2,}(?! )", "  ", text).strip() if "   " not in text else text.strip()


def _continues(line: str, following: str) -> bool:
    """Whether a hard-wrapped paragraph goes on: no end of a sentence, and a small letter next."""
    if furniture.kind(following) is not None:
        return False
    open_end = not ends_sentence(line) or line.endswith((")", "”", '"', "’", "'"))
    return len(line) >= 40 and open_end and following[0].islower()


def _joined(line: str, following: str) -> str:
    return f"{line} {following}"


def _menus(lines: list[Line]) -> list[Line]:
    """Three or more very short lines in a row that end no sentence are a menu."""
    found = list(lines)
    start = 0
    while start < len(found):
        end = start
        while end < len(found) and _menu_item(found[end]):
            end += 1
        last = end
        if end - start >= 3:
            while end - last < 3 and _own_kicker(found[last - 1]):
                last -= 1  # the kicker of the headline below
            for at in range(start, last):
                found[at] = replace(found[at], kind=Kind.NAVIGATION)
        start = end + 1
    return found


def _own_kicker(line: Line) -> bool:
    return line.kind is Kind.KICKER and bool(line.gap or line.text.isupper())


def _menu_item(line: Line) -> bool:
    return line.kind in {None, Kind.KICKER, Kind.NAVIGATION} and words(line.text) <= 3 and not line.ends


def _names(lines: list[Line]) -> list[Line]:
    """Names beside a time or a byline are a byline: "Jane Doe", "Jane Doe in Beirut and John Roe"."""
    found = list(lines)
    for at, line in enumerate(lines):
        beside = {one.kind for one in (*found[max(0, at - 1) : at], *lines[at + 1 : at + 2])}
        if line.kind is None and at and beside & {Kind.TIME, Kind.BYLINE} and _NAMES.fullmatch(line.text):
            found[at] = replace(line, kind=Kind.BYLINE)
    return found


def _captions(lines: list[Line]) -> list[Line]:
    """A sentence right above the credit of a photograph is its caption."""
    found = list(lines)
    for at in range(1, len(found)):
        above, line = found[at - 1], found[at]
        named = re.search(r"[/:]|photo|image|getty|图|摄|صورة|تصوير", line.text, re.IGNORECASE)
        if (
            line.kind is Kind.CREDIT
            and named
            and not line.gap
            and above.kind is None
            and words(above.text) <= 40
        ):
            titled = any(one.headline for one in found[: at - 1])
            if above.ends or titled:
                found[at - 1] = replace(above, kind=Kind.CAPTION)
    for at in range(2, len(found) - 1):
        # "Getty Images", then the caption without a full stop, then the text
        photo = found[at - 1].kind is Kind.CREDIT and not found[at].gap and found[at].headline
        below = found[at + 1].kind is None and not found[at + 1].headline
        if photo and below and any(one.headline for one in found[: at - 1]):
            found[at] = replace(found[at], kind=Kind.CAPTION)
    return found
