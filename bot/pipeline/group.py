"""Articles → topics → stories: one writer, in (time, id) order, so that luck decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from bot.domain.stories import Counts, Incoming, Index, Placed
from bot.errors import Broken, Misconfigured, Transient
from bot.events import logger
from bot.pipeline.catalogue import Catalogue, catalogue
from bot.pipeline.likeness import likened
from bot.pipeline.meanings import PATIENCE, embedder_failed, meanings, understood
from bot.ports import Deps, Step
from bot.types import Article, ArticleId, Correction, Story, StoryId, TopicMatch

log = logger("group")

Vectors = Mapping[ArticleId, NDArray[Any]]
EMBEDDED_AT_ONCE = 500  # articles
RESTORED_AT_ONCE = 500
"""Articles read at once when the index is rebuilt: the texts of 100,000 would be half a gigabyte."""


async def place(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Route and place every article that has no placement yet."""
    del step
    book = await likened(deps)
    placed, ahead = 0, asyncio.create_task(_vectors(deps, ()))
    try:
        while True:
            async with deps.store.begin() as tx:
                waiting = await tx.unplaced(2 * deps.rules.place_batch)
            waiting, following = waiting[: deps.rules.place_batch], waiting[deps.rules.place_batch :]
            if not waiting:
                break
            index = await _index(deps)
            index.expire(deps.clock.now())
            known, new = await _vectors(deps, waiting, await ahead)
            # The next batch is embedded, by other processes, while this one is placed.
            ahead = asyncio.create_task(_vectors(deps, following))
            try:
                done = await _placed(deps, index, book, waiting, (known, new))
            except _LostPostError:
                log.warning("place_left", why="another process places")
                return ()
            placed += done
            if done:
                deps.desk.progress("stories", placed, placed)
    except _LostPostError:
        log.warning("place_left", why="another_process_places")
    finally:
        ahead.cancel()
    if placed:
        log.info("articles_placed", articles=placed)
    return ()


async def _placed(
    deps: Deps, index: Index, book: Catalogue, waiting: Sequence[Article], vectors: tuple[Vectors, Vectors]
) -> int:
    """Route and place a batch; how many were. ``vectors``: all that are known, and the new ones of them."""
    known, new = vectors
    batch = [
        Incoming(
            article,
            book.outlets.get(article.outlet),
            _routed(book, article, known.get(article.id)),
            known.get(article.id),
        )
        for article in waiting
    ]
    try:
        return await _write(deps, index, batch, new)
    except BaseException:
        deps.desk.index = None  # it is ahead of the rows now; rebuild it from them
        raise


async def _write(deps: Deps, index: Index, batch: Sequence[Incoming], new: Vectors) -> int:
    """Place a batch and store what came of it; 0 when somebody else has written stories meanwhile."""
    # In a thread: a batch of much alike texts may take seconds, and people wait for answers meanwhile.
    placements = await asyncio.to_thread(index.place_batch, batch)
    corrections, unreadable, counted = index.taken()
    touched = {one.story for one in placements} | {one.target for one in corrections}
    stories = [index.story(ident) for ident in sorted(touched) if index.is_open(ident)]
    async with deps.store.begin() as tx:
        if deps.desk.placer is not None and not await tx.holds(PLACER, deps.desk.placer):
            raise _LostPostError
        ours = await tx.story_writer() == index.placed
        if ours:
            await tx.apply(placements, stories, corrections)
            if deps.embedder is not None:
                await tx.put_vectors(deps.embedder.name, new)
            if counted is not None:
                await tx.put_word_counts(counted.packed())
            index.placed = await tx.story_writer()
    if not ours:  # another process has placed since: what we would write knows nothing of it
        deps.desk.index = None
        return 0
    now, read_at = deps.clock.now(), {one.article.id: one.article.seen_at for one in batch}
    deps.meters.placed([(now - read_at[one.article]).total_seconds() for one in placements])
    for article, error in unreadable:
        log.error("article_unreadable", article=article, error=error)
    for one in corrections:
        log.info("story_merged", story=one.source, into=one.target, why=one.why)
    return len(placements)


PLACER = "placer"
"""The lease of the one process that places articles, where there are many."""


class _LostPostError(Exception):
    """This process slept beyond its lease: it writes nothing any more."""


