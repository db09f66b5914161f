"""Names of a text by what they name, and names to put in their stead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.evaluation.injection.lexicon import (
    CITIES,
    COUNTRIES,
    NO_NAME,
    NO_PERSON,
    ORGANISED,
    TITLES,
    ZH_PLACES,
    ZH_SURNAMES,
)

_CAPITAL = r"(?:(?:al|el|as|ash|ar|bin|abu|Abu)[ -])?[A-Z][\w’']*(?:-[\w’']+)*"
_NAME = re.compile(
    rf"(?<![\w$-]){_CAPITAL}(?: (?:of (?:the )?|for |and (?=[A-Z]\w+ (?:Office|Agency|Ministry)))?{_CAPITAL})*"
)
_SPOKE = r"(?:said|says|told|added|warned|announced|argued|insisted|acknowledged|complained|called|confirmed|wrote|asked)"
_AR_TITLE = (
    r"(?:الرئيس|الوزير|المتحدث|المتحدثة|الجنرال|اللواء|العميد|العقيد|المهندس|المهندسة|الدكتور|الدكتورة|المحامي|المحامية|"
    r"(?:وزير|وزيرة|رئيس|رئيسة|مدير|مديرة|محافظ|قائد|باسم|السفير) (?:ال[\u0620-\u064a]+ ){0,3}?)"
)
_AR_WORD = r"(?!ال|إن|أن|في|على|من|إلى|عن|مع|قد|لم|لن)[\u0620-\u064a]{3,}"
_AR_PERSON = re.compile(
    rf"(?<![\u0620-\u064a])[وب]?{_AR_TITLE}\s?({_AR_WORD} (?:ال)?[\u0620-\u064a]{{3,}})(?= إن| أن|،|\.|:|؛| في | على | أمس)"
)
_AR_SPOKE = re.compile(
    rf"(?:قال|قالت|أضاف|أضافت|أوضح|أوضحت|أكد|أكدت|أعلن|أعلنت) ({_AR_WORD} (?:ال)?[\u0620-\u064a]{{3,}})(?= إن| أن|،|:|\.)"
)
_ZH_SPOKE = "(?=表示|说|說|称|稱|指出|在|对|對|于|於|，|、|告诉|告訴|宣布|批评|批評|强调|強調|认为|認為|的)"
_ZH_PERSON = re.compile(
    rf"(?:总统|總統|总理|總理|部长|部長|主席|发言人|發言人|主任|市长|市長|局长|局長|院长|院長|教授|律师|律師|将军|經理|经理|大使|研究员|研究員|处长|處長|所长|所長|专员|會長|会长)"
    rf"([\u3400-\u9fff]{{2,6}}·[\u3400-\u9fff]{{1,6}}|[{ZH_SURNAMES}][\u3400-\u9fff]{{1,2}}?){_ZH_SPOKE}"
)
_ZH_DOTTED = re.compile(
    r"(?<=[，。、的对對和与與由])([\u3400-\u9fff]{2,4}·[\u3400-\u9fff]{2,5}?)" + _ZH_SPOKE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name where it stands; ``start`` and ``end`` span the bare name, ``title`` starts before it."""

    start: int
    end: int
    text: str
    kind: str  # person | organisation | country | city | other
    title: int  # where "Chinese President" before it begins; ``start`` where nothing does

    @property
    def parts(self) -> frozenset[str]:
        """Its words, folded, by which one entity is known under several forms."""
        if re.search(r"[\u3400-\u9fff]", self.text):
            return frozenset(self.text.split("·"))
        found = re.findall(r"[\w’']+", self.text.casefold())
        return frozenset(one for one in found if len(one) > 2 and one not in NO_NAME)


