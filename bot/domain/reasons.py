"""The stored reasons of a story in the reader's language: of its rank, its articles, its topics.

Ranking, placing and filing write their reasons once, in English, beside the decision (``Importance.why``,
``Index.place``, ``Explained.why``). Here each clause that is known is said in other words; one that is not
stays as it is, so that a new reason is never lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from re import Match, Pattern

from bot.domain.cleaning import clean
from bot.domain.evidence import BY_MEANING
from bot.domain.wording import Wording
from bot.types import ArticleId, Placement, TopicMatch

_Says = Callable[[Match[str], Wording], str]


def ranked(why: str, wording: Wording) -> tuple[str, ...]:
    """The reasons of a story's rank, one by one."""
    said, asked = clean(why), ""
    if (found := _ASKED.search(said)) is not None:  # its words are a list of their own
        listed = found["words"].split(", ")
        after = [one for one in listed if any(pattern.fullmatch(one) for pattern, _ in _CLAUSES)]
        words = _listed([_asked_for(one, wording) for one in listed if one not in after], wording)
        said = ", ".join((said[: found.start()], *after))
        asked = wording(f"why.asked_{found['way']}", words=words)
    told = [_said(clause, wording) for clause in said.split(", ") if clause]
    return tuple([*told, asked] if asked else told)


def placed(placement: Placement, wording: Wording, numbers: Mapping[ArticleId, int]) -> str:
    """Why this article is in its story; ``numbers`` are the marks of the story's articles."""
    why = clean(placement.why)
    if (found := _LIKE.fullmatch(why)) is not None:
        if found["words"] == "by their meaning":
            return wording("why.joined_meaning", close=found["close"], need=found["need"])
        words = _listed(found["words"].split(", "), wording)
        return wording("why.joined", close=found["close"], need=found["need"], words=words)
    if (found := _NEAR.fullmatch(why)) is not None:
        return wording("why.founded_near", close=found["close"], need=found["need"])
    if _ALONE.fullmatch(why):
        return wording("why.founded")
    if (found := _REPRINT.fullmatch(why)) is not None:
        mark = numbers.get(placement.reprint_of) if placement.reprint_of is not None else None
        if mark is not None:
            return wording("why.reprint", share=found["share"], mark=f"[{mark}]")
    return wording.settle(why)


def matched(match: TopicMatch, wording: Wording) -> str:
    """Why a topic has it: the share of the articles and the terms, each with where it stands."""
    share, terms = "", clean(match.why)
    if (found := _SHARE.match(terms)) is not None:
        share = wording.count("why.share", int(found["some"]), total=wording.number(int(found["total"])))
        terms = terms[found.end() :]
    return wording.join([share, filed_by(terms, wording)])


def filed_by(why: str, wording: Wording) -> str:
    """What files an article under a topic: the terms, each with where it stands, or what it means."""
    return _listed([_term(each, wording) for each in clean(why).split(", ") if each], wording)


def unfiled(reason: str, wording: Wording, names: Mapping[str, str]) -> str:
    """Why a piece is in no topic; ``names`` are the topics' names by slug."""
    found = _NONE.search(clean(reason))
    if found is None:
        return wording.settle(clean(reason))
    name = wording.settle(clean(names.get(found["topic"], found["topic"])))
    return wording("why.no_topic", topic=name, close=found["close"], need=found["need"])


_LIKE = re.compile(r"likeness (?P<close>-?[\d.]+), (?P<need>[\d.]+) needed(?: \([^:]*\))?: (?P<words>.+)")
_NEAR = re.compile(
    r"nearest story \d+(?: at|: likeness) (?P<close>-?[\d.]+), (?P<need>[\d.]+) needed(?: \(.*\))?"
)
_ALONE = re.compile(r"nothing like it is open(?:, [\d.]+ needed)?")
_ASKED = re.compile(r"(?:^|, )this chat asked for (?P<way>more|less): (?P<words>.+)")
_REPRINT = re.compile(r"(?P<share>\d+%) of the shorter text stands in article \d+ word for word")
_SHARE = re.compile(r"(?P<some>\d+) of (?P<total>\d+) articles; ")
_TERM = re.compile(r"(?P<term>.+) \((?P<place>title|lede|lead|body)\)")
_NONE = re.compile(
    r"in none of the topics \(nearest: (?P<topic>[^,]+), (?P<close>[\d.]+) of the (?P<need>[\d.]+)"
)


def _fresh(found: Match[str], wording: Wording) -> str:
    total, hours = wording.number(int(found[2])), wording.number(int(found[3]))
    return wording.count("why.fresh", int(found[1]), total=total, hours=hours)


_CLAUSES: tuple[tuple[Pattern[str], _Says], ...] = (
    (re.compile(r"single source: 1 independent outlet"), lambda _, wording: wording("story.single_source")),
    (
        re.compile(r"(\d+) independent outlets?"),
        lambda found, wording: wording.count("story.voices", int(found[1])),
    ),
    (re.compile(r"(\d+) of (\d+) articles in (\d+) h"), _fresh),
    (
        re.compile(r"last (\d+) h ago"),
        lambda found, wording: wording("why.last", ago=wording.ago(timedelta(hours=int(found[1])))),
    ),
    (re.compile(r"told before"), lambda _, wording: wording("why.told")),
    (re.compile(r"state media only"), lambda _, wording: wording("why.state_media")),
    (re.compile(r"much like one above"), lambda _, wording: wording("why.like_above")),
    (re.compile(r"the same single outlet as one above"), lambda _, wording: wording("why.same_outlet")),
)


def _said(clause: str, wording: Wording) -> str:
    for pattern, says in _CLAUSES:
        if (found := pattern.fullmatch(clause)) is not None:
            return says(found, wording)
    return wording.settle(clause)


def _asked_for(word: str, wording: Wording) -> str:
    return wording("why.this_story") if word == "this story" else word


def _term(said: str, wording: Wording) -> str:
    if said == BY_MEANING:
        return wording("why.alike")
    found = _TERM.fullmatch(said)
    if found is None:
        return wording.settle(said)
    place = wording(f"why.place_{found['place']}")
    return f"{wording.settle(found['term'])} ({place})"


def _listed(words: list[str], wording: Wording) -> str:
    return wording("footer.comma").join(wording.settle(word) for word in words)
