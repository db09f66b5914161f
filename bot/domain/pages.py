"""A digest as a page, as JSON and as plain text: the whole edition in one piece, for files and web views.

The page is self-contained: styles inline, no script, no request to anywhere (a policy in its head says so to
the browser). All foreign text is escaped; addresses other than http and https are not linked.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from bot.domain.cleaning import cleaned, link
from bot.domain.digests import sight, tally
from bot.domain.phrases import (
    correction,
    disputes,
    footer,
    foreign_language,
    header,
    labels,
    late,
    outlet_name,
    outlets,
    phase,
    proofs,
    quiet,
    quiet_topics,
    sole_outlet,
    unchanged,
)
from bot.domain.phrases import told as said
from bot.domain.schedules import zone
from bot.domain.wording import Wording
from bot.types import Claim, Digest, Item, Opening, Section, Sentence, Source, Summary

# System fonts only (nothing is fetched); a measure of about 65 characters; logical properties, so that one
# sheet serves both directions; each ink has a contrast of at least 4.5:1 in both schemes (tested).
STYLE = """
:root{color-scheme:light dark;--ground:#f6f5f1;--card:#fff;--ink:#1c1b19;--soft:#5f5b54;--line:#e2dfd7;
--accent:#8a3324;--tint:#f4e9e4;--link:#1f4e79}
@media(prefers-color-scheme:dark){:root{--ground:#161513;--card:#201f1c;--ink:#eceae4;--soft:#a8a399;
--line:#35332e;--accent:#e79a84;--tint:#3a2620;--link:#9cc4ea}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:17px/1.6 Georgia,"Noto Serif","Songti SC","Noto Serif CJK SC","Noto Naskh Arabic",serif}
body:lang(zh){line-height:1.75}
body:lang(ar){line-height:1.85;font-size:18px;
font-family:"Noto Naskh Arabic","Geeza Pro","Noto Sans Arabic",serif}
main{max-width:43rem;margin:0 auto;padding:1.5rem 1rem 3rem}
header{border-block-end:3px solid var(--ink);padding-block-end:.75rem}
.brand{margin:0;font-size:2.1rem;line-height:1.15;font-weight:700;letter-spacing:-.01em}
.date{margin:.2rem 0 0;color:var(--soft)}
.late{display:inline-block;margin:.6rem 0 0;padding:.1rem .65rem;border-radius:1rem;background:var(--tint);
color:var(--accent)}
.late,.labels,.sources,footer,details,.more,nav{font-family:system-ui,"Noto Sans","Noto Sans SC",
"Noto Sans CJK SC","Noto Sans Arabic",sans-serif;font-size:.85rem;line-height:1.6}
nav{margin-block-start:.75rem;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem}
h2{margin:2.2rem 0 .8rem;font-size:1.3rem;line-height:1.3;color:var(--accent)}
article{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.1rem 1.2rem;
margin:0 0 1rem;overflow-wrap:anywhere}
h3{margin:0 0 .5rem;font-size:1.22rem;line-height:1.35}
article p{margin:.5rem 0}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:.15em}
.marks{white-space:nowrap}
.mark{font:600 .72em system-ui,sans-serif;text-decoration:none;vertical-align:.25em;padding-inline:.1em}
.labels{display:flex;flex-wrap:wrap;gap:.35rem;padding:0;margin:.8rem 0 .5rem;list-style:none;
color:var(--soft)}
.labels li{border:1px solid var(--line);border-radius:1rem;padding:0 .6rem}
.labels .warn{background:var(--tint);border-color:transparent;color:var(--accent)}
.sources{display:flex;flex-wrap:wrap;gap:.1rem 1rem;padding:0;margin:.5rem 0 0;list-style:none;
color:var(--soft)}
.n{font-variant-numeric:tabular-nums;margin-inline-end:.3em}
details{margin-block-start:.6rem;color:var(--soft)}
summary{cursor:pointer}
details ul{margin:.3rem 0;padding-inline-start:1.2rem}
.more{color:var(--soft);margin:-.25rem 0 0}
.quiet{background:var(--card);border:1px solid var(--line);border-inline-start:4px solid var(--accent);
border-radius:.5rem;padding:.9rem 1.1rem;margin:1.5rem 0}
footer{margin-block-start:2.5rem;padding-block-start:.9rem;border-block-start:1px solid var(--line);
color:var(--soft)}
footer ul{margin:.3rem 0 0;padding-inline-start:1.2rem}
footer h2{font:600 1em system-ui,"Noto Sans Arabic","Noto Sans SC",sans-serif;margin:0;color:inherit}
@media(max-width:30rem){main{padding:1.1rem .8rem 2rem}article{padding:1rem}.brand{font-size:1.8rem}}
@media print{body{background:none}article{break-inside:avoid;border:0;padding:0}}
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html(digest: Digest, wording: Wording) -> str:
    """The digest as one HTML page.

    Raises:
        Misconfigured: an unknown zone, or wording that lacks a key.
    """
    return "\n".join(_page(cleaned(digest), wording)) + "\n"


def _page(digest: Digest, wording: Wording) -> Iterator[str]:
    direction = "rtl" if wording.rtl else "ltr"
    yield "<!doctype html>"
    yield f'<html lang="{escape(wording.language)}" dir="{direction}">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{escape(header(digest, wording))}</title>"
    yield f"<style>{STYLE}</style>"
    yield "</head>"
    yield f'<body lang="{escape(wording.language)}">'
    yield "<main>"
    yield from _masthead(digest, wording)
    for section in digest.sections:
        if not section.empty:
            yield from _section(section, digest, wording)
    if not tally(digest).stories:
        yield f'<p class="quiet">{escape(quiet(digest, wording))}</p>'
    elif line := quiet_topics(digest, wording):
        yield f'<p class="quiet">{escape(line)}</p>'
    for fact in digest.corrections:
        yield f'<p class="more">{escape(correction(fact, wording))}</p>'
    yield from _footer(digest, wording)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _masthead(digest: Digest, wording: Wording) -> Iterator[str]:
    yield "<header>"
    yield f'<h1 class="brand">{escape(wording("digest.brand"))}</h1>'
    local = digest.made_at.astimezone(zone(digest.zone)).date()
    day = digest.slot.local_date if digest.slot else local
    yield f'<p class="date">{escape(wording.day(day))}</p>'
    if said := late(digest, wording):
        yield f'<p class="late">{escape(said)}</p>'
    filled = [section for section in digest.sections if section.items]
    if len(filled) > 1:
        links = (f'<a href="#{_anchor(section)}">{_foreign(section.name)}</a>' for section in filled)
        yield f"<nav>{''.join(links)}</nav>"
    yield "</header>"


def _anchor(section: Section) -> str:
    return escape(f"topic-{section.topic}")


def _section(section: Section, digest: Digest, wording: Wording) -> Iterator[str]:
    yield f'<section id="{_anchor(section)}">'
    yield f"<h2>{_foreign(section.name)}</h2>"
    if section.overview:
        yield f'<p dir="auto">{" ".join(_opening(one) for one in section.overview)}</p>'
    for item in section.items:
        yield from _story(item, digest, wording)
    for note in section.unchanged:
        yield f'<p class="more">{escape(unchanged(note, digest, wording))}</p>'
    if section.more:
        yield f'<p class="more">{escape(wording.count("digest.more", section.more))}</p>'
    yield "</section>"


def _opening(one: Opening) -> str:
    """A sentence that leads to the story below that carries it."""
    return f'{escape(one.text)}<span class="marks"><a class="mark" href="#story-{one.story}">↓</a></span>'


def _story(item: Item, digest: Digest, wording: Wording) -> Iterator[str]:
    yield f'<article id="story-{item.story}">'
    foreign = foreign_language(item, digest)
    tongue = f' lang="{escape(foreign)}" dir="auto"' if foreign else ""
    yield f"<h3{tongue}>{_foreign(item.summary.headline)}</h3>"
    told = " ".join(_sentence(sentence, item.summary) for sentence in item.summary.sentences)
    yield f"<p{tongue}>{told}</p>"
    for line in disputes(item, wording):
        yield f'<p class="more">{escape(line)}</p>'
    if said := (phase(item, digest, wording), *labels(item, digest, wording)):
        warn = {wording("story.state_media_only"), wording("story.single_source"), wording("story.developed")}
        tags = (f"<li{' class=warn' if text in warn else ''}>{escape(text)}</li>" for text in said)
        yield f'<ul class="labels">{"".join(tags)}</ul>'
    listed, left = outlets(item)
    if listed:
        lines = [f"<li>{_outlet(source, wording)}</li>" for source in listed]
        if left:
            lines.append(f"<li>{escape(wording.count('story.more_sources', left))}</li>")
        yield f'<ul class="sources">{"".join(lines)}</ul>'
    yield from _details(item, digest, wording)
    yield "</article>"


def _sentence(sentence: Sentence, summary: Summary) -> str:
    sources = {source.number: source for source in summary.sources}
    marks = "".join(_mark(number, sources.get(number)) for number in sentence.sources)
    told = f'<span dir="auto">{escape(sentence.text)}</span>'
    if name := sole_outlet(sentence, summary):
        told += f" <cite>({_foreign(name)})</cite>"
    return f'{told}<span class="marks">{marks}</span>' if marks else told


def _mark(number: int, source: Source | None) -> str:
    text = f"[{number}]"
    address = link(source.url) if source else ""
    if source is None or not address:
        return f'<span class="mark">{text}</span>'
    title = escape(source.outlet)
    return f'<a class="mark" href="{escape(address)}" rel="noopener noreferrer" title="{title}">{text}</a>'


def _outlet(source: Source, wording: Wording) -> str:
    number = f'<span class="n">[{source.number}]</span>'
    return number + _linked(outlet_name(source, wording), source)


def _linked(name: str, source: Source) -> str:
    address, told = link(source.url), _foreign(name)
    return f'<a href="{escape(address)}" rel="noopener noreferrer">{told}</a>' if address else told


def _details(item: Item, digest: Digest, wording: Wording) -> Iterator[str]:
    """What few want to see of a story: what each sentence stands on, the articles' titles, why it is here."""
    ordered = sorted(item.summary.sources, key=lambda source: (source.published_at, source.number))
    titles = [source for source in ordered if source.title]
    stands = [(sentence, quoted) for sentence, quoted in proofs(item.summary, wording) if quoted]
    if not titles and not item.why and not stands:
        return
    yield f"<details><summary>{escape(wording('story.details'))}</summary>"
    if stands:
        yield f"<div>{escape(wording('why.sentences'))}</div><ol>"
        for sentence, quoted in stands:
            inner = "".join(f'<li dir="auto">{escape(line)}</li>' for line in quoted)
            yield f'<li><span dir="auto">{escape(sentence.text)}</span><ul>{inner}</ul></li>'
        yield "</ol>"
    if titles:
        yield f"<ul>{''.join(_reported(source, digest, wording) for source in titles)}</ul>"
    if item.why:
        yield f"<div>{escape(wording('story.why'))}: {_foreign(item.why)}</div>"
    yield "</details>"


def _reported(source: Source, digest: Digest, wording: Wording) -> str:
    """A line of the story's timeline: when, who, what; the first report stands first."""
    when = escape(wording.moment(source.published_at, digest.zone))
    name = _foreign(outlet_name(source, wording))
    return f"<li>{when} · [{source.number}] {name} · {_linked(source.title, source)}</li>"


def _footer(digest: Digest, wording: Wording) -> Iterator[str]:
    yield f"<footer><h2>{escape(wording('footer.title'))}</h2>"
    yield "<ul>"
    yield from (f"<li>{escape(piece)}</li>" for piece in footer(digest, wording))
    yield f"<li>{escape(_window(digest, wording))}</li>"
    yield "</ul></footer>"


def _window(digest: Digest, wording: Wording) -> str:
    until = wording.moment(digest.made_at, digest.zone)
    said = wording("footer.window", since=wording.moment(digest.since, digest.zone), until=until)
    return f"{said} ({wording.settle(digest.zone)})"


def _foreign(text: str) -> str:
    """Escaped, and kept apart from the direction of what stands around it."""
    return f"<bdi>{escape(text)}</bdi>"


# -------------------------------------------------------------------------------------------------- text


def text(digest: Digest, wording: Wording) -> str:
    """The digest as plain text: paragraphs with [1] marks, each source with its address on a line."""
    return "\n".join(_text(cleaned(digest), wording)) + "\n"


def _text(digest: Digest, wording: Wording) -> Iterator[str]:
    yield header(digest, wording)
    for section in digest.sections:
        if section.empty:
            continue
        yield f"\n== {section.name} =="
        if section.overview:
            yield f"\n{' '.join(one.text for one in section.overview)}"
        for item in section.items:
            yield from _text_story(item, digest, wording)
        for note in section.unchanged:
            yield f"\n{unchanged(note, digest, wording)}"
        if section.more:
            yield f"\n{wording.count('digest.more', section.more)}"
    if not tally(digest).stories:
        yield f"\n{quiet(digest, wording)}"
    elif line := quiet_topics(digest, wording):
        yield f"\n{line}"
    for fact in digest.corrections:
        yield f"\n{correction(fact, wording)}"
    yield f"\n{wording.join((*footer(digest, wording), _window(digest, wording)))}"


def _text_story(item: Item, digest: Digest, wording: Wording) -> Iterator[str]:
    yield f"\n{item.summary.headline}"
    marked = (
        f"{said(sentence, item.summary)} {''.join(f'[{number}]' for number in sentence.sources)}".rstrip()
        for sentence in item.summary.sentences
    )
    yield " ".join(marked)
    yield from disputes(item, wording)
    yield wording.join(labels(item, digest, wording))
    listed, left = outlets(item)
    for source in listed:
        yield f"  [{source.number}] {outlet_name(source, wording)} {link(source.url)}".rstrip()
    if left:
        yield f"  {wording.count('story.more_sources', left)}"


# -------------------------------------------------------------------------------------------------- JSON


def as_json(digest: Digest) -> dict[str, Any]:
    """The digest as plain data; keys are stable, times are ISO 8601 in UTC.

    - ``version`` 1, ``language``, ``zone``, ``made_at``, ``since``, ``late``
    - ``subscription``: id or null; ``slot``: null or ``date``, ``time`` (local), ``at``
    - ``coverage``: ``feeds``, ``feeds_fine``, ``newest_at`` or null, ``articles``, ``failing`` (titles),
      ``sight`` (full, partial, blind, stale, unset: how far an empty digest may be believed)
    - ``rejected``: sentences that the check refused, counted over all stories
    - ``topics``: a list of ``slug``, ``name``, ``more`` and ``stories``, each with ``id``, ``headline``,
      ``language`` (of the text), ``sentences`` (``text``, ``sources``: numbers, ``evidence``: of
      each ``source`` the ``text``), ``sources`` (``number``,
      ``outlet``, ``title``, ``url``, ``language``, ``published_at``, ``agency``, ``state_media``,
      ``reprint``), ``method`` (llm, extractive), ``model``, ``rejected``, ``score``, ``why``,
      ``news`` (new, developed), ``voices``, ``reprints``, ``state_media_only``, ``first_at``, ``last_at``

    Addresses that are not to be linked are "".
    """
    whole, slot = cleaned(digest), digest.slot
    coverage, counted, seen = whole.coverage, tally(whole), sight(whole)
    newest = coverage.newest_at
    return {
        "version": 1,
        "language": whole.language,
        "zone": whole.zone,
        "made_at": whole.made_at.isoformat(),
        "since": whole.since.isoformat(),
        "late": whole.late,
        "subscription": whole.subscription,
        "slot": slot
        and {
            "date": slot.local_date.isoformat(),
            "time": slot.local_time.isoformat("minutes"),
            "at": slot.at.isoformat(),
        },
        "coverage": {
            "feeds": coverage.feeds,
            "feeds_fine": coverage.feeds_fine,
            "newest_at": newest and newest.isoformat(),
            "articles": coverage.articles,
            "failing": list(coverage.failing),
            "sight": str(seen),
        },
        "rejected": counted.rejected,
        "topics": [
            {
                "slug": section.topic,
                "name": section.name,
                "more": section.more,
                "overview": [{"text": one.text, "story": one.story} for one in section.overview],
                "unchanged": [
                    {"story": one.story, "headline": one.headline, "since": one.since.isoformat()}
                    for one in section.unchanged
                ],
                "stories": [_json_story(item) for item in section.items],
            }
            for section in whole.sections
        ],
    }


def _json_story(item: Item) -> dict[str, Any]:
    summary: Summary = item.summary
    return {
        "id": item.story,
        "headline": summary.headline,
        "language": summary.text_language or summary.language,
        "sentences": [
            {
                "text": sentence.text,
                "sources": list(sentence.sources),
                "evidence": [{"source": one.source, "text": one.text} for one in sentence.proofs],
            }
            for sentence in summary.sentences
        ],
        "sources": [_json_source(source) for source in summary.sources],
        "method": str(summary.method),
        "model": summary.model,
        "rejected": len(summary.rejected),
        "disputes": [
            {
                "kind": str(one.kind),
                "thing": one.thing,
                "claims": [_json_claim(one.first), _json_claim(one.second)],
            }
            for one in summary.disputes
        ],
        "score": item.score,
        "why": item.why,
        "news": item.news,
        "voices": item.voices,
        "reprints": item.reprints,
        "state_media_only": item.state_media_only,
        "first_at": item.first_at.isoformat(),
        "last_at": item.last_at.isoformat(),
    }


def _json_claim(claim: Claim) -> dict[str, Any]:
    return {
        "source": claim.source,
        "outlet": claim.outlet,
        "at": claim.at.isoformat(),
        "value": claim.value,
        "quote": claim.quote,
    }


def _json_source(source: Source) -> dict[str, Any]:
    return {
        "number": source.number,
        "outlet": source.outlet,
        "title": source.title,
        "url": link(source.url),
        "language": source.language,
        "published_at": source.published_at.isoformat(),
        "agency": source.agency,
        "state_media": source.state_media,
        "reprint": source.reprint,
    }
