"""Errors of names: invented, exchanged, in another's role, place, office or mouth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.evaluation.injection import lexicon
from bot.evaluation.injection.clusters import Clean
from bot.evaluation.injection.names import Name
from bot.evaluation.injection.scene import Scene, outside, shuffled, swapped

_SPOKE = (
    r"(?:said|says|told|added|warned|announced|argued|insisted|acknowledged|complained|confirmed|wrote|described|called"
    r"|according to|in the words of|表示|说|說|称|稱|指出|قال|قالت|أضاف|أضافت|أوضح|أكد|أكدت)"
)
_IN_PLACE = re.compile(
    r"\b(?:in|at|near|from|outside|across|around|off|of|to|into|through|via|towards|toward|beyond|along|between|في|إلى|من|قرب|在|于|於|从|從|至|到|赴)\s?$|[在于於从從至到赴抵]$|[وب]$"
)


def new_name(clean: Clean, scene: Scene) -> Iterator[str]:
    """A person or organisation that no article names."""
    kinds = ("person", "organisation", "other", "country")
    for name in shuffled(_names(clean, scene, *kinds), clean.id, "new_name"):
        if name.kind == "country" and _IN_PLACE.search(clean.text[: name.start]):
            continue
        for new in _invented(name, clean):
            if not scene.knows(new):
                yield _everywhere(clean.text, name, new)
    yield from _credited(clean, scene)


def _credited(clean: Clean, scene: Scene) -> Iterator[str]:
    """The sentence ascribed to somebody who is not in the story: what models add most."""
    text = clean.text
    stop = re.search(r"[.。]?$", text)
    end = stop.start() if stop else len(text)
    if text[end - 1 : end] in '"”»」' or re.search(_SPOKE, text):
        return
    people = {"zh": lexicon.ZH_NEW_PEOPLE, "ar": lexicon.AR_NEW_PEOPLE}.get(clean.language, ())
    western = zip(
        shuffled(lexicon.FIRST["western"], text), shuffled(lexicon.SURNAMES["western"], text), strict=False
    )
    form = {"zh": "，{}说", "ar": "، وفق {}"}.get(clean.language, ", according to {}")
    for new in shuffled(people, text) or [f"{a} {b}" for a, b in western]:
        if not scene.knows(new):
            yield text[:end] + form.format(new) + text[end:]


def name_swap(clean: Clean, scene: Scene) -> Iterator[str]:
    """Another of the articles' names of the same kind, where no article tells the same of it."""
    names = _names(clean, scene, "person", "organisation", "country")
    silent = [one for one in names if not _speaks(clean.text, one)]
    for name in [*shuffled(silent, clean.id, "swap"), *(one for one in names if one not in silent)]:
        if name.kind == "country" and _IN_PLACE.search(clean.text[: name.start]):
            continue
        yield from _others(clean, scene, name)


def wrong_speaker(clean: Clean, scene: Scene) -> Iterator[str]:
    """What one said, in the mouth of another person or body of the articles."""
    for name in _names(clean, scene, "person", "organisation", "country"):
        if _speaks(clean.text, name):
            yield from _others(clean, scene, name)


def _others(clean: Clean, scene: Scene, name: Name) -> Iterator[str]:
    here = scene.book.find(clean.text)
    for other in shuffled(scene.book.names.get(name.kind, ()), clean.id, name.start, "other"):
        parts = Name(start=0, end=0, text=other, kind=name.kind, title=0).parts
        script = re.match(r"[A-Za-z]", other) is None
        if script != (re.match(r"[A-Za-z]", name.text) is None) or _near_form(other, name.text):
            continue
        if name.kind == "person" and other.isascii() and (" " in name.text) > (" " in other):
            continue  # a surname alone in the place of a full name
        if (
            not parts
            or any(parts & one.parts or _same_seat(other, one.text) for one in here)
            or _together(scene, name.text, other)
        ):
            continue
        if scene.told(clean.text.replace(name.text, ""), other.split()[-1]):
            continue
        yield _put(clean, scene, name, other)