def _routed(book: Catalogue, article: Article, vector: NDArray[Any] | None) -> tuple[TopicMatch, ...]:
    """The topics of an article; none when looking for them fails: it must not hold up all others."""
    feed = book.feeds.get(article.feed)
    hints = feed.topics if feed else ()
    try:
        return book.router.match(article.title, article.text, article.language, hints, vector)
    except Exception:
        log.exception("article_unroutable", article=article.id)
        return ()


async def _vectors(
    deps: Deps, waiting: Sequence[Article], ahead: tuple[Vectors, Vectors] | None = None
) -> tuple[Vectors, Vectors]:
    """The vectors of these articles, and which of them are new. Stories go on without an embedder.

    ``ahead``: what was found so before, of articles that may be among these.
    """
    if deps.embedder is None or not waiting:
        return {}, {}
    stored, made = ahead or ({}, {})
    new = {article.id: made[article.id] for article in waiting if article.id in made}
    known = {article.id: stored[article.id] for article in waiting if article.id in stored}
    sought = [article for article in waiting if article.id not in known]
    if sought:
        async with deps.store.begin() as tx:
            known |= await tx.vectors(deps.embedder.name, [article.id for article in sought])
    missing = [article for article in sought if article.id not in known]
    if not missing or deps.clock.monotonic() < deps.desk.embed_after:
        return known, new
    try:
        more = await meanings(deps.embedder, deps.desk, missing)
    except (Transient, Broken) as error:
        embedder_failed(deps, error)
        return known, new
    return {**known, **more}, {**new, **more}


async def _index(deps: Deps) -> Index:
    """The process's index, rebuilt from rows when there is none."""
    if not isinstance(deps.desk.index, Index):
        deps.desk.index = await rebuilt(deps)
    index: Index = deps.desk.index
    return index


async def rebuilt(deps: Deps, watch: Callable[[Index, Incoming, int], None] | None = None) -> Index:
    """An index of one's own, from the rows; ``watch`` sees it before each article (:meth:`Index.rebuild`)."""
    book = await catalogue(deps)
    async with deps.store.begin() as tx:
        placed = await tx.story_writer()
        counts = await tx.word_counts()
        numbers = await tx.placed_numbers(deps.clock.now() - Index.WINDOW, max(counts, default=0))
        last = await tx.last_story_id()
        apart = await tx.split_stories()
    index = Index(last + 1, deps.usual)
    index.restart({number: Counts.unpacked(body) for number, body in counts.items()}, apart)
    for start in range(0, len(numbers), RESTORED_AT_ONCE):
        rows = await _restored(deps, numbers[start : start + RESTORED_AT_ONCE])
        await asyncio.to_thread(index.restore, rows, book.outlets.get, watch)
    index.restored()
    index.placed = placed  # if somebody writes stories meanwhile, this is no longer theirs
    return index


async def _restored(deps: Deps, numbers: Sequence[int]) -> list[Placed]:
    """The placements of these numbers."""
    vectors: Vectors = {}
    async with deps.store.begin() as tx:
        rows = await tx.placed(numbers)
        if deps.embedder is not None:
            vectors = await tx.vectors(deps.embedder.name, [article.id for _, article, _ in rows])
    return [Placed(number, article, one, vectors.get(article.id)) for number, article, one in rows]


async def owes_vectors(deps: Deps) -> bool:
    """Whether placed articles of the window wait for vectors of this embedder: it is new, or it was away."""
    embedder, desk = deps.embedder, deps.desk
    now = deps.clock.monotonic()
    if embedder is None or now < desk.embed_after:
        return False
    if desk.embedded == embedder.name and (not deps.spread or now < desk.embedded_at + PATIENCE):
        return False  # on many machines, others' embedders may have been away
    since = deps.clock.now() - Index.WINDOW
    async with deps.store.begin() as tx:
        waiting = await tx.unembedded(embedder.name, since, embedder.languages, 1)
    if not waiting:
        desk.embedded, desk.embedded_at = embedder.name, now
    return bool(waiting)


