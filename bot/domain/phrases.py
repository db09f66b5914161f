"""What a digest says about itself, in the reader's language: words, plurals, dates, labels, footer.

``Wording`` holds the words of one language (``bot/locale``); the functions below it say the things
that every rendering (message, page, terminal, plain text) says alike.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_decimal

from bot.domain.digests import Sight, sight, tally
from bot.domain.schedules import zone
from bot.domain.stories.tracking import phase_at
from bot.errors import Misconfigured
from bot.types import Claim, Coverage, Digest, Fact, Item, Method, Proof, Sentence, Source, Summary, Unchanged

CATEGORIES = frozenset({"zero", "one", "two", "few", "many", "other"})
"""CLDR's plural categories: a table with only these keys, and "other" among them, is a plural."""

INTERFACE = ("en", "zh-Hant", "zh", "ar")
"""Languages that the interface speaks; each has its catalogues in ``bot/locale``. ``zh`` is Simplified."""
_TRADITIONAL = ("hant", "tw", "hk", "mo")

LRM, RLM = "\u200e", "\u200f"
_OUTLETS_SHOWN = 8
_FAILING_SHOWN = 3


@functools.lru_cache(maxsize=256)
def _locale(code: str) -> Locale | None:
    """What Babel knows of a language; it looks unknown ones up in its folder each time."""
    try:
        return Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def interface_language(code: str) -> str:
    """The interface language for a client's language code ("zh-TW", "ar-EG"); English where none fits."""
    first, *rest = code.replace("_", "-").lower().split("-")
    if first == "zh":
        return "zh-Hant" if set(rest) & set(_TRADITIONAL) else "zh"
    return first if first in INTERFACE else "en"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one language; what is missing is taken from the fallback."""

    language: str
    texts: Mapping[str, str | Mapping[str, str]]
    locale: Locale

    @classmethod
    def from_mapping(
        cls, language: str, mapping: Mapping[str, Any], fallback: Mapping[str, Any] | None = None
    ) -> Wording:
        """Words by key (``footer.newest``); nested tables are flattened.

        Raises:
            Misconfigured: unknown language, or an entry that is neither text nor table nor plural.
        """
        try:
            locale = Locale.parse(language, sep="-")
        except (UnknownLocaleError, ValueError) as error:
            raise Misconfigured("unknown interface language", language=language) from error
        texts = dict(_flat(fallback or {}, language))
        texts.update(_flat(mapping, language))
        return cls(language, texts, locale)

    def language_name(self, code: str) -> str:
        """The name of a language in this one; its code where it has none."""
        known = _locale(code)
        return code if known is None else str(known.get_display_name(self.locale) or code)

    @property
    def rtl(self) -> bool:
        """Whether the language is written from right to left."""
        return self.locale.text_direction == "rtl"

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, with its {names} filled in. Raises Misconfigured when key or name is unknown."""
        text = self._text(key)
        return self._fill(key, text if isinstance(text, str) else text["other"], values)

    def count(self, key: str, n: int, **values: object) -> str:
        """The plural of a key for this number, which fills {n}."""
        text = self._text(key)
        if not isinstance(text, str):
            text = text.get(self.locale.plural_form(n), text["other"])
        return self._fill(key, text, {"n": self.number(n), **values})

    def number(self, n: int) -> str:
        """In the language's grouping, with the digits 0-9 (they stand beside [1] marks)."""
        return str(format_decimal(n, locale=self.locale, numbering_system="latn"))

    def day(self, day: date, width: str = "full") -> str:
        """A date; ``width`` is "full" (with weekday and year), "short" or "weekday"."""
        return str(format_date(day, self(f"date.{width}"), locale=self.locale))

    def clock(self, local: datetime) -> str:
        """A time of day."""
        return str(format_time(local.time(), self("date.clock"), locale=self.locale))

    def moment(self, at: datetime, zone_name: str) -> str:
        """Short date and time of an instant in this zone."""
        local = at.astimezone(zone(zone_name))
        return self("date.moment", date=self.day(local.date(), "short"), time=self.clock(local))

    def ago(self, gap: timedelta) -> str:
        """How long ago ("41 minutes ago"); under a minute, or a clock's slip ahead, is "just now"."""
        if gap < timedelta(minutes=1):
            return self("footer.now")
        said = format_timedelta(
            -gap, granularity="minute", threshold=1.5, add_direction=True, locale=self.locale
        )
        return str(said)

    def join(self, pieces: Iterable[str]) -> str:
        """Pieces with middle dots between, each kept whole where scripts of both directions meet."""
        return self.separator.join(self.settle(piece) for piece in pieces if piece)

    @property
    def separator(self) -> str:
        """What stands between pieces of a line."""
        return f" ·{RLM} " if self.rtl else " · "

    def settle(self, text: str) -> str:
        """The text, closed by a mark of the digest's direction where it holds letters of the other one.

        Without it, two Arabic names in an English line change places, and so do two Latin ones in Arabic.
        """
        if text.isascii() and not self.rtl:
            return text
        other, mark = ({"L"}, RLM) if self.rtl else ({"R", "AL"}, LRM)
        foreign = not text.endswith(mark) and any(unicodedata.bidirectional(char) in other for char in text)
        return text + mark if foreign else text

    def _text(self, key: str) -> str | Mapping[str, str]:
        try:
            return self.texts[key]
        except KeyError as error:
            raise Misconfigured("no wording", key=key, language=self.language) from error

    def _fill(self, key: str, text: str, values: Mapping[str, object]) -> str:
        try:
            return text.format(**values)
        except (KeyError, IndexError, ValueError) as error:
            hint = f"known here: {', '.join(sorted(values)) or 'none'}"
            raise Misconfigured("a {name} in the wording is wrong", hint=hint, key=key, text=text) from error


