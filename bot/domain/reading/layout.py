"""The layout of a scraped page: which lines belong together, and in what a headline-like line differs.

A headline opens a piece, or it is a standfirst, a subheading or a link among paragraphs. Which of these is
decided by what stands around it and by the words that it shares with the texts above and below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.domain.reading import furniture
from bot.domain.reading.agencies import agency
from bot.domain.reading.furniture import CHROME, WORN, Kind, words
from bot.domain.reading.lines import Line, content

LONG = 120
"""Words that make a text an article although it breaks off."""

DATELINE = re.compile(
    r"^[A-Z][A-Z.'’-]+(?:[ ,/]+(?:[A-Z][A-Za-z.'’-]+|\d{1,2}))*,?\s?"
    r"(?:\([A-Za-z/ ]{2,30}\)\s?)?(?:[-–—]+|:)\s"
    r"|^[（(【]?[^，。]{0,10}[社网網報报][^，。]{2,24}日[电電讯訊]"
    r"|^[\w، ]{3,40}\((?:رويترز|أ ف ب|سانا)\)\s?[-–—]"
)


@dataclass(slots=True)
class Draft:
    """A piece in the making."""

    at: int
    listed: bool = False  # stands among other stories, not where the page's own article stands
    title: str = ""
    body: list[str] = field(default_factory=list)
    worn: list[Line] = field(default_factory=list)
    words: int = 0  # in the body
    told: bool = False  # holds a paragraph, not only standfirsts
    open_end: bool = False  # its last paragraph breaks off
    cut: bool = False
    reason: str = ""
    dropped: bool = False

    @property
    def text(self) -> str:
        """The paragraphs so far."""
        return "\n\n".join(self.body)

    def worn_as(self, *kinds: Kind) -> tuple[str, ...]:
        """Its furniture of these kinds, in order."""
        return tuple(line.text for line in self.worn if line.kind in kinds)

    def add(self, line: str) -> None:
        """Add a standfirst or subheading."""
        self.body.append(line)
        self.words += words(line)

    def tell(self, paragraph: str) -> None:
        """Add a paragraph."""
        self.add(paragraph)
        self.told = True
        self.open_end = furniture.cut_off(paragraph)

    def known(self) -> set[str]:
        """Its content words: of title, beginning and last paragraphs, enough to compare."""
        return content("\n".join((self.title, *self.body[:12], *self.body[12:][-8:])))


class Page:
    """Walks over the lines and groups them. One page, one walk."""

    def __init__(self, lines: list[Line]) -> None:
        self._lines = lines
        self._drafts: list[Draft] = []
        self._dropped: list[Draft] = []
        self._open: Draft | None = None
        self._main: Draft | None = None
        self._pending: list[Line] = []  # kickers, times and captions that stand before their headline
        self._told = False  # a teaser since then had a text
        self._listed = False  # a heading of other stories was passed
        self._broken = False  # a rule or a read-more: what follows is something else

    @property
    def alone(self) -> bool:
        """Whether there is one piece beside what is dropped."""
        return len(self._drafts) == 1

    def drafts(self) -> list[Draft]:
        """All pieces and what was dropped, in order."""
        for at, line in enumerate(self._lines):
            self._take(at, line)
        for line in self._pending:
            self._wear(line)
        self._drafts = [draft for draft in self._drafts if self._holds(draft) and not self._named_only(draft)]
        self._dropped.sort(key=lambda draft: draft.at)
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
            # below several paragraphs it leads on to other stories; below a teaser, that one is cut
            if self._open is not None and (self._open.listed or len(self._open.body) < 2):
                self._open.cut = True
        elif kind is Kind.LINK:
            target = furniture.link_target(line.text)
            self._drafts.append(Draft(at, listed=True, title=target, worn=[]))
        elif kind in WORN:
            self._worn(at, line)
        elif line.headline:
            self._headline(at, line)
        else:
            self._paragraph(at, line)

    def _drop(self, at: int, line: Line) -> None:
        reason = str(line.kind)
        self._dropped.append(Draft(at, body=[line.text], reason=reason, dropped=True))
        if line.kind is Kind.SECTION:
            self._listed = True
            self._told = False
            self._open = None

    def _worn(self, at: int, line: Line) -> None:
        """Furniture belongs to the piece in which it stands, or to the headline that follows it."""
        if self._open is None or self._leads(at, line):
            self._pending.append(line)
        elif line.kind is Kind.KICKER and self._open.body:
            self._open.add(line.text)  # a subheading in capitals
        else:
            self._wear(line)

    def _wear(self, line: Line) -> None:
        target = self._open or (self._drafts[-1] if self._drafts else None)
        if target is not None:
            target.worn.append(line)
        else:
            reason = f"{line.kind} without a story"
            self._dropped.append(Draft(line.at, body=[line.text], reason=reason, dropped=True))

    def _leads(self, at: int, line: Line) -> bool:
        """Whether a line of furniture stands before the headline of the next piece."""
        if self._open is None or line.kind is Kind.CREDIT:
            return False
        if not self._open.body and line.kind is not Kind.KICKER:
            return False  # below its headline
        if line.kind is Kind.TIME and not self._open.worn_as(Kind.TIME):
            return False
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
        for ahead in range(at + 1, min(at + 20, len(self._lines))):
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
        if current is not None and not current.body and _alike(line.text, current.title):
            current.title = min(line.text, current.title, key=len)  # the window's title, then the headline
        elif current is not None and self._told_below(at, current):
            current.tell(line.text)
        elif current is None or self._opens(at, kicker=self._kicked()):
            # with nothing below, a link among paragraphs: the article may go on after it
            inside = current is not None and bool(current.body) and not self._below(at)
            listed = inside or (current is not None and current.listed)
            self._begin(at, title=line.text).listed |= listed
        elif not current.title and not current.body:
            current.title = line.text
        else:
            current.add(line.text)  # a standfirst or a subheading

    def _kicked(self) -> bool:
        return any(one.kind is Kind.KICKER for one in self._pending)

    def _told_below(self, at: int, current: Draft) -> bool:
        """Whether the line is the text of the teaser above it, though it ends nowhere: cut in a sentence.

        It stands right below the headline; a read-more follows, or the two are a block of their own, or it
        says the headline again at greater length.
        """
        if not current.listed or current.body or current.at != at - 1:
            return False
        line, title = self._lines[at], content(current.title)
        following = self._lines[at + 1] if at + 1 < len(self._lines) else None
        if following is not None and following.kind is Kind.MORE:
            return True
        longer = words(line.text) >= 1.4 * words(current.title)
        alone = following is None or following.gap > 0 or following.kind is Kind.TIME
        if longer and alone and not line.gap and self._lines[at - 1].gap:
            return True
        return longer and len(title & content(line.text)) >= max(2, 0.4 * len(title))

    def _begin(self, at: int, *, title: str = "") -> Draft:
        draft = Draft(at, listed=self._listed, title=title, worn=self._pending)
        self._pending = []
        self._broken = False
        self._drafts.append(draft)
        self._open = draft
        if not self._listed and (self._main is None or not self._main.body):
            self._main = draft
        return draft

    def _opens(self, at: int, *, kicker: bool) -> bool:
        """Whether the headline-like line opens a new piece, and is no standfirst or subheading."""
        current, line = self._open, self._lines[at]
        if current is None:
            return True
        below = self._below(at)
        if not current.told:
            return self._second_title(at, current)
        short = self._listed and current.words < LONG
        if short or self._broken or kicker or current.cut or current.open_end:
            return bool(words(line.text) >= 4 or below)
        after = next((one for one in self._lines[at + 1 : at + 3] if one.kind is not Kind.CAPTION), None)
        if after is not None and after.kind in {Kind.BYLINE, Kind.TIME}:
            return True
        if not below:
            return self._last_headline(at, current)
        return bool(DATELINE.match(below)) or self._foreign(line.text, below, current)

    def _second_title(self, at: int, current: Draft) -> bool:
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
        return not self._stands_under(at, current)

    def _stands_under(self, at: int, current: Draft) -> bool:
        """Whether the line is a standfirst: the text that follows is the headline's above, not this line's.

        Several lines may stand so, a summary in points; a time or byline among them means a list of stories.
        """
        lines: list[str] = []
        for ahead in range(at, min(at + 8, len(self._lines))):
            one = self._lines[ahead]
            if one.kind in {Kind.TIME, Kind.BYLINE, Kind.SECTION, Kind.RULE, Kind.MORE} and len(lines) > 1:
                return False
            if one.kind is None and not one.headline:
                under = content(f"{one.text}\n{self._below(ahead)}")
                own = len(content(current.title) & under)
                return own > 0 and own >= max(len(content(line) & under) for line in lines)
            if one.kind is None:
                lines.append(one.text)
        return False

    def _last_headline(self, at: int, current: Draft) -> bool:
        """A headline-like line with nothing below: one of several, or unlike the piece above.

        A single one may as well be the last paragraph of a text that was cut when it was copied.
        """
        own = content(self._lines[at].text)
        following = next((one for one in self._lines[at + 1 : at + 20] if one.kind is None), None)
        if following is not None and following.headline:
            return words(self._lines[at].text) >= 4
        return 5 <= words(self._lines[at].text) <= 18 and len(own & current.known()) <= 0.2 * len(own)

    def _foreign(self, title: str, below: str, current: Draft) -> bool:
        """Whether a headline with its paragraphs shares too little with the piece above to be part of it.

        Points for what new stories look like, against what subheadings look like. Weights by hand; on 178
        articles joined in pairs without a separator, 167 second headlines were found and 5 pieces too many
        made. Subheadings were tried on pages written for the tests only.
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
            current.tell(line.text)
            self._told = self._told or current.listed
        elif (main := self._main) is not None and main.body and self._resumes(line, main, current):
            self._reopen(main)
            main.tell(line.text)
        elif current is not None and not current.body:
            current.tell(line.text)  # told in other words than its headline's
            self._told = True
        else:
            self._begin(at).tell(line.text)
            self._told = True

    def _reopen(self, main: Draft) -> None:
        self._open = main
        self._listed = self._broken = False
        main.worn.extend(self._pending)
        self._pending = []

    def _strays(self, line: Line, current: Draft) -> bool:
        """Whether a paragraph among teasers may not belong to the teaser above it."""
        if not current.listed or current is self._main:
            return False
        if current.body:
            return current.cut or current.open_end
        return not content(current.title) & content(line.text)

    def _resumes(self, line: Line, main: Draft, current: Draft | None) -> bool:
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

    def _starts_anew(self, line: Line, current: Draft) -> bool:
        """A dateline opens an article; after more than a standfirst it is another one."""
        dated = bool(DATELINE.match(line.text)) or bool(agency([line.text[:120]]))
        return dated and current.words > 40 and len(current.body) > 1

    def _named_only(self, draft: Draft) -> bool:
        """Whether it is the mere name of a site or section; such is dropped."""
        mere = not draft.body and words(draft.title) <= 2 and draft.title[-1] not in "?!？！؟"
        if mere:
            self._dropped.append(
                Draft(draft.at, body=[draft.title], reason=str(Kind.NAVIGATION), dropped=True)
            )
        return mere

    @staticmethod
    def _holds(draft: Draft) -> bool:
        return bool(draft.title or draft.body)

    def _merged(self) -> list[Draft]:
        """Dropped lines, neighbours of one kind together."""
        found: list[Draft] = []
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


def _alike(one: str, other: str) -> bool:
    """Whether one headline is the other, with or without the outlet's name."""
    return furniture.same_line(one, other) or furniture.same_line(other, one)
