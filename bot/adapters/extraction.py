"""Pages and feed contents → readings: full text, title, author, date, language; captions and walls found.

Synchronous and picklable: it runs inside the worker processes of :mod:`bot.adapters.parsing`, which watch its
time and memory. It never fetches. trafilatura is the main extractor; what it measurably leaves in or out of
news pages is mended before (on the tree) and after (on the paragraphs, :mod:`bot.domain.reading.furniture`).
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from functools import cache

import trafilatura
from lxml import html
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from bot.adapters import pages
from bot.domain.addresses import site_of
from bot.domain.reading import furniture, walls
from bot.domain.reading.agencies import agency
from bot.errors import Broken, Code
from bot.types import Entry, RawUrl, Reading, Response

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs an error for every empty page

_CAPTIONS = (
    "//figcaption|//*[self::div or self::p or self::span][contains(concat(' ', @class, ' '), ' caption ')"
    " or contains(@class, 'wp-caption-text') or contains(@class, 'image-caption')"
    " or contains(@class, 'photo-caption') or contains(@class, 'photo-credit')"
    " or contains(@class, 'image-credit') or contains(@class, 'img-caption')]"
)
# Blocks that no news text stands in, by what their makers call them. trafilatura knows many of these names;
# it misses capitals, articles shown as cards, and what opens on hovering.
_ASIDE = re.compile(
    r"newsletter|promo[-_]|[-_]promo|recirc|related[-_]|[-_]related|read[-_]?(?:more|next|also)|more[-_]?stories"
    r"|most[-_]?(?:read|popular|viewed|recent)|sign-?up|tooltip|popover|rollover-(?:people-)?block|hovercard"
    r"|trending|recommended|you-may|also-like|author[-_](?:bio|info|box)|about-author|post-meta|sharedaddy",
    re.IGNORECASE,
)
_BLOCKS = (
    "//*[self::div or self::section or self::aside or self::ul or self::ol or self::article or self::span]"
)
_SHORT = 1000
"""Characters: a precise extraction under this is tried again with balanced settings."""
_MOST = 20_000
"""Elements: a page with more is no news page and is read plainly; trafilatura would take seconds."""
_MOST_PARAGRAPHS = 3_000
_LEAST = 8
"""Words: less is no text."""
_FEED_OVER_WALL = 40
_FEED_WHOLE = 120
"""Words from which on a feed's content may be a whole article; chosen, not measured."""


def read_entry(entry: Entry, page: Response | None, languages: tuple[str, ...]) -> Reading:
    """The better of the page's text and the entry's own content.

    The page wins unless the feed carries a whole text and the page clearly less of it, or something else. A
    walled page yields to a feed text of 40 words or more; otherwise the walled reading is given, so that the
    caller can say why there is no article.

    Raises:
        Broken: no_text, when neither holds a text.
    """
    from_page = _page_reading(page, languages)
    walled = from_page if from_page is not None and from_page.wall is not None else None
    from_feed = _feed_reading(entry, languages)
    chosen = _better(None if walled else from_page, from_feed)
    if walled is not None and (chosen is None or furniture.words(chosen.text) < _FEED_OVER_WALL):
        chosen = walled
    if chosen is None:
        raise Broken(
            "no text found",
            code=Code.NO_TEXT,
            hint="neither the page nor the feed's own content holds enough text",
            url=entry.url,
        )
    # A feed's text still lives at the page's address, unless that is where consent was asked for
    said = from_page if from_page is not None and from_page.wall is not Code.CONSENT else chosen
    return replace(
        chosen,
        title=entry.title or chosen.title,
        author=chosen.author or said.author or entry.author,
        language=chosen.language or _configured(entry.language, languages),
        canonical=said.canonical,
        site_name=said.site_name,
        published_at=chosen.published_at or said.published_at,
    )