def _flat(mapping: Mapping[str, Any], language: str, prefix: str = "") -> dict[str, str | Mapping[str, str]]:
    flat: dict[str, str | Mapping[str, str]] = {}
    for name, value in mapping.items():
        key = f"{prefix}{name}"
        if isinstance(value, str):
            flat[key] = value
        elif isinstance(value, Mapping) and "other" in value and CATEGORIES.issuperset(value):
            flat[key] = {category: str(text) for category, text in value.items()}
        elif isinstance(value, Mapping):
            flat |= _flat(value, language, f"{key}.")
        else:
            raise Misconfigured("wording must be text, a table or a plural", key=key, language=language)
    return flat


# ------------------------------------------------------------------------------------------ foreign text

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


# ----------------------------------------------------------------------------------- what is said alike


def header(digest: Digest, wording: Wording) -> str:
    """The first line: Dateline, the date in the reader's zone, and whether it is late."""
    tz = zone(digest.zone)
    made = digest.made_at.astimezone(tz).date()
    day = digest.slot.local_date if digest.slot else made
    line = wording("digest.header", brand=wording("digest.brand"), date=wording.day(day))
    return wording.join([line, late(digest, wording)])


def late(digest: Digest, wording: Wording) -> str:
    """When a late digest was due, "" for one that is on time."""
    if not digest.late or digest.slot is None:
        return ""
    local = datetime.combine(digest.slot.local_date, digest.slot.local_time)
    same = digest.made_at.astimezone(zone(digest.zone)).date() == digest.slot.local_date
    clock = wording.clock(local)
    when = clock if same else wording("date.moment", date=wording.day(local.date(), "short"), time=clock)
    return wording("digest.late", time=when)


def labels(item: Item, digest: Digest, wording: Wording) -> tuple[str, ...]:
    """What a reader must know of a story, most important first; how its text was made comes last."""
    said = []
    if item.news == "developed":
        said.append(wording("story.developed"))
    if item.last_at < digest.since:
        last = item.last_at.astimezone(zone(digest.zone)).date()
        said.append(wording("story.older", date=wording.day(last, "short")))
    if language := foreign_language(item, digest):
        said.append(wording("story.language", language=wording.language_name(language)))
    if item.state_media_only:
        said.append(wording("story.state_media_only"))
    said += voices(item.voices, item.summary.sources, item.reprints, wording)
    said.append(method(item.summary, wording))
    return tuple(said)


def voices(count: int, sources: Iterable[Source], reprints: int, wording: Wording) -> Iterator[str]:
    """How many speak: of ``count`` independent voices those that tell an agency's report, copies, the rest.

    "3 independent sources", "1 reprint"; where an agency is credited by one that is no copy: "1 agency
    report", "7 reprints", "3 own reports". Of agencies only the sources shown are known, independent first.
    """
    credited = {one.agency.casefold() for one in sources if one.agency and not one.reprint}
    agencies = min(count, len(credited))
    if count <= 1:
        yield wording("story.single_source")
    elif not agencies:
        yield wording.count("story.voices", count)
    if agencies:
        yield wording.count("story.agency_reports", agencies)
    if reprints:
        yield wording.count("story.reprints", reprints)
    if agencies and count > agencies:
        yield wording.count("story.own_reports", count - agencies)


