"""Text scraped from a page → its pieces: the article, teasers of others, and what is dropped and why.

Three passes. Lines: unwrapped, each judged by how it is worded (:mod:`bot.domain.furniture`). Groups: a
headline opens a piece, or is a subheading; which of the two is decided by what stands around it and by shared
words (``_opens``). Verdicts: what holds whole sentences enough is an article, what breaks off is a teaser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.domain import furniture
from bot.domain.agencies import agency
from bot.domain.furniture import CHROME, WORN, Kind, words
from bot.domain.lines import Line, content, lines_of

ARTICLE = "article"
TEASER = "teaser"
DROPPED = "dropped"

_WHOLE = 60
"""Words that make a complete text an article even among teasers; standfirsts of teasers end at 45."""
_LONG = 120
"""Words that make a text an article although it breaks off."""
_SENTENCES = re.compile(r"[.!?؟][”’\"')\]]*(?=\s|$)|[。！？]")
_DATELINE = re.compile(
    r"^[A-Z][A-Z.'’-]+(?:[ ,/]+(?:[A-Z][A-Za-z.'’-]+|\d{1,2}))*,?\s?(?:\([A-Za-z/ ]{2,30}\)\s?)?(?:[-–—]+|:)\s"
    r"|^[（(【]?[^，。]{0,10}[社网網報报][^，。]{2,24}日[电電讯訊]"
    r"|^[\w، ]{3,40}\((?:رويترز|أ ف ب|سانا)\)\s?[-–—]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One stretch of a scraped page, in the order in which they stand.

    ``text`` is paragraphs separated by a blank line, without furniture, which stands in fields of its own.
    """

    title: str
    text: str
    kind: str  # ARTICLE, TEASER or DROPPED
    reason: str = ""  # why it is a teaser or dropped
    language: str = ""  # filled by whoever has a detector
    kicker: str = ""
    byline: str = ""
    time: str = ""
    captions: tuple[str, ...] = ()  # with credits
    agency: str = ""


@dataclass(slots=True)
class _Draft:
    """A piece in the making."""

    at: int
    listed: bool = False  # stands among other stories, not where the page's own article stands
    title: str = ""
    body: list[str] = field(default_factory=list)
    worn: list[Line] = field(default_factory=list)
    cut: bool = False
    reason: str = ""
    kind: str = ""

    @property
    def text(self) -> str:
        return "\n\n".join(self.body)

    @property
    def words(self) -> int:
        return words(self.text)

    def worn_as(self, *kinds: Kind) -> tuple[str, ...]:
        """Its furniture of these kinds, in order."""
        return tuple(line.text for line in self.worn if line.kind in kinds)

    def known(self) -> set[str]:
        """Its content words so far."""
        return content(f"{self.title}\n{self.text}")


def separate(text: str) -> tuple[Piece, ...]:
    """The pieces of a scraped page; of plain text without furniture, one article. Empty for empty text."""
    page = _Page(lines_of(text))
    return tuple(_piece(draft, alone=page.alone) for draft in page.drafts())


