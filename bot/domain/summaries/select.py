"""Decides what a summarizer may see: cleaned sources in a stable order, and 330 words of their sentences."""

from __future__ import annotations

import functools
import hashlib
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain import terms
from bot.domain.summaries import clean
from bot.domain.summaries.known import Known
from bot.errors import Broken, Code
from bot.types import Brief, Length, Passage, Rules, Source, Story

PASSAGE_WORDS = 330
"""Words that a summarizer sees. Measured: 466 tokens in place of 1,645 for a three-article story, and the
coverage selection's summaries scored higher than those of whole texts."""
SHOWN = 8
"""Sources of one story that are shown and read; more voices are a number, not a list."""
SENTENCE_WORDS = (5, 60)
"""Shorter ones are captions and shouts, longer ones are lists."""
OVERLAP = 0.75
"""Share of a sentence's content words that may be covered already before it says nothing new."""
CACHED = 512
"""Articles whose cleaned text is remembered: those of a digest are looked at for each language, length and
group of readers, and cleaning was two thirds of a digest's processor time."""
OPENINGS = 4096
"""Articles whose title and opening are remembered (10 MB): all those of a digest's stories are ordered, and
with fewer places a digest of large stories finds none of them again."""
OPENING = 600
"""Characters of an article by which it is ordered among the others."""
HEAD = 2000
"""Characters of an article in which its opening nearly always is, furniture and all."""
SELECTED = 64
"""Stories whose selection is remembered: it is the same for each length, made ready or told."""
ON_ITS_WAY = timedelta(minutes=20)
"""How long before a digest an article may have reached us without being in it: its page was being read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence that may be selected."""

    source: int
    position: int
    text: str
    words: frozenset[str]
    length: int


def brief(
    story: Story,
    sources: Sequence[Source],
    *,
    topic: str,
    language: str,
    length: Length,
    rules: Rules,
    known: Known | None = None,
) -> Brief:
    """What a summarizer may see of a story.

    Sources come out cleaned (no hidden characters, no page furniture, no sentence that speaks to a
    machine), ordered (independent before reprints, the reader's language first, then central ones) and
    numbered from 1, eight at most. Passages are taken from independent sources in one language: the
    reader's where any source has it, else the one that most sources have (``text_language``). ``basis`` is
    a hash of the passages' bare texts: one more reprint changes nothing.

    ``known``: what the reader was told. Then the passages are what is new to that reader since: sentences of
    articles that came later and say something that was not told; there may be none. ``basis`` is of them, so
    that all readers who know the same share one summary; ``whole`` is the basis without ``known``.

    Raises:
        Broken: empty: no source has as much as a title.
    """
    texts = {one.article: one.text for one in sources}
    opened = [_opened(one) for one in sources]
    opened = [one for one in opened if one.text]
    if not opened:
        raise Broken("a story without any text", code=Code.EMPTY, story=story.id)
    spoken = _language(opened, language, rules)
    # Only what is shown is cleaned to its end: of a story of a hundred articles that is a twelfth.
    shown = [
        replace(one, number=at, text=_body(texts[one.article], one.language) or one.title)
        for at, one in enumerate(_order(opened, spoken)[:SHOWN], start=1)
    ]
    voices = _voices(shown, spoken)
    chosen = list(_covered(tuple(voices)))
    chosen = chosen or [_titled(one) for one in voices if one.title][:3] or [_titled(shown[0])]
    whole = _basis(chosen)
    if known:
        times = {one.number: one.seen_at or one.published_at for one in shown}
        found = [one for voice in voices for one in candidates(voice)]
        chosen = cover(_news(found, known, times))
    return Brief(
        story=story.id,
        topic=topic,
        language=language,
        length=length,
        passages=tuple(
            Passage(id=f"p{at}", source=one.source, position=one.position, text=one.text)
            for at, one in enumerate(sorted(chosen, key=lambda one: (one.source, one.position)), start=1)
        ),
        sources=tuple(shown),
        basis=_basis(chosen),
        text_language=spoken,
        title=_news_title(voices, known) if known else "",
        whole=whole if known else "",
        task="update" if known else "story",
    )


def _basis(chosen: Sequence[Candidate]) -> str:
    facts = sorted({bare(one.text) for one in chosen})
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


def _news(found: Sequence[Candidate], known: Known, times: Mapping[int, datetime]) -> list[Candidate]:
    """What was not told; of an article that was there when the story was told, nothing.

    What echoes a figure that was told stands only where nothing else is new.
    """
    new = [
        one
        for one in found
        if not known.knows(one.text) and (known.at is None or times[one.source] > known.at - ON_ITS_WAY)
    ]
    return [one for one in new if not known.echoes(one.text)] or new