def read_page(body: bytes, content_type: str, url: str, languages: tuple[str, ...]) -> Reading:
    """What a page holds. On a walled page ``wall`` is set and ``text`` is what stands before the wall.

    Raises:
        Broken: no_text, when the page holds no text worth the name.
    """
    page = pages.tree(pages.decode(body, content_type))
    said = pages.card(page, url) if page is not None else pages.Card()
    if page is None or walls.robot_check(said.title):
        raise Broken("no page to read", code=Code.NO_TEXT, hint="empty, or a check for robots", url=url)
    visible = pages.visible(page)
    captions = _prune(page, said.title)
    paragraphs = _paragraphs(page, url, said.body)
    found, more = furniture.clean(paragraphs, title=said.title)
    text = "\n\n".join(found)
    ending = "\n".join(paragraphs[-3:])
    wall = walls.wall(text, ending, visible, title=said.title, url=url, free=said.free)
    if furniture.words(text) < _LEAST and wall is None:
        raise Broken("no text on the page", code=Code.NO_TEXT, hint="it may be drawn by scripts", url=url)
    return Reading(
        title=said.title,
        text=text,
        language=language(f"{said.title}\n{text}", languages),
        source="page",
        canonical=_address(said.canonical, url),
        site_name=said.site_name,
        author=said.author,
        published_at=said.published_at,
        captions=tuple(dict.fromkeys((*captions, *more))),
        agency=agency(found, byline=said.author),
        wall=wall,
    )


def read_text(markup: str) -> str:
    """The text of a piece of HTML (an entry's content): paragraphs separated by a blank line, no boilerplate.

    Plain text passes unchanged but for space. Furniture stays: ``reading.furniture.clean`` takes it.
    """
    fragment = pages.tree(markup)
    return "\n\n".join(pages.blocks(fragment)) if fragment is not None else ""


def language(text: str, languages: tuple[str, ...]) -> str:
    """The text's language (ISO 639-1), "" when it is too short to tell.

    One of ``languages``, unless the text is long and clearly in another one: an article in a language that
    nobody configured must be known as such, not forced into the nearest.
    """
    if furniture.words(text) < 4:
        return ""
    ranked: dict[str, float] = dict(_identifier().rank(text[:2000]))
    best = max(ranked, key=lambda code: ranked[code])
    ours = {code: ranked[code] for code in languages if code in ranked}
    total = sum(ours.values())
    # 0.9 and 20 words: below, borrowed names and headlines in capitals fool the model
    if not ours or total <= 0 or (best not in ours and ranked[best] > 0.9 and furniture.words(text) >= 20):
        return best
    likeliest = max(ours, key=lambda code: ours[code])
    return likeliest if ours[likeliest] / total >= 0.5 else ""


@cache
def _identifier() -> LanguageIdentifier:
    """One model per process: loading takes 0.6 s."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _address(claimed: RawUrl | None, url: str) -> RawUrl | None:
    """The page's claimed address, or where it was found when it claims to be on somebody else's site."""
    if claimed is not None and (not url or site_of(claimed) == site_of(url)):
        return claimed
    return RawUrl(url) if url else None


def _configured(code: str, languages: tuple[str, ...]) -> str:
    short = code[:2].lower()
    return short if short in languages else ""


def _page_reading(page: Response | None, languages: tuple[str, ...]) -> Reading | None:
    if page is None or not page.body:
        return None
    try:
        return read_page(page.body, page.content_type, page.final_url, languages)
    except Broken:
        return None


def _feed_reading(entry: Entry, languages: tuple[str, ...]) -> Reading | None:
    """The entry's own content, or its summary where that is longer; None when it only repeats the title."""
    texts = [read_text(markup) for markup in (entry.content_html, entry.summary_html) if markup]
    longest = max(texts, key=furniture.words, default="")
    found, captions = furniture.clean(longest.split("\n\n"), title=entry.title)
    text = "\n\n".join(found)
    if furniture.words(text) < _LEAST or furniture.same_line(text, entry.title):
        return None
    return Reading(
        title=entry.title,
        text=furniture.trim_more(text),
        language=language(f"{entry.title}\n{text}", languages),
        source="feed",
        author=entry.author,
        captions=captions,
        agency=agency(found, byline=entry.author),
    )