def phase(item: Item, digest: Digest, wording: Wording) -> str:
    """Where the story was on its way when the digest was made: breaking, developing or fading."""
    reported = [source.published_at for source in item.summary.sources]
    return wording(f"phase.{phase_at([item.first_at, item.last_at, *reported], digest.made_at)}")


def disputes(item: Item, wording: Wording) -> tuple[str, ...]:
    """A line for each figure that outlets give differently: both named and quoted."""
    return tuple(
        wording(
            f"dispute.{one.kind}",
            first=wording.settle(one.first.outlet),
            second=wording.settle(one.second.outlet),
            said=one.first.quote,
            says=one.second.quote,
        )
        for one in item.summary.disputes
    )


def correction(fact: Fact, wording: Wording) -> str:
    """The line on what a source took back of what was told."""
    key = "correction.changed" if fact.correction else "correction.withdrawn"
    return wording(key, said=wording.settle(clean(fact.text)), says=wording.settle(clean(fact.correction)))


def unchanged(note: Unchanged, digest: Digest, wording: Wording) -> str:
    """The line on a story that goes on without anything new: its headline, and since when."""
    local = note.since.astimezone(zone(digest.zone)).date()
    today = digest.made_at.astimezone(zone(digest.zone)).date()
    # A week ago the weekday would be today's.
    day = wording.day(local, "weekday" if (today - local).days < 7 else "short")
    return wording("story.unchanged", headline=wording.settle(note.headline), day=day)


def method(summary: Summary, wording: Wording) -> str:
    """What the text is: "AI summary, checked against 3 reports", "Excerpts from 3 reports", a translation."""
    if summary.translated_from:
        language = wording.language_name(summary.translated_from)
        return wording.count("story.translation", len(summary.sources), language=language)
    extract = summary.method == Method.EXTRACTIVE
    return wording.count("story.excerpts" if extract else "story.ai_summary", len(summary.sources))


def sole_outlet(sentence: Sentence, summary: Summary) -> str:
    """The outlet that alone carries this sentence; "" where several do.

    And where the story has no other, or the sentence names it.
    """
    names = {source.outlet for source in summary.sources if source.number in sentence.sources}
    if len(names) != 1 or len({source.outlet for source in summary.sources}) < 2:
        return ""
    name = names.pop()
    return "" if name.casefold() in sentence.text.casefold() else name


def told(sentence: Sentence, summary: Summary) -> str:
    """The sentence, with the outlet's name behind it where one alone carries it."""
    name = sole_outlet(sentence, summary)
    if not name:
        return sentence.text
    ours = _rightward(sentence.text)
    settled = (
        (RLM if ours else LRM) if _rightward(name) != ours else ""
    )  # else the marks behind it would turn
    return f"{sentence.text} ({name}){settled}"


def _rightward(text: str) -> bool:
    """Whether the first letter of a direction is of one that runs from right to left."""
    kinds = (unicodedata.bidirectional(one) for one in text)
    return next((kind in ("R", "AL") for kind in kinds if kind in ("L", "R", "AL")), False)


def proofs(summary: Summary, wording: Wording) -> Iterator[tuple[Sentence, tuple[str, ...]]]:
    """Each sentence with what its sources say, quoted and named: what the check found it to stand on."""
    sources = {source.number: source for source in summary.sources}
    for sentence in summary.sentences:
        quoted = (
            wording(
                "why.proof",
                quote=wording.settle(_shortened(proof.text)),
                outlet=wording.settle(f"[{proof.source}] {outlet_name(sources[proof.source], wording)}"),
            )
            for proof in sentence.proofs
            if proof.source in sources
        )
        yield sentence, tuple(dict.fromkeys(quoted))


def originals(summary: Summary, wording: Wording) -> Iterator[str]:
    """Beside a translation, what its sources say in their own words: a quotation for each sentence."""
    sources = {source.number: source for source in summary.sources}
    for sentence in summary.sentences if summary.translated_from else ():
        proofs = sentence.proofs or tuple(
            Proof(source=number, text=sentence.original) for number in sentence.sources[:1]
        )
        for proof in proofs[:1]:
            if proof.source in sources and proof.text:
                name = outlet_name(sources[proof.source], wording)
                yield wording(
                    "why.proof",
                    quote=wording.settle(_shortened(proof.text)),
                    outlet=wording.settle(f"[{proof.source}] {name}"),
                )