def _news_title(voices: Sequence[Source], known: Known) -> str:
    """The first title that says what was not told; "" where none does, or all is new."""
    if known.at is None:
        return ""
    late = [one for one in voices if (one.seen_at or one.published_at) > known.at - ON_ITS_WAY]
    return next((one.title for one in late if one.title and not known.knows(one.title)), "")


def headline(source: Source) -> str:
    """The source's title as it may be shown; none where it speaks to a machine."""
    return _headline(source.title, source.outlet)


@functools.lru_cache(maxsize=OPENINGS)
def _headline(said: str, outlet: str) -> str:
    title = clean.headline(said, outlet)
    return "" if clean.steers(title) or clean.tokens(said) else title


def body(source: Source) -> str:
    """The article's text as it may be seen and counts as evidence.

    A sentence a line, a blank line between paragraphs.
    """
    return _body(source.text, source.language)


@functools.lru_cache(maxsize=CACHED)
def _body(text: str, language: str) -> str:
    return "\n\n".join(_paragraphs(text, language))


def _opened(source: Source) -> Source:
    """The source with its title as it may be shown, and of its text as much as decides on its place."""
    title = headline(source)
    end = source.text.find("\n", HEAD)
    opening = _opening(source.text[:end] if end > 0 else source.text, source.language)
    if end > 0 and len(opening) < OPENING:  # much furniture at its beginning
        opening = _opening(source.text, source.language)
    return replace(source, title=title, text=opening or title)


@functools.lru_cache(maxsize=OPENINGS)
def _opening(text: str, language: str) -> str:
    """The first paragraphs of the text's :func:`body`, :data:`OPENING` characters or all there are."""
    found = ""
    for paragraph in _paragraphs(text, language):
        found += f"\n\n{paragraph}" if found else paragraph
        if len(found) >= OPENING:
            break
    return found


def _paragraphs(text: str, language: str) -> Iterator[str]:
    """Those that are news; each is looked at by itself."""
    revealed = (one for one in re.split(r"\n+", clean.reveal(text)) if not clean.tokens(one))
    for at, paragraph in enumerate(clean.tidy(one) for one in revealed):
        opening = clean.undated(paragraph) if at < 2 else paragraph
        lines = terms.sentences(opening, language)
        # One look at all of them, a line each, finds whatever single ones or neighbours would show.
        quiet = not clean.steers("\n".join(lines))
        # What follows a note to machines in its paragraph goes with it: payloads run on.
        kept = lines if quiet else itertools.takewhile(lambda one: not clean.steers(one), lines)
        news = [one for one in kept if not _no_news(one)]
        if news and ((quiet and len(news) == len(lines)) or not clean.steers(" ".join(news))):
            yield "\n".join(news)


def to_machines(text: str, language: str) -> tuple[str, ...]:
    """The sentences of an article that speak to a machine: no summary sees them, and somebody should know."""
    revealed = clean.reveal(text)
    if not (clean.steers(revealed) or clean.tokens(text)):
        return ()  # one look at the whole text: nearly all articles end here
    lines = [one for paragraph in re.split(r"\n+", revealed) for one in terms.sentences(paragraph, language)]
    return tuple(one for one in lines if clean.steers(one) or clean.tokens(one))


def _no_news(text: str) -> bool:
    # A quotation over several sentences speaks to somebody else than the reader.
    quoting = bool(re.search(r'["“”«»「」]', text)) and not whole(text)
    return clean.FURNITURE.search(text) or clean.advertises(text) or (clean.sells(text) and not quoting)


def candidates(source: Source) -> list[Candidate]:
    """The source's sentences that can stand in a summary."""
    found = _candidates(source.text, source.language)
    return [one if one.source == source.number else replace(one, source=source.number) for one in found]


@functools.lru_cache(maxsize=CACHED)
def _candidates(said: str, language: str) -> tuple[Candidate, ...]:
    found = []
    for at, text in enumerate(terms.sentences(said, language)):
        length = terms.word_count(text)
        if SENTENCE_WORDS[0] <= length <= SENTENCE_WORDS[1] and whole(text):
            words = frozenset(terms.content_words(text))
            found.append(Candidate(source=1, position=at, text=text, words=words, length=length))
    return tuple(found)


@functools.lru_cache(maxsize=SELECTED)
def _covered(voices: tuple[Source, ...]) -> tuple[Candidate, ...]:
    return tuple(cover([one for voice in voices for one in candidates(voice)]))