def _better(page: Reading | None, feed: Reading | None) -> Reading | None:
    if page is None or feed is None:
        return page or feed
    of_page, of_feed = furniture.words(page.text), furniture.words(feed.text)
    if of_feed < _FEED_WHOLE or furniture.cut_off(feed.text):
        return page if of_page * 1.5 >= of_feed or of_page >= _FEED_WHOLE else feed
    # 0.7 is chosen, not measured: a page's text may lack captions and lists that feeds leave in
    return feed if of_page < 0.7 * of_feed or not _shares(feed.text, page.text) else page


def _shares(feed: str, page: str) -> bool:
    """Whether the page's text is the feed's text at all: a tenth of the feed's sentences' beginnings."""
    starts = [line[:30] for line in feed.split("\n\n") if len(line) >= 30]
    return not starts or sum(start in page for start in starts) * 10 >= len(starts)


def _prune(page: html.HtmlElement, title: str) -> tuple[str, ...]:
    """Take captions (which are given back), asides and the headline out of the tree."""
    for element in page.xpath("//script|//style|//noscript|//template"):
        _drop(element)
    captions = []
    for element in page.xpath(_CAPTIONS):
        text = " ".join(element.text_content().split())
        if len(text) <= furniture.LONGEST:
            if text:
                captions.append(text)
            _drop(element)
    whole = _prose(page)
    for element in page.xpath(_BLOCKS):
        name = f"{element.get('class', '')} {element.get('id', '')}"
        aside = element.tag == "aside" or _ASIDE.search(name) or _links_only(element)
        # the name may be that of a frame around everything: what holds much of the prose is never taken out
        if aside and _prose(element) <= 0.2 * whole:
            _drop(element)
    for quote in page.xpath("//blockquote[contains(@class, 'twitter-tweet')]"):
        for around in (quote, *list(quote.iterancestors())[:3]):  # trafilatura drops what is called "embed"
            if around.tag not in {"body", "html"}:
                around.attrib.pop("class", None)
    headings = page.xpath("//h1")
    for heading in headings:
        # a page's only h1 is its headline, whatever its title element says; several may be subheadings
        if len(headings) == 1 or furniture.same_line(heading.text_content(), title):
            for child in list(heading):
                heading.remove(child)
            heading.text = None  # the element stays: trafilatura takes a frame without h1 for another article
    return tuple(dict.fromkeys(captions))


def _prose(element: html.HtmlElement) -> int:
    """Characters in paragraphs that read like prose, or in the whole element where it has none such."""
    lengths = [len(paragraph.text_content()) for paragraph in element.iter("p")]
    return sum(length for length in lengths if length >= 80) or len(element.text_content()) // 4


def _links_only(element: html.HtmlElement) -> bool:
    """A list of nothing but links that read like headlines."""
    if element.tag not in {"ul", "ol"}:
        return False
    items = element.findall("li")
    text = len("".join(element.text_content().split()))
    linked = sum(len("".join(link.text_content().split())) for link in element.iter("a"))
    return len(items) >= 2 and text > 0 and linked >= 0.9 * text


def _drop(element: html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _paragraphs(page: html.HtmlElement, url: str, claimed: str) -> list[str]:
    """The main text by paragraph: precise, else balanced, else schema.org's, else all there is."""
    huge = sum(1 for _ in zip(page.iter(), range(_MOST + 1), strict=False)) > _MOST
    text = "" if huge else _extract(page, url, precise=True)
    if len(text) < _SHORT and not huge:
        balanced = _extract(page, url, precise=False)
        if len(balanced) > 1.5 * len(text):
            text = balanced
    if len(claimed) > 1.5 * len(text):
        text = read_text(claimed)
    if not text:
        text = "\n".join(block for block in pages.blocks(page) if furniture.ends_sentence(block))
    return [line for line in map(str.strip, text.split("\n")) if line][:_MOST_PARAGRAPHS]


def _extract(page: html.HtmlElement, url: str, *, precise: bool) -> str:
    try:
        found = trafilatura.extract(page, url=url, favor_precision=precise, include_comments=False)
    except Exception:  # noqa: BLE001 - any crash of the library on a stranger's page means "no text by this way"
        return ""
    return str(found or "")