class _Page:
    """Walks over the lines and groups them. One page, one walk."""

    def __init__(self, lines: list[Line]) -> None:
        self._lines = lines
        self._drafts: list[_Draft] = []
        self._dropped: list[_Draft] = []
        self._open: _Draft | None = None
        self._main: _Draft | None = None
        self._pending: list[Line] = []  # kickers, times and captions that stand before their headline
        self._told = False  # a teaser since then had a text
        self._listed = False  # a heading of other stories was passed
        self._broken = False  # a rule or a read-more: what follows is something else

    @property
    def alone(self) -> bool:
        """Whether there is one piece beside what is dropped."""
        return len(self._drafts) == 1

    def drafts(self) -> list[_Draft]:
        """All pieces and what was dropped, in order."""
        for at, line in enumerate(self._lines):
            self._take(at, line)
        for line in self._pending:
            self._wear(len(self._lines), line)
        self._drafts = [draft for draft in self._drafts if self._holds(draft)]
        return sorted((*self._drafts, *self._merged()), key=lambda draft: draft.at)

    def _take(self, at: int, line: Line) -> None:
        kind = line.kind
        if kind in CHROME or kind is Kind.SECTION:
            self._drop(at, line)
            if line.text.casefold() == "end of list" and self._main is not None:
                self._reopen(self._main)
        elif kind is Kind.RULE:
            self._broken = True
        elif kind is Kind.MORE:
            self._broken = True
            if self._open is not None:
                self._open.cut = True
        elif kind is Kind.LINK:
            target = furniture.link_target(line.text)
            self._drafts.append(_Draft(at, listed=True, title=target, worn=[]))
        elif kind in WORN:
            self._worn(at, line)
        elif line.headline:
            self._headline(at, line)
        else:
            self._paragraph(at, line)

    def _drop(self, at: int, line: Line) -> None:
        reason = str(line.kind)
        self._dropped.append(_Draft(at, body=[line.text], reason=reason, kind=DROPPED))
        if line.kind is Kind.SECTION:
            self._listed = True
            self._told = False
            self._open = None

    def _worn(self, at: int, line: Line) -> None:
        """Furniture belongs to the piece in which it stands, or to the headline that follows it."""
        if self._open is None or self._leads(at, line):
            self._pending.append(line)
        else:
            self._wear(at, line)

    def _wear(self, at: int, line: Line) -> None:
        target = self._open or (self._drafts[-1] if self._drafts else None)
        if target is not None:
            target.worn.append(line)
        elif not (self._dropped and self._dropped[-1].at == at):
            self._dropped.append(
                _Draft(at, body=[line.text], reason=f"{line.kind} without a story", kind=DROPPED)
            )

    def _leads(self, at: int, line: Line) -> bool:
        """Whether a line of furniture stands before the headline of the next piece."""
        if self._open is None or line.kind is Kind.CREDIT:
            return False
        if not self._open.body and line.kind is not Kind.KICKER:
            return False  # below its headline
        ahead = self._next(at)
        if (
            ahead is None
            or not self._lines[ahead].headline
            or not self._opens(ahead, kicker=line.kind is Kind.KICKER)
        ):
            return False
        if line.kind in {Kind.KICKER, Kind.TIME}:
            return True
        if line.kind is Kind.BYLINE:
            return False
        own = content(line.text)
        following = content(self._lines[ahead].text + "\n" + self._below(ahead))
        return len(own & following) > len(own & self._open.known())

    def _next(self, at: int) -> int | None:
        """The next line that is no furniture."""
        for ahead in range(at + 1, len(self._lines)):
            if self._lines[ahead].kind is None:
                return ahead
            if self._lines[ahead].kind in {Kind.SECTION, Kind.RULE}:
                return None
        return None

    def _below(self, at: int) -> str:
        """The paragraphs under the headline at this line, three at most."""
        found: list[str] = []
        for line in self._lines[at + 1 : at + 12]:
            if line.kind is Kind.SECTION or (line.kind is None and line.headline and found):
                break
            if line.kind is None and not line.headline:
                found.append(line.text)
            if len(found) == 3:
                break
            if line.kind is None and line.headline:
                break
        return "\n".join(found)

    def _headline(self, at: int, line: Line) -> None:
        current = self._open
        if current is not None and self._second_of_pair(at, current):
            current.body.append(line.text)
        elif current is None or self._opens(at, kicker=any(one.kind is Kind.KICKER for one in self._pending)):
            self._begin(at, title=line.text)
        elif not current.title and not current.body:
            current.title = line.text
        else:
            current.body.append(line.text)  # a standfirst or a subheading

    def _second_of_pair(self, at: int, current: _Draft) -> bool:
        """Among teasers in blocks of their own: the second line of a block is text, though it ends nowhere."""
        if not current.listed or current.body or at == 0 or current.at != at - 1 or self._lines[at].gap:
            return False
        last = at + 1 == len(self._lines) or self._lines[at + 1].gap > 0
        return last and self._lines[at - 1].gap > 0

    def _begin(self, at: int, *, title: str = "") -> _Draft:
        draft = _Draft(at, listed=self._listed, title=title, worn=self._pending)
        self._pending = []
        self._broken = False
        self._drafts.append(draft)
        self._open = draft
        if not self._listed and (self._main is None or not self._main.body):
            self._main = draft
        return draft

    def _opens(self, at: int, *, kicker: bool) -> bool:
        """Whether the headline-like line opens a new piece, rather than being a standfirst or subheading."""
        current, line = self._open, self._lines[at]
        if current is None:
            return True
        below = self._below(at)
        if not current.body:
            return self._second_title(at, current, below)
        if self._listed or self._broken or kicker or current.cut or furniture.cut_off(current.body[-1]):
            return bool(words(line.text) >= 4 or below)
        after = next((one for one in self._lines[at + 1 : at + 3] if one.kind is not Kind.CAPTION), None)
        if after is not None and after.kind in {Kind.BYLINE, Kind.TIME}:
            return True
        if not below:
            return self._last_headline(at, current)
        return bool(_DATELINE.match(below)) or self._foreign(line.text, below, current)

    def _second_title(self, at: int, current: _Draft, below: str) -> bool:
        """Two headlines in a row: a list of headlines, or a standfirst under its headline."""
        line = self._lines[at]
        if (
            current.listed
            or self._broken
            or any(one.kind in {Kind.TIME, Kind.BYLINE} for one in self._pending)
        ):
            return True
        if words(current.title) <= 3 and words(line.text) > 3:
            return True  # the first was the name of the site or a section
        neighbours = sum(one.headline for one in self._lines[max(0, at - 2) : at + 3])
        if neighbours >= 4 or not below:
            return True
        own, under = content(current.title), content(below)
        return len(content(line.text) & under) > 2 * len(own & under) and not own & content(line.text)

    def _last_headline(self, at: int, current: _Draft) -> bool:
        """A headline-like line with nothing below: one of several, or with hardly a word of the piece above.

        A single one may as well be the last paragraph of a text that was cut when it was copied.
        """
        own = content(self._lines[at].text)
        following = [one for one in self._lines[at + 1 :] if one.kind is None]
        if following and following[0].headline:
            return words(self._lines[at].text) >= 4
        return 5 <= words(self._lines[at].text) <= 18 and len(own & current.known()) <= 0.2 * len(own)

    def _foreign(self, title: str, below: str, current: _Draft) -> bool:
        """Whether a headline with its paragraphs shares too little with the piece above to be part of it.

        Points for what new stories look like, against what subheadings look like. Tuned on pairs of
        articles joined without a separator, and on articles with subheadings.
        """
        known, head, under = current.known(), content(title), content(below)
        if not head or not under:
            return False
        told = len(head & under)  # a headline is told again in its lede
        share = len(under & known) / len(under)
        points = (words(title) >= 6) + (words(title) >= 8) - (words(title) <= 4)
        points += (told >= 2) + (told >= 3)
        points += (share < 0.3) + (share < 0.2) - (share > 0.45)
        points -= len(head & known) > 0.7 * len(head)
        return points >= 4

    def _paragraph(self, at: int, line: Line) -> None:
        current = self._open
        if current is not None and not self._strays(line, current):
            if self._starts_anew(line, current):
                current = self._begin(at)
            current.body.append(line.text)
            self._told = self._told or current.listed
        elif (main := self._main) is not None and main.body and self._resumes(line, main, current):
            self._reopen(main)
            main.body.append(line.text)
        elif current is not None and not current.body:
            current.body.append(line.text)  # told in other words than its headline's
            self._told = True
        else:
            self._begin(at).body.append(line.text)
            self._told = True

    def _reopen(self, main: _Draft) -> None:
        self._open = main
        self._listed = self._broken = False
        main.worn.extend(self._pending)
        self._pending = []

    def _strays(self, line: Line, current: _Draft) -> bool:
        """Whether a paragraph among teasers may not belong to the teaser above it."""
        if not current.listed or current is self._main:
            return False
        if current.body:
            return current.cut or furniture.cut_off(current.body[-1])
        return not content(current.title) & content(line.text)

    def _resumes(self, line: Line, main: _Draft, current: _Draft | None) -> bool:
        """Whether the page's own article goes on after a box of links: it shares words with it."""
        if not line.ends or main.cut:
            return False
        own = content(line.text)
        shared = len(own & main.known())
        if current is not None and not current.body:
            with_title = len(own & content(current.title))
            if not with_title and not self._told:
                return shared >= 1  # so far headlines only, and this is not what the last one announces
        else:
            with_title = 0
        return shared >= max(3, 2 * with_title) and shared >= 0.15 * len(own)

    def _starts_anew(self, line: Line, current: _Draft) -> bool:
        """A dateline opens an article; after more than a standfirst it is another one."""
        dated = bool(_DATELINE.match(line.text)) or bool(agency([line.text[:120]]))
        return dated and current.words > 40 and len(current.body) > 1

    @staticmethod
    def _holds(draft: _Draft) -> bool:
        return bool(draft.title or draft.body)

    def _merged(self) -> list[_Draft]:
        """Dropped lines, neighbours of one kind together."""
        found: list[_Draft] = []
        for draft in self._dropped:
            before = found[-1] if found else None
            if (
                before is not None
                and before.reason == draft.reason
                and before.at + len(before.body) == draft.at
            ):
                before.body.extend(draft.body)
            else:
                found.append(draft)
        return found