def whole(text: str) -> bool:
    """Whether a sentence is complete: it ends as one, asks nothing, and its quotation marks close."""
    ending = text.rstrip("\"'”’»」』)）] ")
    if not ending.endswith((".", "!", "。", "！", "…", "؛", "।")):
        return False
    if ending.endswith("...") or "?" in text or "？" in text or "؟" in text:
        return False
    if text.count('"') % 2 or text.count("“") != text.count("”") or text.count("「") != text.count("」"):
        return False
    return not text[:1].islower()


def cover(found: Sequence[Candidate], budget: int = PASSAGE_WORDS) -> list[Candidate]:
    """Greedy coverage: words count by how many sources use them, early sentences more, each word once.

    Of the selections that were compared this one brought facts of the most outlets within the words allowed.
    """
    weight = _weights(found)
    spelt = [sorted(one.words) for one in found]  # sums in one order, whatever the hash of strings is
    most = (
        max((_mass(spelt[at], weight) / one.length**0.6 for at, one in enumerate(found)), default=1.0) or 1.0
    )
    chosen, covered, used = list[Candidate](), set[str](), 0

    def gain(at: int) -> float:
        one, fresh = found[at], [word for word in spelt[at] if word not in covered]
        share = len(fresh) / max(1, len(spelt[at]))
        news = _mass(fresh, weight) / one.length**0.6 / most
        return float(round(0.7 * news + 0.3 * share / (1 + 0.25 * one.position), 9))

    # What a sentence brings changes only when a word of it was covered: the rest is not reckoned again.
    gains = {at: gain(at) for at in range(len(found))}
    while gains and used < budget:
        first = max(gains, key=lambda at: (gains[at], -found[at].source, -found[at].position, -at))
        best = found[first]
        del gains[first]
        known = len(best.words & covered) > OVERLAP * len(best.words)
        if used + best.length > budget + 20 or (chosen and known):
            continue
        chosen.append(best)
        used += best.length
        newly = best.words - covered
        covered |= newly
        gains |= {at: gain(at) for at in gains if not newly.isdisjoint(found[at].words)}
    return chosen


def bare(text: str) -> str:
    """The words alone: how two sentences are compared."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _mass(words: Iterable[str], weight: Mapping[str, float]) -> float:
    return sum(weight[word] for word in words)


def _weights(found: Sequence[Candidate]) -> dict[str, float]:
    sources: dict[str, set[int]] = {}
    mass: Counter[str] = Counter()
    for one in found:
        for word in one.words:
            sources.setdefault(word, set()).add(one.source)
            mass[word] += 100 // (4 + one.position)  # whole numbers: sums do not depend on their order
    return {word: len(where) ** 1.5 * math.log1p(mass[word] / 25) for word, where in sources.items()}


def _language(sources: Sequence[Source], wanted: str, rules: Rules) -> str:
    wanted = wanted.split("-", maxsplit=1)[0]  # an article's language names no script
    own = [one for one in sources if not one.reprint] or list(sources)
    if any(one.language in {wanted, ""} and one.text for one in own):
        return wanted
    counts = Counter(one.language for one in own if one.text) or Counter(one.language for one in own)
    known = {one: at for at, one in enumerate(rules.languages)}
    return min(counts, key=lambda one: (-counts[one], known.get(one, len(known)), one))


def _order(sources: Sequence[Source], spoken: str) -> list[Source]:
    closeness = _centrality(sources)

    def key(one: Source) -> tuple[object, ...]:
        foreign = one.language not in {spoken, ""}
        return (one.reprint, foreign, not one.text, -closeness[one.article], one.published_at, one.url)

    return sorted(sources, key=key)


def _centrality(sources: Sequence[Source]) -> dict[int, float]:
    """How much each article opens with the words that others open with, reprints left out."""
    opening = {
        one.article: frozenset(terms.content_words(f"{one.title}. {one.text[:OPENING]}")) for one in sources
    }
    own = {one.article for one in sources if not one.reprint} or set(opening)
    counts = Counter(word for article in own for word in opening[article])
    return {
        article: round(sum(counts[word] - 1 for word in words) / math.sqrt(len(words) + 10), 6)
        for article, words in opening.items()
    }


def _voices(shown: Sequence[Source], spoken: str) -> list[Source]:
    speaking = [one for one in shown if one.language in {spoken, ""}] or list(shown)
    return [one for one in speaking if not one.reprint] or speaking[:1]


def _titled(source: Source) -> Candidate:
    words = frozenset(terms.content_words(source.title))
    length = terms.word_count(source.title)
    return Candidate(source=source.number, position=-1, text=source.title, words=words, length=length)