def _shortened(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def foreign_language(item: Item, digest: Digest) -> str:
    """The language a story is told in, if not the digest's (excerpts are not translated), else ""."""
    code = item.summary.text_language
    return code if code.split("-")[0] != digest.language.split("-")[0] else ""


def written_rtl(language: str) -> bool:
    """Whether a language is written from right to left; an unknown one is not."""
    known = _locale(language)
    return known is not None and str(known.text_direction) == "rtl"


def outlets(item: Item) -> tuple[tuple[Source, ...], int]:
    """The sources to list, by number, and how many were left out.

    All cited ones; of the others one per outlet, originals before reprints, up to eight in all.
    """
    cited = {number for sentence in item.summary.sentences for number in sentence.sources}
    chosen = {source.number: source for source in item.summary.sources if source.number in cited}
    named = {source.outlet for source in chosen.values()}
    others = [source for source in item.summary.sources if source.number not in cited]
    left = 0
    for source in sorted(others, key=lambda source: (source.reprint, source.number)):
        if source.outlet in named:
            continue
        if len(chosen) >= _OUTLETS_SHOWN:
            left += 1
            continue
        chosen[source.number] = source
        named.add(source.outlet)
    return tuple(chosen[number] for number in sorted(chosen)), left


def outlet_name(source: Source, wording: Wording) -> str:
    """The outlet as listed, state media named as such."""
    name = source.outlet or source.title
    return f"{name} ({wording('story.state_media')})" if source.state_media else name


def quiet(digest: Digest, wording: Wording) -> str:
    """The one honest line of a digest without stories."""
    coverage, seen = digest.coverage, sight(digest)
    if seen is Sight.FULL:
        return wording.count("quiet.full", coverage.feeds)
    return wording(
        f"quiet.{seen}",
        fine=wording.number(coverage.feeds_fine),
        total=wording.number(coverage.feeds),
        since=wording.moment(digest.since, digest.zone),
    )


def quiet_topics(digest: Digest, wording: Wording) -> str:
    """The line on topics without stories in a digest that has some elsewhere; "" when each has one."""
    names = [section.name for section in digest.sections if section.empty]
    if not names or len(names) == len(digest.sections):
        return ""
    key = "quiet.topics" if sight(digest) is Sight.FULL else "quiet.topics_partial"
    return wording(key, topics=wording.join(names))


def footer(digest: Digest, wording: Wording) -> tuple[str, ...]:
    """What the footer tells, piece by piece: coverage first, then how the texts were made."""
    counted, coverage = tally(digest), digest.coverage
    said = [_fine(coverage, wording)]
    if coverage.newest_at is None:
        said.append(wording("footer.newest_none"))
    else:
        said.append(wording("footer.newest", ago=wording.ago(digest.made_at - coverage.newest_at)))
    said.append(wording.count("footer.articles", coverage.articles))
    if coverage.failing:
        said.append(wording("footer.failing", names=_names(coverage, wording)))
    if counted.methods == {Method.EXTRACTIVE}:
        said.append(wording("footer.all_excerpts"))
    elif counted.methods == {Method.LLM}:
        said.append(wording("footer.all_ai"))
    if counted.rejected:
        said.append(wording.count("footer.rejected", counted.rejected))
    if counted.model_missed:
        said.append(wording.count("footer.model_missed", counted.model_missed))
    if counted.over_budget:
        said.append(wording.count("footer.over_budget", counted.over_budget))
    return tuple(said)


def _fine(coverage: Coverage, wording: Wording) -> str:
    if coverage.feeds and coverage.feeds_fine >= coverage.feeds:
        return wording.count("footer.fine_all", coverage.feeds)
    return wording.count("footer.fine", coverage.feeds, fine=wording.number(coverage.feeds_fine))


def _names(coverage: Coverage, wording: Wording) -> str:
    listed = coverage.failing[:_FAILING_SHOWN]
    shown = wording("footer.comma").join(wording.settle(name) for name in listed)
    left = max(len(coverage.failing), coverage.feeds - coverage.feeds_fine) - len(listed)
    return wording("footer.failing_more", names=shown, n=wording.number(left)) if left > 0 else shown