def _put(clean: Clean, scene: Scene, name: Name, other: str) -> str:
    """The other name in the place of this, with its own title where this has one."""
    text = clean.text
    if name.title < name.start:
        full = scene.book.titled(other, scene.texts)
        return swapped(text, name.title, name.end, full)
    if name.kind == "person" and " " not in name.text and re.match(r"[A-Z]", other):
        other = other.rsplit(maxsplit=1)[-1]
    start = name.start
    if other[:1].isupper() and name.kind == "country":
        bare = other in ("Philippines", "United States", "United Kingdom", "US", "UK", "EU", "European Union")
        before = re.search(r"\b([Tt]he )$", text[:start])
        if before and not bare:
            start = before.start()
        elif bare and not before:
            other = ("The " if start == 0 else "the ") + other
    return swapped(text, start, name.end, other)


def _same_seat(a: str, b: str) -> bool:
    """Whether two names are a country and its capital, or two names of one country."""
    return lexicon.SEATS.get(a, a) == lexicon.SEATS.get(b, b)


def _near_form(a: str, b: str) -> bool:
    """Whether two names may be one in two spellings, or an acronym and what it stands for."""
    initials = ["".join(word[0] for word in one.split() if word[0].isupper()) for one in (a, b)]
    return (
        a in b
        or b in a
        or initials[0] == b
        or initials[1] == a
        or (len(initials[0]) > 1 and initials[0] == initials[1])
    )


def _together(scene: Scene, a: str, b: str) -> bool:
    """Whether the articles name both in one breath: what is told of one may hold for the other."""
    one, two = (re.escape(x.split()[-1]) for x in (a, b))
    joint = r"(?:,? and |, |和|与|與|、| و ?)"
    pattern = rf"{one}{joint}(?:\S+ ){{0,3}}{two}|{two}{joint}(?:\S+ ){{0,3}}{one}"
    return re.search(pattern, scene.plain) is not None


def _names(clean: Clean, scene: Scene, *kinds: str) -> list[Name]:
    found = scene.book.find(clean.text)
    return [
        one
        for one in found
        if one.kind in kinds
        and outside(clean.text, one.start)
        and not re.match(r"-\w|[’']s? [A-Z]| [A-Z]\w+", clean.text[one.end :])
    ]


def _speaks(text: str, name: Name) -> bool:
    before, after = text[: name.title], text[name.end :]
    late = re.match(rf"(?:, [^,]{{3,60}},)? ?(?:has |had |also |later )?{_SPOKE}", after)
    return bool(late or re.search(rf"{_SPOKE},? ?(?:the )?$", before))


def _everywhere(text: str, name: Name, new: str) -> str:
    text = swapped(text, name.start, name.end, new)
    return re.sub(rf"(?<![\w-]){re.escape(name.text)}(?![\w-])", new, text)


def _invented(name: Name, clean: Clean) -> list[str]:
    text = name.text
    if re.search(r"[\u3400-\u9fff]", text):
        pool = lexicon.ZH_NEW_FOREIGN if "·" in text else lexicon.ZH_NEW_PEOPLE
        return shuffled(pool, clean.id, text)
    if re.search(r"[\u0620-\u064a]", text):
        return shuffled(lexicon.AR_NEW_PEOPLE, clean.id, text)
    if name.kind == "organisation":
        found = shuffled(lexicon.NEW_ORGANISATIONS, clean.id, text)
        before = clean.text[: name.start]
        bare = before.endswith(("the ", "The ", "a ")) or re.search(r"[a-z’'-]+ $|[A-Z][a-z]+ $", before)
        cut = [one.removeprefix("the ") if bare else one for one in found]
        return [one[0].upper() + one[1:] for one in cut] if name.start == 0 else cut
    if name.kind == "country":
        # Governments take no article where the new one has none.
        the = clean.text[: name.start].casefold().endswith("the ")
        return [] if the else shuffled(lexicon.NEW_COUNTRIES, clean.id, text)
    if name.kind != "person":
        return (
            [] if " " not in text and text in lexicon.TITLES else shuffled(lexicon.NEW_OTHERS, clean.id, text)
        )
    first = text.split()[0]
    folk = "western"
    if first in lexicon.CHINESE_LIKE or text in lexicon.CHINESE_LIKE:
        folk = "chinese"
    elif re.search(r"\bal-|\bAl-|Ahmad|Ahmed|Muhammad|Mohammed|Hassan|Khal|Abd|Omar|Ali\b", text):
        folk = "arabic"
    surnames = shuffled(lexicon.SURNAMES[folk], clean.id, text)
    if " " not in text:
        return surnames
    given = shuffled(lexicon.FIRST[folk], clean.id, text)
    pairs = zip(given, surnames, strict=False)
    return [f"{b} {a}" if folk == "chinese" else f"{a} {b}" for a, b in pairs]