async def embed(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Give every article of the window its vector; the stories are compared by them from then on."""
    del step
    embedder, done = deps.embedder, 0
    while embedder is not None:
        since = deps.clock.now() - Index.WINDOW
        async with deps.store.begin() as tx:
            waiting = await tx.unembedded(embedder.name, since, embedder.languages, EMBEDDED_AT_ONCE)
        waiting = tuple(article for article in waiting if understood(embedder, article))
        if not waiting:
            deps.desk.embedded = embedder.name
            break
        try:
            found = await meanings(embedder, deps.desk, waiting)
        except (Transient, Broken) as error:
            embedder_failed(deps, error)
            break
        async with deps.store.begin() as tx:
            await tx.put_vectors(embedder.name, found)
        done += len(found)
    if done:
        deps.desk.index = None
        log.info("articles_embedded", articles=done)
    return ()


async def correct(
    deps: Deps, one: StoryId, *, other: StoryId | None = None, articles: Sequence[ArticleId] = ()
) -> Correction:
    """A person's word: one story with ``other``, or these ``articles`` a story of their own, for ever.

    Raises:
        Misconfigured: no such story, or one that takes no articles any more; articles that it has not, or all
            of them.
        Transient: somebody else was writing stories; try again.
    """
    async with deps.store.begin() as tx:
        first, second = await tx.story(one), await tx.story(other) if other is not None else None
    index = await _own(deps)
    first = _open(index, first, one)
    if other is not None:
        second = _open(index, second, other)
        if first.id == second.id:
            hint = f"`dateline stories explain {first.id}` shows it"
            raise Misconfigured("these two are one story already", hint=hint, story=first.id)
        return await _corrected(deps, index, lambda: index.merge(first.id, second.id, why=BY_HAND))
    _check_split(first, articles)
    return await _corrected(deps, index, lambda: index.split(first.id, articles, why=BY_HAND))


async def undo(deps: Deps, number: int) -> Correction:
    """Take a correction back, a person's or the bot's own: what was merged is split, what was split merged.

    A merged story comes back under a new number, and its old address leads there.

    Raises:
        Misconfigured: no such correction, or its stories are not as it left them.
        Transient: as :func:`correct`.
    """
    async with deps.store.begin() as tx:
        done = await tx.correction(number)
    if done is None:
        hint = "`dateline stories corrections` lists them"
        raise Misconfigured("no such correction", hint=hint, correction=number)
    if done.split:
        return await correct(deps, done.source, other=done.target)
    index = await _own(deps)
    async with deps.store.begin() as tx:
        story = _open(index, await tx.story(done.target), done.target)
    moved = tuple(article for article in done.articles if article in set(story.articles))
    _check_split(story, moved)
    return await _corrected(
        deps, index, lambda: index.split(story.id, moved, why=f"correction {number} undone"), done.source
    )


BY_HAND = "by hand"


async def _own(deps: Deps) -> Index:
    """An index to correct, not the desk's: that may be placing articles in a thread at this moment."""
    index = await rebuilt(deps)
    index.expire(deps.clock.now())
    return index


def _open(index: Index, story: Story | None, ident: StoryId) -> Story:
    """The story as the index has it, under whatever number it goes now."""
    if story is None:
        hint = "`dateline stories list` names those of the last days"
        raise Misconfigured("no such story", hint=hint, story=ident)
    if not index.is_open(story.id):
        days = Index.WINDOW.days
        hint = f"only stories with an article of the last {days} days can be corrected"
        raise Misconfigured("this story takes no articles any more", hint=hint, story=story.id)
    return index.story(story.id)


def _check_split(story: Story, articles: Sequence[ArticleId]) -> None:
    hint = f"`dateline stories explain {story.id}` lists its articles"
    if not articles:
        raise Misconfigured("no articles to take out", hint=hint, story=story.id)
    for article in articles:
        if article not in story.articles:
            raise Misconfigured("the story has no such article", hint=hint, story=story.id, article=article)
    if set(articles) == set(story.articles):
        raise Misconfigured("one article must stay in the story", hint=hint, story=story.id)


async def _corrected(
    deps: Deps, index: Index, change: Callable[[], Correction], address: StoryId | None = None
) -> Correction:
    """Change an index and write what came of it; ``address`` leads to the new story of a split."""
    done = change()
    corrections, _, _ = index.taken()
    stories = [index.story(ident) for ident in (done.source, done.target) if index.is_open(ident)]
    async with deps.store.begin() as tx:
        if await tx.story_writer() != index.placed:
            raise Transient("stories are being written at this moment", hint="try again", story=done.source)
        await tx.apply((), stories, corrections)
        if address is not None:
            await tx.readdress(address, done.target)
    # Whoever places next, here or elsewhere, sees that the rows have moved on and reads them again.
    log.info("story_corrected", source=done.source, target=done.target, split=done.split)
    return done
