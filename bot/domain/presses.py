"""What readers' presses on cards change in their chat's next digest.

Four kinds of press (:class:`bot.types.Press`); only those that count are heeded, votes wait for who learns
from them. ``Feedback.shown`` holds what was on the card: ``articles`` (ids), ``terms`` (the story's main
terms), for a wrong topic ``belongs`` (the right one, "" for none), for what is not the same ``odd`` (the
article that does not belong).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.domain import terms
from bot.domain.digests import Candidate
from bot.types import ArticleId, Feedback, Press, Story, StoryId, TopicSlug

MAIN = 8
"""Terms that stand for a story."""
ALIKE = 2
"""Main terms that make two stories alike: one alone is often a country's name."""
LIKED, DISLIKED = 1.4, 0.6
"""What a press does to the score of stories alike; a voice more of three is worth 1.16."""
STEPS = 3
"""Presses of one direction that add up; more would silence a whole country."""


def main_terms(titles: Sequence[str]) -> tuple[str, ...]:
    """What a story is about, in at most ``MAIN`` words: names first, then what most headlines share."""
    named: Counter[str] = Counter()
    shared: Counter[str] = Counter()
    for title in titles:
        named.update({term for term in terms.entities(title, "") if " " not in term and not term.isdigit()})
        shared.update(set(terms.content_words(title)))
    ordered = sorted(shared, key=lambda term: (-(shared[term] + named[term]), -named[term], term))
    return tuple(ordered[:MAIN])


def counted(examples: Iterable[Feedback]) -> tuple[Feedback, ...]:
    """Those that change a digest."""
    return tuple(example for example in examples if example.counts)


def kept(story: Story, examples: Sequence[Feedback]) -> Story | None:
    """The story without the articles that were said to be of another; None when nothing is left of it."""
    odd = {
        ArticleId(int(example.shown["odd"]))
        for example in examples
        if example.press is Press.NOT_SAME and example.story == story.id and example.shown.get("odd")
    }
    left = tuple(article for article in story.articles if article not in odd)
    return replace(story, articles=left) if left else None


def heed(
    listed: Mapping[TopicSlug, Sequence[Candidate]],
    examples: Sequence[Feedback],
    about: Mapping[StoryId, Sequence[str]],
) -> dict[TopicSlug, list[Candidate]]:
    """The candidates of each topic as this chat wants them, in the order given.

    A story that it wants less of is gone until it grew a lot, one in the wrong topic stands in the right one
    (or nowhere); stories alike count for more or less.

    Args:
        listed: topic -> candidates.
        examples: what counts in this chat.
        about: story -> its main terms.
    """
    wrong = {(one.story, one.topic): one for one in examples if one.press is Press.WRONG_TOPIC}
    made: dict[TopicSlug, list[Candidate]] = {slug: [] for slug in listed}
    moved: dict[TopicSlug, list[Candidate]] = {slug: [] for slug in listed}
    for slug, candidates in listed.items():
        for candidate in candidates:
            if _silenced(candidate.story, examples):
                continue
            weighed = _weighed(candidate, examples, about.get(candidate.story.id, ()))
            said = wrong.get((candidate.story.id, slug))
            if said is None:
                made[slug].append(weighed)
            elif (right := TopicSlug(str(said.shown.get("belongs") or ""))) in moved:
                moved[right].append(weighed)
    for slug, candidates in moved.items():
        there = {candidate.story.id for candidate in made[slug]}
        made[slug] += [candidate for candidate in candidates if candidate.story.id not in there]
    return made


def _silenced(story: Story, examples: Sequence[Feedback]) -> bool:
    """Whether less was wanted of this very story, and it has not grown a lot since."""
    for example in examples:
        if example.press is Press.LESS and example.story == story.id:
            then = len(example.shown.get("articles") or ())
            return len(story.articles) < max(2 * then, then + 3)
    return False


def _weighed(candidate: Candidate, examples: Sequence[Feedback], about: Sequence[str]) -> Candidate:
    step, words = 0, Counter[str]()
    for example in examples:
        if example.press not in (Press.MORE, Press.LESS):
            continue
        shared = set(about) & set(example.shown.get("terms") or ())
        if example.story == candidate.story.id or len(shared) >= ALIKE:
            step += 1 if example.press is Press.MORE else -1
            words.update(["this story"] if example.story == candidate.story.id else shared)
    step = max(-STEPS, min(STEPS, step))
    if not step:
        return candidate
    factor = LIKED**step if step > 0 else DISLIKED**-step
    said = ", ".join(sorted(words, key=lambda word: (-words[word], word))[:3])
    why = f"{candidate.why}, this chat asked for {'more' if step > 0 else 'less'}: {said}"
    return replace(candidate, score=round(candidate.score * factor, 4), why=why)
