"""Articles → topics → stories: one writer, in (time, id) order, so that luck decides nothing."""

from __future__ import annotations

import logging

from bot.domain.stories import Index
from bot.pipeline.catalogue import catalogue
from bot.ports import Deps, Step

log = logging.getLogger("dateline.group")


async def place(deps: Deps, step: Step) -> tuple[Step, ...]:
    """Route and place every article that has no placement yet."""
    del step
    book = await catalogue(deps)
    placed = 0
    while True:
        async with deps.store.begin() as tx:
            waiting = await tx.unplaced(deps.rules.place_batch)
        if not waiting:
            break
        index = await _index(deps)
        index.expire(deps.clock.now())
        routed = []
        for article in waiting:
            feed = book.feeds.get(article.feed)
            hints = feed.topics if feed else ()
            matches = book.router.match(article.title, article.text, article.language, hints)
            routed.append((article, book.outlets.get(article.outlet), matches))
        try:
            placements = index.place_batch(routed)
            touched = {placement.story: index.story(placement.story) for placement in placements}
            async with deps.store.begin() as tx:
                ours = await tx.story_writer() == index.placed
                if ours:
                    await tx.apply(placements, tuple(touched.values()))
                    index.placed = await tx.story_writer()
        except BaseException:
            deps.desk.index = None  # it is ahead of the rows now; rebuild it from them
            raise
        if not ours:  # another process has placed since: what we would write knows nothing of it
            deps.desk.index = None
            continue
        placed += len(placements)
        deps.desk.progress("stories", placed, placed)
    if placed:
        log.info("articles_placed articles=%d", placed)
    return ()


async def _index(deps: Deps) -> Index:
    """The process's index, rebuilt from rows when there is none."""
    if isinstance(deps.desk.index, Index):
        return deps.desk.index
    book = await catalogue(deps)
    async with deps.store.begin() as tx:
        placed = await tx.story_writer()
        rows = await tx.placed_since(deps.clock.now() - Index.WINDOW)
        last = await tx.last_story_id()
    index = Index.rebuild(rows, book.outlets.get, next_id=last + 1)
    index.placed = placed
    deps.desk.index = index
    return index
