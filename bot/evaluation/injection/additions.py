"""Errors that add: causes, clauses and quotations that no article has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain import terms
from bot.evaluation.injection import clauses
from bot.evaluation.injection.clusters import Clean
from bot.evaluation.injection.scene import Scene, quotations, shuffled, swapped

_PRONOUN = re.compile(
    r"^(?:The|A|An|Its|His|Her|Their|They|He|She|It|Some|Many|Several|Most|Officials|Residents|Work|Two|Three)\b"
)


def unsupported_clause(clean: Clean, scene: Scene) -> Iterator[str]:
    """The sentence with a plausible clause that nothing carries: of another story, or made."""
    borrowed = shuffled(_borrowed(scene), clean.id, "borrowed")[:12]
    made = shuffled(_filled(clauses.CLAUSES, scene), clean.id, "made")[:20]
    first, second = (borrowed, made) if len(clean.text) % 2 else (made, borrowed)
    for clause in (*first, *second):
        if _foreign(clause, scene, 2):
            yield _appended(clean.text, clause)


def cause(clean: Clean, scene: Scene) -> Iterator[str]:
    """The sentence with a reason that no article gives."""
    for reason in shuffled(_filled(clauses.CAUSES, scene), clean.id, "cause")[:20]:
        if _foreign(reason, scene, 1) and not re.search(r"\b(?:because|due to|after)\b", clean.text):
            yield _appended(clean.text, " " + reason)


def new_quotation(clean: Clean, scene: Scene) -> Iterator[str]:
    """Invented words in quotation marks: in the place of real ones, or added."""
    text, language = clean.text, clean.language
    quotes = shuffled(clauses.QUOTES[language], clean.id, "quote")
    for quote in quotes:
        if scene.has(quote):
            continue
        for start, end in quotations(text)[:1]:
            stop = text[end - 1] if text[end - 1] in ",." else ""
            capital = quote[0].upper() if text[start].isupper() else quote[0].lower()
            yield swapped(text, start, end, capital + quote[1:] + stop)
        if not quotations(text) and language == "en":
            yield _appended(text, f', adding: "{quote[0].upper()}{quote[1:]}"')
        if not quotations(text) and language == "zh":
            yield _appended(text, f"，并说：“{quote}”")
        if not quotations(text) and language == "ar":
            yield _appended(text, f"، مضيفاً: «{quote}»")


def changed_quotation(clean: Clean, scene: Scene) -> Iterator[str]:
    """A real quotation with one word changed, so that it says something else."""
    for start, end in quotations(clean.text):
        quote = clean.text[start:end]
        for old, new in shuffled(clauses.REWORDED, clean.id, start):
            edge = r"(?![\w’'])" if old.isascii() else ""
            for match in re.finditer(
                (r"(?<![\w’'])" if old.isascii() else "") + re.escape(old) + edge, quote, re.IGNORECASE
            ):
                put = new.capitalize() if match[0][0].isupper() and match[0] != "I" and new != "I" else new
                changed = swapped(quote, match.start(), match.end(), put)
                if not scene.has(changed):
                    yield swapped(clean.text, start, end, changed)


def _borrowed(scene: Scene) -> list[str]:
    """Clauses of other stories that name nobody and count nothing that this story does not have."""
    found = []
    for cluster in scene.others:
        for source in cluster.sources:
            if source.language[:2] != "en":
                continue
            for unit in terms.sentences(source.text, source.language):
                first = re.split(r"[,;:]|\b(?:who|which|although|because)\b|\s-\s", unit.rstrip("."))[
                    0
                ].strip()
                names = re.findall(r"(?<!^)\b[A-Z][a-z]+|\d+", first)
                fit = (
                    5 <= len(first.split()) <= 14
                    and _PRONOUN.match(first)
                    and '"' not in unit
                    and "“" not in unit
                )
                if fit and all(one.casefold() in scene.folded for one in names):
                    link = ", while " if len(first) % 2 else ", and "
                    found.append(link + first[0].lower() + first[1:])
    return found


def _filled(templates: tuple[str, ...], scene: Scene) -> list[str]:
    """The clauses with names of the story in their gaps."""
    names = scene.book.names
    people = [one.split()[-1] for one in names.get("person", ()) if one.isascii()] or ["the official"]
    bodies = [
        f"the {one.removeprefix('the ')}" for one in names.get("organisation", ()) if one.isascii()
    ] or ["the ministry"]
    places = [one for one in names.get("city", ()) if one.isascii()] or ["the capital"]
    return [
        one.format(
            person=shuffled(people, one, "person")[0],
            body=shuffled(bodies, one, "body")[0],
            place=shuffled(places, one, "place")[0],
        )
        for one in templates
    ]


def _foreign(clause: str, scene: Scene, least: int) -> bool:
    """Whether at least so many of its content words, and a third of them, stand in no article."""
    words = set(terms.content_words(clause))
    new = words - scene.words
    return len(new) >= least and 3 * len(new) >= len(words)


def _appended(text: str, clause: str) -> str:
    match = re.search(r"([.。!?]?[\"”’»」]?)$", text)
    end = match.start() if match else len(text)
    stop = text[end:]
    # A sentence that ends in a quotation keeps it whole: the clause follows the mark.
    if stop[-1:] in '"”»」':
        return f"{text.rstrip('.')}{clause}."
    closes = clause[-1:] in '"”»'
    return f"{text[:end]}{clause}{'' if closes else stop}"
