"""Text scraped from a page → its pieces: the article, teasers of others, and what is dropped and why.

Three passes: lines, judged by how they are worded (``lines``); drafts, grouped by how they
stand (``layout``); and here the verdicts: what holds enough whole sentences is an article, what
breaks off is a teaser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.reading import furniture
from bot.domain.reading.agencies import agency
from bot.domain.reading.furniture import Kind
from bot.domain.reading.layout import DATELINE, LONG, Draft, Page
from bot.domain.reading.lines import lines_of

ARTICLE = "article"
TEASER = "teaser"
DROPPED = "dropped"

_WHOLE = 60
"""Words that make a complete text an article even among teasers. Chosen on the pages of the tests."""
_SENTENCES = re.compile(r"[.!?؟][”’\"')\]]*(?=\s|$)|[。！？]")


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


def separate(text: str) -> tuple[Piece, ...]:
    """The pieces of a scraped page; of plain text without furniture, one article. Empty for empty text."""
    page = Page(lines_of(text))
    return tuple(_piece(draft, alone=page.alone) for draft in page.drafts())


def _piece(draft: Draft, *, alone: bool) -> Piece:
    if draft.dropped:
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
        agency=agency([text for text in body if furniture.ends_sentence(text)], byline=byline)
        or agency(draft.worn_as(Kind.BYLINE)),
    )


def _verdict(draft: Draft, *, alone: bool) -> tuple[str, str]:
    """Article or teaser, and why the latter."""
    long = draft.words
    if not draft.body:
        return TEASER, "a headline without a text"
    cut = draft.cut or furniture.cut_off(draft.body[-1])
    if cut and long < LONG:
        return TEASER, f"breaks off after {long} words"
    sentences = len(_SENTENCES.findall(draft.text))
    if draft.listed and long < _WHOLE and sentences < 4:
        return TEASER, f"only {long} words, listed among other stories"
    if not draft.listed and not alone and long < 30 and sentences < 2:
        return TEASER, f"only {long} words"
    return ARTICLE, ""


def _first_sentence(text: str) -> str:
    text = DATELINE.sub("", text)
    end = _SENTENCES.search(text)
    return text[: end.end()] if end and end.end() <= 200 else text[:160].rstrip()