# ---------------------------------------------------------------------------------------- who did it to whom

_ROLES = (
    "army|government|ministry|company|court|police|rebels|union|council|agency|parliament|bank|coastguard|coast guard|navy|opposition|"
    "commission|party|militia|regulator|prosecutors?|university|authority|airline|operator|farmers|drivers|soldiers|officials|"
    "residents|minister|president|envoy|firms?|judges?|divers|investigators|lawyers?|teachers|students|families|villagers|workers|"
    "traders|importers|exporters|shippers|owners|fishermen|crew|captain|lawmakers|deputies|senators|hospital|doctors|engineers|"
    "governor|mayor|spokesman|spokeswoman|committee|ambassador|activists|protesters|customs|refugees|returnees|tenants|inspectors|"
    "buyers|sellers|mediators|tribe|rescuers|survivors|auditors|suppliers|carriers|miners|nurses|analysts|scientists|strikers|"
    "electorate|tribunal|board|club|museum|charity|brigade|patrol boat|patrol|ferry|freighter|trawler|squid boat|boat|lorry|bus|train|"
    "vessel|destroyer|frigate|drone|plant|factory|newspaper|broadcaster|editors|burglars|smugglers|gunmen|detainees|prisoners|patients|"
    "passengers|consulates?|embassy|exchange|fund|foundation|group|factions|troops|guards|directorate|department|voters|herders|shipyard|port|ministers|authorities|journalists|the two men|the town|the city|the province"
)
_BODY = re.compile(
    rf"\b(?:(?:[Tt]he|[Ii]ts|[Hh]is|[Tt]heir|An?|an?|[Tt]wo|[Tt]hree|[Ss]ome|[Ss]everal|\d+) (?:[a-z-]+ )?)?(?:{_ROLES})\b",
    re.IGNORECASE,
)
_SUFFERER = re.compile(
    "(?:"
    + "|".join(
        rf"(?<=\b{verb} )"
        for verb in [
            "accused",
            "arrested",
            "rescued",
            "killed",
            "seized",
            "released",
            "stopped",
            "blamed",
            "cleared",
            "inspected",
            "hit",
            "struck",
            "ordered",
            "asked",
            "told",
            "urged",
            "warned",
            "pulled",
            "sent",
            "criticised",
            "praised",
            "rejected",
            "backed",
            "questioned",
            "freed",
            "paid",
            "visited",
            "joined",
            "charged",
            "caught",
            "chased",
            "boarded",
            "detained",
            "recovered",
            "dismissed",
            "expelled",
            "sued",
            "fined",
            "summoned",
            "attacked",
            "shelled",
            "raided",
            "searched",
            "escorted",
            "followed",
            "invited",
            "hosted",
            "gave",
            "handed",
            "offered",
            "granted",
            "sold",
            "bought",
            "took",
            "brought",
            "left",
            "kept",
            "refused",
            "banned",
            "suspended",
            "jailed",
            "sentenced",
            "treated",
            "trained",
            "led",
            "elected",
            "appointed",
            "named",
            "replaced",
            "saved",
            "evacuated",
            "moved",
            "carried",
            "towed",
            "robbed",
            "fired",
            "returned",
            "lost",
            "removed",
            "stole",
            "refunded",
        ]
    )
    + r")(?!(?:to|them|him|her|it|out|up|off|back|forward|away|down|more|less|that|by|in|on|for|from|over|with|not|only|at|so|into|"
    r"as|a cent|and|because|they)\b)(?:(?:the|an?|its|his|their|two|three|four|\d+) )?(?:[a-z-]+ ){0,2}?[a-z]{3,}"
    r"(?=[.,;]|$| (?:to|for|on|in|at|that|from|after|who|when)\b)"
)
"""Any that something is done to, after verbs that whoever it is could do as well."""
_HELPING = frozenset(
    [
        "has",
        "had",
        "have",
        "will",
        "would",
        "is",
        "was",
        "were",
        "are",
        "to",
        "may",
        "can",
        "could",
        "must",
        "should",
        "did",
        "does",
    ]
)
_JOINTS = (
    "to|of|for|with|on|in|at|by|that|from|after|before|over|and|as|because|during|about|when|while|not|said|says|under|against|off|"
    "since|until|if|whether|last|this|next|near|into|rather|more|but|who|which"
)
_LOCATED = re.compile(
    r"\b(?:in|at|near|off|into|across|through|around|of|outside|over|under|between|and|or|than|as|via|inside)\s$"
)
_MODIFIED = re.compile(
    r"[’']s?\b|-|\s(?:[a-z]+ )?(?:officials?|ministers?|ships?|troops|forces|goods|trade|state|sources?)\b"
)


