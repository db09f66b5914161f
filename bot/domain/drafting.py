"""A topic as a person changes it, piece by piece: what they type → the next body of its declaration.

Every function takes a body as ``config/topics.yaml`` has it and gives a new one, or raises :class:`Wrong`
with the key of the words that say what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

Body = Mapping[str, Any]

KINDS = ("include", "matter", "context", "exclude")
"""Lists of terms, each per language."""
MOST_NAME, MOST_TERM, MOST_EXAMPLE, MOST_DESCRIPTION = 60, 80, 300, 1500
"""Characters."""
MOST_TERMS, MOST_EXAMPLES = 600, 30
"""Terms of one kind and language (ours have up to 300); headlines."""
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_LINE = re.compile(r"(?P<minus>[-–−])?\s*(?P<language>[A-Za-z]{2}(?i:-han[ts])?)\s*[:：]\s*(?P<rest>.*)")
_BETWEEN = re.compile(r"[,،、，;；\n]")
_STRAY = re.compile(r"[\x00-\x1f\x7f]")


class Wrong(ValueError):
    """What was typed is of no use: ``key`` of the words that say why, ``values`` that fill them."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


def slug(text: str, taken: Collection[str]) -> str:
    """A new topic's id."""
    wanted = text.strip().lower().replace(" ", "-")
    if not _SLUG.fullmatch(wanted):
        raise Wrong("topicedit.bad_slug")
    if wanted in taken:
        raise Wrong("topicedit.taken_slug", slug=wanted)
    return wanted


def with_names(body: Body, text: str, language: str, known: Callable[[str], bool]) -> Body:
    """``zh: 叙利亚`` sets a name, ``zh:`` takes it away; a line without language is in ``language``."""
    names = dict(body.get("names") or {})
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _LINE.fullmatch(line)
        code, name = (_code(match["language"]), match["rest"]) if match else (language, line)
        if not known(code):
            raise Wrong("topicedit.no_language", language=code)
        name = _clean(name)
        if len(name) > MOST_NAME:
            raise Wrong("topicedit.too_long", most=MOST_NAME)
        names[code] = name
    names = {code: name for code, name in names.items() if name}
    if not names:
        raise Wrong("topicedit.no_name")
    return {**body, "names": names}


def with_description(body: Body, text: str) -> Body:
    """A paragraph for people and for a model; ``-`` takes it away."""
    said = "" if text.strip() == "-" else " ".join(text.split())
    if len(said) > MOST_DESCRIPTION:
        raise Wrong("topicedit.too_long", most=MOST_DESCRIPTION)
    return {**body, "description": said}


def with_terms(body: Body, kind: str, text: str, known: Callable[[str], bool]) -> Body:
    """``en: Damascus, Aleppo`` adds terms, ``-en: Hama`` takes them away; a line each."""
    listed = {code: list(terms) for code, terms in (body.get(kind) or {}).items()}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise Wrong("topicedit.empty_term")
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise Wrong("topicedit.no_prefix", line=line[:MOST_TERM])
        code = match["language"].lower()[:2]
        if not known(code):
            raise Wrong("topicedit.no_language", language=code)
        terms, have = list(_terms(match["rest"])), listed.setdefault(code, [])
        if match["minus"]:
            if absent := [term for term in terms if term not in have]:
                raise Wrong("topicedit.absent", term=absent[0])
            listed[code] = [term for term in have if term not in terms]
        else:
            listed[code] = list(dict.fromkeys([*have, *terms]))
        if len(listed[code]) > MOST_TERMS:
            raise Wrong("topicedit.too_many", most=MOST_TERMS)
    return {**body, kind: {code: terms for code, terms in listed.items() if terms}}


def with_examples(body: Body, text: str) -> Body:
    """Headlines, a line each; one with a minus in front is taken away."""
    examples = list(body.get("examples") or ())
    for line in map(_clean, text.splitlines()):
        if line.lstrip("-–−") != line and line.lstrip("-–− ") in examples:
            examples.remove(line.lstrip("-–− "))
        elif len(line) > MOST_EXAMPLE:
            raise Wrong("topicedit.too_long", most=MOST_EXAMPLE)
        elif line and line not in examples:
            examples.append(line)
    if len(examples) > MOST_EXAMPLES:
        raise Wrong("topicedit.too_many", most=MOST_EXAMPLES)
    return {**body, "examples": examples}


def with_threshold(body: Body, text: str) -> Body:
    """How much an article must have, 0.1 to 10; 1 is usual, more files less."""
    said = text.strip().replace(",", ".").replace("٫", ".")
    if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,3})?", said, re.ASCII) or not 0.1 <= float(said) <= 10:
        raise Wrong("topicedit.bad_threshold")
    return {**body, "threshold": float(said)}


def _code(language: str) -> str:
    first, _, script = language.partition("-")
    return f"{first.lower()}-{script.title()}" if script else first.lower()


def _clean(text: str) -> str:
    return " ".join(_STRAY.sub(" ", text).split())


def _terms(text: str) -> Iterator[str]:
    terms = [_clean(term) for term in _BETWEEN.split(text)]
    if not any(term.strip("*") for term in terms):
        raise Wrong("topicedit.empty_term")
    for term in filter(None, terms):
        if not term.strip("* "):
            raise Wrong("topicedit.empty_term")
        if len(term) > MOST_TERM:
            raise Wrong("topicedit.too_long", most=MOST_TERM)
        yield term
