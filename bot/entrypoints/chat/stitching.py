"""What owners and editors put right for everybody, for ever: two stories that are one, an article of another.

The same corrections as `dateline stories merge|split|undo`; each answer offers to take it back.
"""

from __future__ import annotations

from collections.abc import Awaitable

from bot.entrypoints.chat.stories import LIVES
from bot.entrypoints.chat.table import PRIVATE, Command, Press, Who
from bot.entrypoints.chat.talk import Talk
from bot.errors import Misconfigured, Transient
from bot.pipeline import group
from bot.types import ArticleId, Button, Correction, StoryId

MOST = 12  # digits of an id


def for_everybody(talk: Talk, story: StoryId, article: ArticleId) -> list[list[Button]]:
    """The button that takes an article out of its story for all."""
    return [[talk.button(talk.words("stitch.for_all"), "apart", story, article)]]


async def merge(talk: Talk) -> None:
    """``/merge 2 5``: these two of the last digest here are one story."""
    async with talk.deps.store.begin() as tx:
        last = await tx.last_digest(talk.here)
    numbers = [int(one) for one in talk.arguments.split() if one.isascii() and one[:MOST].isdigit()]
    fitting = len(numbers) == 2 and len({*numbers}) == 2 and all(0 < one <= len(last) for one in numbers)
    if not fitting:
        await talk.say(talk.words("stitch.how"))
        return
    first, second = (last[number - 1] for number in numbers)
    done = await _done(talk, group.correct(talk.deps, first, other=second))
    if done is not None:
        await talk.say(talk.words("stitch.merged"), buttons=await _back(talk))


async def apart(talk: Talk) -> None:
    """The button of :func:`for_everybody`."""
    story, article = _ids(talk)
    done = await _done(talk, group.correct(talk.deps, StoryId(story), articles=[ArticleId(article)]))
    if done is not None:
        await talk.edit(talk.words("stitch.apart"), buttons=await _back(talk))


async def undo(talk: Talk) -> None:
    """A correction is taken back."""
    (number,) = _ids(talk)
    if await _done(talk, group.undo(talk.deps, number)) is not None:
        await talk.edit(talk.words("press.taken_back"))


def _ids(talk: Talk) -> list[int]:
    assert talk.pressed is not None
    return [int(one) for one in talk.pressed.arguments]


async def _done(talk: Talk, work: Awaitable[Correction]) -> Correction | None:
    """The correction; None, and told why, when there was none."""
    try:
        return await work
    except Misconfigured:
        await talk.say(talk.words("stitch.cannot"))
    except Transient:
        await talk.say(talk.words("stitch.again"))
    return None


async def _back(talk: Talk) -> list[list[Button]]:
    async with talk.deps.store.begin() as tx:
        ((number, _, _),) = await tx.corrections(1, by_hand=True)
    return [[talk.button(talk.words("stitch.undo"), "stitchback", number)]]


COMMANDS = (Command(name="merge", handler=merge, who=Who.EDITOR, where=frozenset({PRIVATE})),)
PRESSES = (
    Press(verb="apart", handler=apart, who=Who.EDITOR, lives=LIVES),
    Press(verb="stitchback", handler=undo, who=Who.EDITOR, lives=LIVES),
)
