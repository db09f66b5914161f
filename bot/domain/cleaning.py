"""Foreign text made safe to stand among ours, and summaries whose sources are numbered as they are met."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from bot.types import Claim, Digest, Item, Sentence, Summary

_JOINERS = "\u200c\u200d"
# What Telegram itself removes (U+2028-202E and three combining lines), removed here so that offsets hold.
_DROPPED = frozenset("\u0333\u033f\u030a\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")


def clean(text: str) -> str:
    """Foreign text made safe to stand among ours: one line, NFC, nothing invisible that acts.

    Bidi controls, zero-width characters, tag characters, controls and half surrogates go; white space becomes
    one space. Joiners stay only between characters that they join (emoji, Arabic and Indic letters).
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept: list[str] = []
    whole = unicodedata.normalize("NFC", text.encode("utf-16", "ignore").decode("utf-16", "ignore"))
    for place, char in enumerate(whole):
        category = unicodedata.category(char)
        if char.isspace() or category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif char in _JOINERS:
            if 0 < place < len(whole) - 1 and _joins(whole[place - 1], char, whole[place + 1]):
                kept.append(char)
        elif category not in ("Cf", "Cs", "Cn") and char not in _DROPPED:
            kept.append(char)
    return " ".join("".join(kept).split())


def _joins(left: str, joiner: str, right: str) -> bool:
    """ZWJ between emoji; both joiners between letters of scripts that join (Arabic, Indic)."""
    if joiner == "\u200d" and unicodedata.category(right) == "So":
        return unicodedata.category(left) in ("So", "Sk", "Mn")
    letters = (left, right)
    return all("\u0600" <= char <= "\u0dff" and unicodedata.category(char)[0] in "LM" for char in letters)


def cleaned(digest: Digest) -> Digest:
    """The digest with all foreign text cleaned, and sources without a usable address unlinked."""
    sections = tuple(
        replace(
            section,
            name=clean(section.name),
            items=tuple(_cleaned(item) for item in section.items),
            unchanged=tuple(replace(one, headline=clean(one.headline)) for one in section.unchanged),
            overview=tuple(replace(one, text=clean(one.text)) for one in section.overview),
        )
        for section in digest.sections
    )
    coverage = replace(digest.coverage, failing=tuple(clean(name) for name in digest.coverage.failing))
    return replace(digest, sections=sections, coverage=coverage)


def _cleaned(item: Item) -> Item:
    return replace(item, summary=clean_summary(item.summary), why=clean(item.why))


def clean_summary(summary: Summary) -> Summary:
    """The summary as it is shown: all foreign text cleaned, its sources numbered as they are read."""
    summary = renumbered(summary)
    sentences = tuple(
        replace(
            sentence,
            text=clean(sentence.text),
            original=clean(sentence.original),
            proofs=tuple(replace(proof, text=clean(proof.text)) for proof in sentence.proofs),
        )
        for sentence in summary.sentences
    )
    sources = tuple(
        replace(source, outlet=clean(source.outlet), title=clean(source.title), agency=clean(source.agency))
        for source in summary.sources
    )
    return replace(
        summary,
        headline=clean(summary.headline),
        sentences=sentences,
        sources=sources,
        disputes=tuple(
            replace(one, first=_clean_claim(one.first), second=_clean_claim(one.second))
            for one in summary.disputes
        ),
    )


def renumbered(summary: Summary) -> Summary:
    """The summary with its sources numbered from 1, in the order in which a reader meets them.

    First those that sentences cite, then one of each further outlet (originals before reprints), then the
    rest. The summarizer numbers all of a story's articles; a reader who is shown [3] alone looks for [1].
    """
    cited = tuple(dict.fromkeys(number for one in summary.sentences for number in one.sources))
    named = {source.outlet for source in summary.sources if source.number in cited}
    first: list[int] = []
    again: list[int] = []
    for source in sorted(summary.sources, key=lambda source: (source.reprint, source.number)):
        (again if source.outlet in named else first).append(source.number)
        named.add(source.outlet)
    worn = {number: place for place, number in enumerate(dict.fromkeys((*cited, *first, *again)), start=1)}
    return replace(
        summary,
        sources=tuple(
            sorted(
                (replace(one, number=worn[one.number]) for one in summary.sources), key=lambda it: it.number
            )
        ),
        sentences=tuple(_rewired(sentence, worn) for sentence in summary.sentences),
        disputes=tuple(
            replace(one, first=_renamed(one.first, worn), second=_renamed(one.second, worn))
            for one in summary.disputes
        ),
    )


def _rewired(sentence: Sentence, worn: Mapping[int, int]) -> Sentence:
    proofs = tuple(replace(one, source=worn.get(one.source, 0)) for one in sentence.proofs)  # 0 is no source
    return replace(sentence, sources=tuple(worn[number] for number in sentence.sources), proofs=proofs)


def _renamed(claim: Claim, worn: Mapping[int, int]) -> Claim:
    return replace(claim, source=worn.get(claim.source, 0))


def _clean_claim(claim: Claim) -> Claim:
    return replace(claim, outlet=clean(claim.outlet), quote=clean(claim.quote))


def link(url: str) -> str:
    """The address if a reader may be sent there (http or https, plain, at most 2,048 characters), else ""."""
    whole = url.startswith(("https://", "http://")) and len(url) <= 2048
    return url if whole and url.isprintable() and " " not in url else ""