def _piece(draft: _Draft, *, alone: bool) -> Piece:
    if draft.kind == DROPPED:
        return Piece(title="", text="\n".join(draft.body), kind=DROPPED, reason=draft.reason)
    body = [furniture.trim_more(paragraph) for paragraph in draft.body]
    kind, reason = _verdict(draft, alone=alone)
    byline = " ".join(draft.worn_as(Kind.BYLINE))
    return Piece(
        title=draft.title or _first_sentence(body[0]),
        text="\n\n".join(body),
        kind=kind,
        reason=reason,
        kicker=" | ".join(draft.worn_as(Kind.KICKER)),
        byline=byline,
        time=" ".join(draft.worn_as(Kind.TIME)),
        captions=draft.worn_as(Kind.CAPTION, Kind.CREDIT),
        agency=agency(body, byline=byline),
    )


def _verdict(draft: _Draft, *, alone: bool) -> tuple[str, str]:
    """Article or teaser, and why the latter."""
    long = draft.words
    if not draft.body:
        return TEASER, "a headline without a text"
    cut = draft.cut or furniture.cut_off(draft.body[-1])
    if cut and long < _LONG:
        return TEASER, f"breaks off after {long} words"
    sentences = len(_SENTENCES.findall(draft.text))
    if draft.listed and long < _WHOLE and sentences < 4:
        return TEASER, f"only {long} words, listed among other stories"
    if not draft.listed and not alone and long < 30 and sentences < 2:
        return TEASER, f"only {long} words"
    return ARTICLE, ""


def _first_sentence(text: str) -> str:
    end = _SENTENCES.search(text)
    return text[: end.end()] if end and end.end() <= 200 else text[:160].rstrip()
