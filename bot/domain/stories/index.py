"""Articles → stories: each article into the open story that it is most like, or into a new one.

One pass in the order of arrival. Likeness is that of words, names and meaning (:mod:`.features`) to the story
as a whole and to its nearest article, less for every day between them and for a story's size; a short text
needs less of it than a long one. What later turns out to be one event is merged. ``dateline eval clustering``
measures this very code; the constants were chosen together on four labelled sets (English roundups, a
multilingual month, confusable events, headlines), in the middle of a flat optimum.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import numpy as np

from bot.domain import reprints
from bot.domain.articles import turn
from bot.domain.stories.features import Features, Incoming, Placed, Read, Vector, blank, read
from bot.domain.stories.judging import LARGE, Judgement, judge, one_event, shared, threshold
from bot.domain.stories.open import Member, Open, is_copy, voice
from bot.domain.stories.search import CANDIDATES, Postings, Vectors
from bot.domain.stories.words import Counts, Usual, Words, nothing
from bot.types import (
    Article,
    ArticleId,
    Correction,
    Outlet,
    OutletId,
    Placement,
    PlacementKind,
    Story,
    StoryId,
    TopicMatch,
)


class Index:
    """Open stories with their words: mutable, pure, rebuilt from rows after a restart.

    Placing costs a bounded number of look-ups however many stories are open. What is older than
    :attr:`WINDOW` is forgotten by :meth:`expire`.

    Args:
        next_id: what the next new story is called; ids are never given twice.
        usual: word lists, see :mod:`.words`.
    """

    WINDOW: ClassVar[timedelta] = timedelta(days=4)

    def __init__(self, next_id: int = 1, usual: Usual = nothing) -> None:
        self.placed = 0
        """The store's number of the last placement that is in here; who writes the rows keeps it."""
        self.corrections: list[Correction] = []
        """Made since somebody last took them out."""
        self.unreadable: list[tuple[ArticleId, str]] = []
        """Articles that made grouping fail, and how: each is a story of its own."""
        self.counted: Counts | None = None
        """New counts, frozen after the last batch, until somebody takes them out."""
        self._words = Words(usual)
        self._next = next_id
        self._numbers = itertools.count(1)
        self._open: dict[StoryId, Open] = {}
        self._postings = Postings()
        self._vectors = Vectors()
        self._texts = reprints.Texts(self.WINDOW)
        self._story_of: dict[ArticleId, StoryId] = {}
        self._apart: dict[StoryId, set[StoryId]] = {}
        self._waiting: deque[tuple[int, Counts]] = deque()  # counts to come, while it is rebuilt
        self._recount = False
        self._ending: list[tuple[datetime, StoryId]] = []  # a heap: no open story's last article is earlier

    @classmethod
    def rebuild(
        cls,
        rows: Iterable[Placed],
        outlet: Callable[[OutletId], Outlet],
        *,
        next_id: int = 1,
        usual: Usual = nothing,
        counts: Mapping[int, Counts] | None = None,
        apart: Iterable[tuple[StoryId, StoryId]] = (),
        watch: Callable[[Index, Incoming, int], None] | None = None,
    ) -> Index:
        """The index as it was after these placements, given in the order in which they were made.

        Args:
            rows: whole stories; those that are no longer open may be left out, if ``counts`` are given.
            outlet: who publishes under an id.
            next_id: as for a new index.
            usual: as for a new index.
            counts: by the number of the placement after which they were frozen; None: the counts are made
                again from the rows, which must then be all there ever were.
            apart: pairs of stories that a person has split.
            watch: called before each article is taken in, with the index as it was then, the article and the
                number of its placement: how ``explain`` reckons again.
        """
        index = cls(next_id, usual)
        index.restart(counts, apart)
        index.restore(rows, outlet, watch)
        index.restored()
        return index

    def restart(
        self, counts: Mapping[int, Counts] | None, apart: Iterable[tuple[StoryId, StoryId]] = ()
    ) -> None:
        """Begin to rebuild an empty index: :meth:`rebuild` in parts, for a window not read at once."""
        for one, other in apart:
            self._keep_apart(one, other)
        self._recount = counts is None
        self._waiting = deque(sorted((counts or {}).items()))

    def restore(
        self,
        rows: Iterable[Placed],
        outlet: Callable[[OutletId], Outlet],
        watch: Callable[[Index, Incoming, int], None] | None = None,
    ) -> None:
        """Take in the next placements of those that the index is rebuilt from."""
        for number, article, placement, vector in rows:
            while self._waiting and self._waiting[0][0] < number:
                self._words.use(self._waiting.popleft()[1])
            row = Incoming(article, outlet(article.outlet), placement.topics, vector)
            if watch is not None:
                watch(self, row, number)
            self._write(row, placement)
            if self._recount:
                self._words.settle()

    def restored(self) -> None:
        """These were all placements: articles can be placed now."""
        while self._waiting:
            self._words.use(self._waiting.popleft()[1])

    def __len__(self) -> int:
        return len(self._open)

    # ------------------------------------------------------------------------------------------- placing

    def place_batch(
        self, batch: Sequence[Incoming | tuple[Article, Outlet, tuple[TopicMatch, ...]]]
    ) -> tuple[Placement, ...]:
        """Placements of a batch, in their :func:`turn`: order of arrival within it changes nothing."""
        rows = [Incoming(*row) for row in batch]
        ordered = sorted(rows, key=lambda row: turn(row.article))
        placements = tuple(self._place(row) for row in ordered)
        self.counted = self._words.settle() or self.counted
        return placements

    def place(
        self,
        article: Article,
        outlet: Outlet,
        topics: tuple[TopicMatch, ...] = (),
        vector: Vector | None = None,
    ) -> Placement:
        """Where this article belongs; the index has it afterwards."""
        return self.place_batch([Incoming(article, outlet, topics, vector)])[0]

    def _place(self, row: Incoming) -> Placement:
        try:
            got = read(row.article, self._words, row.vector)
            runs = reprints.runs(row.article.text)
            placement, near = self._decide(row, got, runs)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other articles are to be placed
            self.unreadable.append((row.article.id, f"{type(error).__name__}: {error}"))
            got, runs = blank(row.article), reprints.runs("")
            placement, near = self._alone(row, "it could not be read"), []
        self._add(row, placement, got, runs)
        if placement.kind is PlacementKind.JOIN:
            self._merge_near(self._open[placement.story], near)
        return placement

    def _decide(self, row: Incoming, got: Read, runs: reprints.Runs) -> tuple[Placement, list[Open]]:
        original = self._texts.original(runs, row.article.published_at)
        if original is not None:
            of, share = original
            placement = Placement(
                article=row.article.id,
                kind=PlacementKind.DUPLICATE,
                story=self._story_of[of],
                similarity=share,
                why=f"{share:.0%} of the shorter text stands in article {of} word for word",
                reprint_of=of,
                topics=row.topics,
            )
            return placement, []
        stories = self._candidates(got.features, row.article.published_at)
        found = judge(row.article, got.features, stories)
        if found.story is None or found.margin < 0:
            why = f"nearest story {found.story.id}: {found.why}" if found.story else "nothing like it is open"
            return self._alone(row, why, found.likeness), []
        placement = Placement(
            article=row.article.id,
            kind=PlacementKind.JOIN,
            story=found.story.id,
            similarity=round(found.likeness, 4),
            why=f"{found.why}: {shared(got, found.story)}",
            topics=row.topics,
        )
        return placement, found.near

    def _alone(self, row: Incoming, why: str, likeness: float = 0.0) -> Placement:
        return Placement(
            article=row.article.id,
            kind=PlacementKind.FOUND,
            story=StoryId(self._next),
            similarity=round(likeness, 4),
            why=why,
            topics=row.topics,
        )

    def weighed(self, row: Incoming) -> tuple[Read, tuple[tuple[Open, Judgement], ...]]:
        """An article as it is compared, and each of the nearest stories with what is judged of it.

        Nearest first, and of each the judgement that it would get if it stood alone; nothing is placed.
        """
        article = row.article
        got = read(article, self._words, row.vector)
        near = judge(article, got.features, self._candidates(got.features, article.published_at)).near
        return got, tuple((story, judge(article, got.features, [story])) for story in near)

    def _candidates(self, one: Features, at: datetime) -> list[Open]:
        top = dict(zip(one.top.tolist(), one.values[np.searchsorted(one.ids, one.top)].tolist(), strict=True))
        found = dict.fromkeys(self._postings.search(top, CANDIDATES))
        for article in self._vectors.search(one):
            if article in self._story_of:
                found[self._story_of[article]] = None
        days = self.WINDOW.total_seconds() / 86400
        stories = [self._open[ident] for ident in found]
        return [story for story in stories if story.size and story.gap(at) <= days]

    # ------------------------------------------------------------------------------------------- writing

    def _write(self, row: Incoming, placement: Placement) -> None:
        """Take in what was decided before."""
        try:
            got = read(row.article, self._words, row.vector)
            runs = reprints.runs(row.article.text)
        except Exception:  # noqa: BLE001 - as when it was placed
            got, runs = blank(row.article), reprints.runs("")
        self._add(row, placement, got, runs)

    def _add(self, row: Incoming, placement: Placement, got: Read, runs: reprints.Runs) -> None:
        article = row.article
        member = Member(
            number=next(self._numbers),
            article=article.id,
            title=article.title,
            at=article.published_at,
            voice=voice(article, row.outlet),
            need=threshold(got.features, vectors=got.features.meaning is not None),
            features=got.features,
            copy=is_copy(placement),
            topics=placement.topics,
        )
        story = self._open.get(placement.story)
        if story is None:
            story = self._open[placement.story] = Open(placement.story)
            self._next = max(self._next, placement.story + 1)
            heapq.heappush(self._ending, (article.published_at, story.id))
        story.add([member])
        self._list(story, got.features)
        self._words.learn(got.seen, got.features.language)
        self._texts.add(article.id, runs, article.published_at)
        if not member.copy:
            self._vectors.add(article.id, got.features)
        self._story_of[article.id] = story.id

    def _list(self, story: Open, one: Features) -> None:
        self._postings.add(story.unlisted(one.top).tolist(), story.id)

    def story(self, ident: StoryId) -> Story:
        """The story as it stands. Raises KeyError when it is not open."""
        return self._open[ident].told()

    def is_open(self, ident: StoryId) -> bool:
        """Whether a story still takes articles (and was not merged into another)."""
        return ident in self._open

    def taken(self) -> tuple[tuple[Correction, ...], tuple[tuple[ArticleId, str], ...], Counts | None]:
        """Corrections, unreadable articles and new counts since somebody last took them."""
        found = tuple(self.corrections), tuple(self.unreadable), self.counted
        self.corrections, self.unreadable, self.counted = [], [], None
        return found

    def story_of(self, article: ArticleId) -> StoryId:
        """The open story that has the article now. Raises KeyError when none has."""
        return self._story_of[article]

    def expire(self, now: datetime) -> int:
        """Forget stories whose last article is older than the window; gives how many."""
        ended: dict[StoryId, Open] = {}
        while self._ending and now - self._ending[0][0] > self.WINDOW:
            last, ident = heapq.heappop(self._ending)
            story = self._open.get(ident)
            if story is None or story.last is None:
                continue
            if story.last > last:  # it went on
                heapq.heappush(self._ending, (story.last, ident))
            else:
                ended[ident] = story
        for story in ended.values():
            self._close(story)
            for member in story.members:
                self._texts.forget(member.article)
                self._story_of.pop(member.article, None)
        self._words.trim()
        return len(ended)

    def _close(self, story: Open) -> None:
        self._postings.remove(story.listed.tolist(), story.id)
        del self._open[story.id]

    # --------------------------------------------------------------------------------------- corrections

    def merge(self, one: StoryId, other: StoryId, *, by_hand: bool = True, why: str = "") -> Correction:
        """Make one story of two: the older one's id stays. Raises KeyError when one of them is not open."""
        first, second = self._open[min(one, other)], self._open[max(one, other)]
        if first is second:
            raise KeyError(one)
        moved = tuple(member.article for member in second.members)
        members = sorted(first.members + second.members, key=lambda member: member.number)
        self._close(second)
        again = self._open[first.id] = Open(first.id, listed=first.listed)
        again.add(members)
        self._postings.add(again.unlisted(second.listed).tolist(), first.id)
        self._story_of.update(dict.fromkeys(moved, first.id))
        for enemy in self._apart.pop(second.id, set()) - {first.id}:
            self._apart[enemy].discard(second.id)
            self._keep_apart(first.id, enemy)
        self._apart.get(first.id, set()).discard(second.id)
        done = Correction(source=second.id, target=first.id, articles=moved, by_hand=by_hand, why=why)
        self.corrections.append(done)
        return done

    def split(self, ident: StoryId, articles: Iterable[ArticleId], *, why: str = "") -> Correction:
        """Take these articles out of a story into a new one; nothing merges the two again.

        Raises:
            KeyError: the story is not open, or has none of the articles, or would be empty.
        """
        story, wanted = self._open[ident], set(articles)
        moved = [member for member in story.members if member.article in wanted]
        stay = [member for member in story.members if member.article not in wanted]
        if not moved or not stay:
            raise KeyError(ident)
        new = self._open[StoryId(self._next)] = Open(StoryId(self._next))
        self._next += 1
        self._refill(story, stay)
        self._refill(new, moved)
        self._keep_apart(ident, new.id)
        done = Correction(
            source=ident,
            target=new.id,
            articles=tuple(member.article for member in moved),
            split=True,
            by_hand=True,
            why=why,
        )
        self.corrections.append(done)
        return done

    def _keep_apart(self, one: StoryId, other: StoryId) -> None:
        self._apart.setdefault(one, set()).add(other)
        self._apart.setdefault(other, set()).add(one)

    def _refill(self, story: Open, members: list[Member]) -> None:
        """Build a story again from these members, in their order: what a restart would make of it."""
        self._postings.remove(story.listed.tolist(), story.id)
        again = self._open[story.id] = Open(story.id)
        again.add(members)
        assert again.last is not None
        heapq.heappush(self._ending, (again.last, story.id))  # earlier than before, perhaps
        for member in members:
            self._list(again, member.features)
            self._story_of[member.article] = story.id

    def _merge_near(self, story: Open, near: Sequence[Open]) -> None:
        """Merge the grown story with the one that it now is most like, if that is enough."""
        best, by = None, 0.0
        for other in near:
            if other.id not in self._open or other is story or other.id in self._apart.get(story.id, ()):
                continue
            if len(story.members) + len(other.members) > LARGE:
                continue
            likeness, need = one_event(story, other)
            if likeness - need >= by:
                best, by = (other, likeness, need), likeness - need
        if best is not None:
            other, likeness, need = best
            self.merge(story.id, other.id, by_hand=False, why=f"likeness {likeness:.2f}, {need:.2f} needed")
