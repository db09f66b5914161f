"""What is told of a story, from which passages, and what the check said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.errors import Code
from bot.types.noun import ArticleId, CanonicalUrl, DigestId, Noun, StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Noun):
    """One article as summarizing sees it; ``number`` is what [1] refers to."""

    number: int
    article: ArticleId
    outlet: str  # the outlet's name
    url: CanonicalUrl
    title: str
    text: str
    language: str
    published_at: datetime
    agency: str = ""
    state_media: bool = False
    reprint: bool = False
    quoted: tuple[str, ...] = ()  # sentences of it that were already quoted today
    seen_at: datetime | None = None  # when it reached us; None: when it was published


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage(Noun):
    """A sentence chosen for the summarizer, with where it stands."""

    id: str  # opaque, "p3": what a model cites
    source: int
    position: int  # sentence number in the source, from 0
    text: str


class Length(StrEnum):
    """How much of a story a reader wants."""

    BRIEF = "brief"  # two sentences
    STANDARD = "standard"  # up to four
    DEEP = "deep"  # up to six


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief(Noun):
    """Exactly what a summarizer may see. ``basis`` is the hash of the passages: same facts, same basis."""

    story: StoryId
    topic: str  # its name, for the prompt
    language: str
    length: Length
    passages: tuple[Passage, ...]
    sources: tuple[Source, ...]
    basis: str
    text_language: str = ""  # what the passages are written in: not the reader's when no source is
    slug: str = ""  # of the topic, which may have a prompt of its own
    task: str = "story"  # or "update": only what is new; or "page": somebody asked for this text
    title: str = ""  # the headline of what is new, where ``passages`` are only that
    whole: str = ""
    """The basis of all that could be told, where ``passages`` are only what is new to a reader; else ""."""
    chat: str = ""
    """The chat whose own prompts and style tell it; "" for the house's, which all others share."""
    events: tuple[tuple[int, ...], ...] = ()
    """Where it is of several events (an overview): the source numbers of each. No sentence may mix them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Noun):
    """One of the fixed stories on which a version of a prompt is tried; ``id`` is its file's name."""

    id: str
    brief: Brief


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof(Noun):
    """A sentence of a source that carries one of ours."""

    source: int  # its number
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence(Noun):
    """A sentence that goes out, with the numbers of the sources that carry it, and what they say."""

    text: str
    sources: tuple[int, ...]
    proofs: tuple[Proof, ...] = ()
    original: str = ""  # what it translates


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Noun):
    """Something in a sentence that its sources do not carry.

    ``hard``: plainly not there (a number, a name, a reversed verb); the sentence must never go out. What is
    not hard is a doubt (little support, a number far from its context) that a judge may settle.
    """

    kind: str  # "number", "name", "quotation", "date", "negation", "support", …
    span: str
    hard: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Noun):
    """The check of one sentence: ``score`` 0 to 1, evidence as (source number, sentence number).

    ``ok``: nothing was found at all. ``hard``: something was found that no judge may overrule.
    """

    ok: bool
    score: float
    findings: tuple[Finding, ...] = ()
    evidence: tuple[tuple[int, int], ...] = ()

    @property
    def hard(self) -> bool:
        """Whether one of the findings is hard."""
        return any(one.hard for one in self.findings)


class Method(StrEnum):
    """Who wrote it."""

    LLM = "llm"
    EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Noun):
    """A figure as an outlet gave it, with its words."""

    source: int
    outlet: str
    at: datetime
    value: float
    quote: str  # verbatim


class DisputeKind(StrEnum):
    """Why two figures differ."""

    DISPUTED = "disputed"  # at about the same time
    UPDATED = "updated"  # one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute(Noun):
    """Two outlets' figures for one thing, the earlier one first."""

    kind: DisputeKind
    thing: str
    first: Claim
    second: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Noun):
    """A story told once for everybody who reads this language at this length."""

    story: StoryId
    basis: str
    language: str
    length: Length
    headline: str
    sentences: tuple[Sentence, ...]
    method: Method
    sources: tuple[Source, ...] = ()
    model: str = ""
    prompt: str = ""  # content hash of the prompt
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0  # US dollars, estimated where the server names none
    rejected: tuple[str, ...] = ()  # sentences that the check refused
    why_fallback: Code | None = None  # set when a model was asked and did not deliver
    text_language: str = ""  # what the sentences are really written in; "" means ``language``
    translated_from: str = ""  # the language of what a model translated
    slug: str = ""  # of the topic under which it was told
    task: str = "story"  # its brief's
    chat: str = ""  # its brief's
    disputes: tuple[Dispute, ...] = ()  # for this reader, at this moment: not kept with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Noun):
    """A sentence that a chat was told, and what carries it."""

    story: StoryId
    text: str
    at: datetime
    headline: bool = False
    articles: tuple[ArticleId, ...] = ()
    figures: tuple[float, ...] = ()  # without dates
    delivery: str = ""  # key of the message in which it stands
    corrected_at: datetime | None = None  # when its source took it back
    correction: str = ""  # what stands there now; "" for nothing like it


FactNumber = tuple[DigestId, int]
"""A fact as it was told with a digest: thousands of chats may have been told the same one."""