class Book:
    """Who and what the articles of a story name, by kind."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.people = _people(texts)
        self._surnames = {name.split()[-1] for name in self.people if re.match(r"[A-Za-z]", name)}
        # A capital after a small letter tells a name; then it is one at the start of a sentence as well.
        self._known_words = {word for text in texts for word in re.findall(r"(?<=[a-z] )[A-Z][\w’']+", text)}
        self.names: dict[str, list[str]] = {}
        for text in texts:
            for one in self.find(text):
                listed = self.names.setdefault(one.kind, [])
                if one.text not in listed:
                    listed.append(one.text)

    def find(self, text: str) -> list[Name]:
        """The names of a text in order of place."""
        found = [*_english(text, self.people, self._surnames, self._known_words), *self._foreign(text)]
        return sorted(found, key=lambda one: (one.start, -one.end))

    def titled(self, name: str, texts: Sequence[str]) -> str:
        """The name with the title that an article gives it ("Chinese President Xi Jinping"), or alone."""
        best = name
        for text in texts:
            for one in _english(text, self.people, self._surnames, self._known_words):
                full = text[one.title : one.end]
                if one.text == name and len(full) > len(best):
                    best = full
        return best

    def _foreign(self, text: str) -> Iterable[Name]:
        """People of Chinese and Arabic texts, and Chinese names of places."""
        for name in self.people:
            if re.match(r"[A-Za-z]", name):
                continue
            for match in re.finditer(rf"(?<![\u0620-\u064a]){re.escape(name)}(?![\u0620-\u064a])", text):
                yield _name(match, "person")
        for place in ZH_PLACES:
            for match in re.finditer(place, text):
                yield _name(match, "city")


def _name(match: re.Match[str], kind: str) -> Name:
    return Name(start=match.start(), end=match.end(), text=match[0], kind=kind, title=match.start())


def _people(texts: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text in texts:
        for pattern in (_AR_PERSON, _AR_SPOKE, _ZH_PERSON, _ZH_DOTTED):
            found |= dict.fromkeys(match[1] for match in pattern.finditer(text))
        for match in _NAME.finditer(text):
            title, bare = _parted(match[0])
            if (
                len(bare.split()) in (2, 3)
                and not _organised(bare)
                and bare not in COUNTRIES | CITIES
                and not set(bare.split()) & (NO_PERSON | COUNTRIES)
            ):
                around = (
                    text[max(0, match.start() - 60) : match.start()],
                    text[match.end() : match.end() + 40],
                )
                if title or _person_by(around, bare.split()[-1], texts):
                    found[bare] = None
    return tuple(sorted(found))


def _person_by(around: tuple[str, str], surname: str, texts: Sequence[str]) -> bool:
    before, after = around
    if re.match(rf",? (?:{_SPOKE}|who|\d\d,)\b|, (?:an?|the|its|whose|head|director|chief|who)\b", after):
        return True
    if re.search(
        rf"\b(?:{_SPOKE}|named|by|professor|analyst|spokes\w+|director|minister|lawyer|captain|farmer|teacher|owner|mayor|governor|head [a-z ]{{2,30}}),? $",
        before,
    ):
        return True
    alone = re.compile(rf"(?<![A-Z]\w )\b{re.escape(surname)} {_SPOKE}\b|{_SPOKE} {re.escape(surname)}\b")
    return any(alone.search(text) for text in texts)


def _parted(span: str) -> tuple[str, str]:
    """("Chinese President", "Xi Jinping") of the whole."""
    words, at = span.split(" "), 0
    while at < len(words) and (words[at].strip("’'") in TITLES or words[at].casefold() in NO_NAME):
        at += 1
    return " ".join(words[:at]), " ".join(words[at:])


def _organised(name: str) -> bool:
    return any(word in ORGANISED for word in name.split()) or bool(re.fullmatch(r"[A-Z]{2,6}", name))


def _english(text: str, people: Sequence[str], surnames: set[str], known: set[str]) -> Iterable[Name]:
    for match in _NAME.finditer(text):
        title, bare = _parted(match[0])
        bare = re.sub(r"[’']s?$", "", bare)
        if not bare or not bare[0].isalpha():
            continue
        start = match.start() + len(title) + bool(title)
        kind = _kind(bare, people, surnames)
        opens = start == 0 or re.search(r"[.!?:\"“]\s?$", text[:start])
        if kind == "other" and opens and " " not in bare and bare not in known:
            continue
        before = match.start() if title and title.split()[0].casefold() not in NO_NAME else start
        if bare in ORGANISED or (bare.isupper() and len(bare) > 5) or bare.casefold() in NO_NAME:
            continue  # "the Ministry", a dateline, a weekday
        yield Name(start=start, end=start + len(bare), text=bare, kind=kind, title=before)


def _kind(bare: str, people: Sequence[str], surnames: set[str]) -> str:
    plain = bare.removeprefix("the ")
    if plain in COUNTRIES:
        return "country"
    if plain in CITIES:
        return "city"
    if bare in people or bare in surnames:
        return "person"
    return "organisation" if _organised(bare) else "other"