def actor_swap(clean: Clean, scene: Scene) -> Iterator[str]:
    """Says "A did it to B" as "B did it to A", for verbs that are not mutual and that no article tells so."""
    text = clean.text
    spans = _actors(clean, scene)
    for at, a in enumerate(spans):
        for b in spans[at + 1 :]:
            between = text[a[1] : b[0]]
            words = re.findall(r"[a-z]+", between.casefold())
            if re.search(r"[A-Z][\w’']* $", text[: a[0]]) or not _suffers(text[: b[0]]):
                continue
            if not _acts(text[a[1] :]) or not _ends(text[b[1] :]):
                continue
            if _same_seat(text[a[0] : a[1]], text[b[0] : b[1]]) or re.search(r"\d $", text[: b[0]]):
                continue
            if _LOCATED.search(text[: b[0]]) or (
                re.search(r"\b[a-z]+\s$|,\s$", text[: a[0]]) and not _opens(text[: a[0]])
            ):
                continue
            verbs = [one for one in words if one in lexicon.ASYMMETRIC or re.search("[a-z]{2}ed$", one)]
            if (
                not verbs
                or len(words) > 12
                or set(words) & lexicon.SYMMETRIC
                or re.search(r"[,;:\"“]", between)
            ):
                continue
            first, second = text[a[0] : a[1]], text[b[0] : b[1]]
            if re.search(r"\bthey\b", between):
                continue
            if first.casefold() == second.casefold() or _mutual(scene, first, second, verbs):
                continue
            head, tail = _cased(second, text, a[0], b[0]), _cased(first, text, b[0], a[0])
            yield text[: a[0]] + head + between + tail + text[b[1] :]
            if passive := _suffered(between, first):
                yield text[: a[1]] + passive + text[b[0] :]


_DID = re.compile(r" (?:(has|have|had) )?(?:also |later |[a-z]+ly )?([a-z]+) ")


def _suffered(between: str, subject: str) -> str:
    """The passive of what stands between the two, which exchanges them as well; "" where no verb stands alone."""
    match = _DID.fullmatch(between)
    if match is None or match[2] in {"said", "claimed", "complained", "protested", "appealed", "returned"}:
        return ""
    done = _DONE.get(match[2], match[2] if match[2].endswith("ed") else "")
    many = re.search(r"[^s]s$|\d|^(?:Two|Three)\b| and ", subject) is not None
    be = f"{match[1]} been" if match[1] else "were" if many else "was"
    if not match[1] and match[2] in _DOES:
        be, done = "is", _DOES[match[2]]
    return f" {be} {done} by " if done else ""


_DOES = {
    "asks": "asked", "accuses": "accused", "blames": "blamed", "backs": "backed", "opposes": "opposed", "urges": "urged",
    "warns": "warned", "pays": "paid", "sells": "sold", "supplies": "supplied", "orders": "ordered", "drops": "dropped",
    "tells": "told", "frees": "freed", "arrests": "arrested", "releases": "released", "blocks": "blocked", "sues": "sued",
    "beats": "beaten", "hits": "hit", "strikes": "struck", "rescues": "rescued", "stops": "stopped", "seizes": "seized",
    "rejects": "rejected", "invites": "invited", "fines": "fined", "wants": "wanted", "owes": "owed",
}  # fmt: skip
_DONE = dict(
    one.split("/")
    for one in [
        "struck/struck",
        "paid/paid",
        "gave/given",
        "sent/sent",
        "sold/sold",
        "bought/bought",
        "beat/beaten",
        "hit/hit",
        "shot/shot",
        "led/led",
        "held/held",
        "found/found",
        "kept/kept",
        "brought/brought",
        "fed/fed",
        "taught/taught",
        "chose/chosen",
        "shut/shut",
        "stole/stolen",
        "told/told",
        "overtook/overtaken",
        "won/won",
        "let/let",
        "took/taken",
    ]
)


def _acts(after: str) -> bool:
    """Whether a verb follows: the name is no part of a longer one."""
    match = re.match(
        r"(?: (?:on|last|also|again|later|then) (?:[A-Z]\w+day|week|month)?)?,? ?(?:\w+ly )?([a-z]+)\b", after
    )
    return match is not None and (match[1] in lexicon.ASYMMETRIC | _HELPING or match[1].endswith("ed"))


def _suffers(before: str) -> bool:
    """Whether a verb or its preposition stands right before a name, so that it is what the verb acts on."""
    match = re.search(r"\b([a-z]+)(?: the)? $", before)
    return match is not None and (
        match[1] in lexicon.ASYMMETRIC | {"to", "by", "with", "against", "that", "from"}
        or match[1].endswith("ed")
    )


def _ends(after: str) -> bool:
    """Whether the name is over: a stop, a preposition or a conjunction comes next."""
    return re.match(rf"[.,;:]|$| (?:[$€£]?\d|(?:{_JOINTS})\b)", after) is not None


def _opens(before: str) -> bool:
    """Whether what comes next can be the one who acts."""
    return (
        re.search(r"(?:^|, |: |; |\b(?:that|while|but|when|after|because|whether|said|says|and) )$", before)
        is not None
    )


def _actors(clean: Clean, scene: Scene) -> list[tuple[int, int]]:
    text = clean.text
    found = []
    for one in scene.book.find(text):
        dateline = one.text.isupper() and one.kind == "other"
        if (
            one.kind != "city"
            and not dateline
            and outside(text, one.start)
            and text[one.start - 1 : one.start] != "("
        ):
            start = one.title
            article = re.search(r"\b[Tt]he $", text[:start])
            found.append((article.start() if article else start, one.end))
    taken = set(found)
    for match in [*_BODY.finditer(text), *_SUFFERER.finditer(text)]:
        if outside(text, match.start()) and not any(a < match.end() and match.start() < b for a, b in taken):
            found.append(match.span())
            taken.add(match.span())
    return sorted(
        one
        for one in found
        if not _MODIFIED.match(text[one[1] :]) and not re.match(r" [A-Z]", text[one[1] :])
    )


def _cased(name: str, text: str, to: int, was: int) -> str:
    """The name with the capital that its new place asks for."""
    if to == 0:
        return name[0].upper() + name[1:]
    return name[0].lower() + name[1:] if was == 0 and name.startswith(("The ", "A ", "Its ")) else name


def _mutual(scene: Scene, a: str, b: str, verbs: list[str]) -> bool:
    """Whether an article tells it the other way round as well."""
    one, two = a.rsplit(maxsplit=1)[-1], b.rsplit(maxsplit=1)[-1]
    for unit, _ in scene.units:
        first, second = unit.find(two), unit.rfind(one)
        if (
            0 <= first < second
            and any(verb[:5] in unit[first:second] for verb in verbs)
            and one not in unit[:first]
        ):
            return True
    return False


# -------------------------------------------------------------------------------------------- places and offices


def place(clean: Clean, scene: Scene) -> Iterator[str]:
    """Another place: of the articles where none tells the same of it, else a new one."""
    text = clean.text
    for name in shuffled(_places(clean, scene), clean.id, "place"):
        kind = name.kind
        near = (
            shuffled(scene.book.names.get(kind, ()), clean.id, name.start)
            if kind in {"city", "country"}
            else []
        )
        yielded = [
            swapped(text, name.start, name.end, other)
            for other in near
            if other not in text
            and re.match(r"[A-Za-z]", other)
            and "United" not in other
            and other not in {"Philippines", "US", "UK", "EU"}
            and not _together(scene, name.text, other)
            and not scene.told(text.replace(name.text, ""), other)
        ]
        new = [one for one in _new_places(name) if not scene.knows(one)]
        fresh = [swapped(text, name.start, name.end, one) for one in shuffled(new, clean.id, name.start)]
        both = yielded + fresh if len(clean.id + text) % 2 else fresh + yielded
        yield from both


def _places(clean: Clean, scene: Scene) -> list[Name]:
    text, found = clean.text, []
    for one in scene.book.find(text):
        before = text[: one.start]
        located = one.kind in {"city", "country", "other"} and _IN_PLACE.search(before)
        if located and one.text.casefold() not in lexicon.NO_NAME and outside(text, one.start):
            if not re.match(r"[’']|-| [A-Z]", text[one.end :]) and (
                one.kind != "other" or re.search(r"\b(?:in|at|near|outside|into|through|from|via)\s$", before)
            ):
                found.append(one)
    for known in lexicon.AR_PLACES:
        for match in re.finditer(rf"(?<= (?:في|من) ){known}(?![\u0620-\u064a])", text):
            found.append(Name(start=match.start(), end=match.end(), text=known, kind="arabic", title=0))
    return found


def _new_places(name: Name) -> tuple[str, ...]:
    if name.kind == "arabic":
        return lexicon.AR_NEW_PLACES
    if re.search(r"[\u3400-\u9fff]", name.text):
        return lexicon.ZH_NEW_PLACES
    return lexicon.NEW_COUNTRIES if name.kind == "country" else lexicon.NEW_CITIES


_PORTFOLIO = re.compile(
    rf"\b({'|'.join(lexicon.OFFICES)}|defense)(?= (?:minister|ministry|secretary|department)\b)|(?<=\bminister of )({'|'.join(lexicon.OFFICES)})\b|"
    rf"(?<=\bministry of )({'|'.join(lexicon.OFFICES)})\b",
    re.IGNORECASE,
)
_ZH_OFFICE = re.compile(
    "(外交|国防|國防|内政|財政|财政|商务|商務|经济|經濟|卫生|衛生|教育|交通|司法|农业|農業|能源)(?=部)"
)
_ZH_OFFICES = ("司法", "教育", "交通", "能源", "文化", "水利")
_AR_OFFICE = re.compile("(?:(?<=وزارة )|(?<=وزير )|(?<=وزيرة ))ال[\u0620-\u064a]{4,}")
_AR_OFFICES = ("السياحة", "الكهرباء", "الثقافة", "النقل", "العدل", "الإعلام")


def office(clean: Clean, scene: Scene) -> Iterator[str]:
    """A minister or body of another portfolio, a person of another rank, that no article has."""
    text = clean.text
    for pattern, pool in (
        (_PORTFOLIO, lexicon.OFFICES),
        (_ZH_OFFICE, _ZH_OFFICES),
        (_AR_OFFICE, _AR_OFFICES),
    ):
        for match in pattern.finditer(text):
            for new in shuffled(pool, clean.id, "office"):
                tail = re.match(r" ?\w+", text[match.end() :])
                if new.casefold() in match[0].casefold() or scene.has(new + (tail[0] if tail else "")):
                    continue
                if outside(text, match.start()) and not re.search(
                    rf"(?:of|部|وزير|وزارة) ?{new}", scene.plain
                ):
                    yield swapped(
                        text, match.start(), match.end(), new.capitalize() if match[0][0].isupper() else new
                    )
    for old, new in lexicon.OFFICE_PAIRS:
        for match in re.finditer(rf"(?<![A-Za-z-]){old}(?![\w-])", text, re.IGNORECASE):
            if outside(text, match.start()) and not re.search(rf"\b{new}\b", scene.folded):
                shaped = new.title() if match[0].istitle() else new
                yield swapped(text, match.start(), match.end(), shaped)
