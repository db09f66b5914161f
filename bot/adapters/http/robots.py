"""A site's rules for pages, fetched through the same guard as everything else and remembered for a day."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from bot.domain.politeness import Robots, parse_robots
from bot.errors import Broken, Code, DatelineError, Transient
from bot.ports import Clock

ROBOTS_CAP = 500 * 1024  # bytes; RFC 9309 2.5: at least so much must be read
_FRESH = 24 * 3600.0  # seconds; RFC 9309 2.4
_RETRY = 300.0  # seconds until an unreachable robots.txt is asked for again
_MOST_SITES = 1_000
# RFC 9309 2.3.1.3: a site that answers, but has no such file for us, has no rules.
_NO_RULES = frozenset(
    {Code.NOT_FOUND, Code.GONE, Code.UNAUTHORIZED, Code.HTTP_STATUS, Code.TOO_MANY_REDIRECTS}
)


@dataclass(frozen=True, slots=True)
class _Known:
    until: float  # by the monotonic clock
    rules: Robots | None  # None: could not be read
    code: Code | None = None


class RobotsCache:
    """Rules by origin (``https://example.org``), fetched once however many pages wait for them.

    Args:
        fetch: address -> body; raises Transient or Broken.
        agent: our product token.
    """

    def __init__(self, clock: Clock, fetch: Callable[[str], Awaitable[bytes]], agent: str) -> None:
        self._clock = clock
        self._fetch = fetch
        self._agent = agent
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def rules(self, origin: str) -> Robots:
        """The rules of this origin.

        Raises:
            Transient: its robots.txt cannot be read now (5xx, unreachable): RFC 9309 2.3.1.4 says keep out.
            Broken: the origin itself is not to be visited (blocked address, bad certificate).
        """
        lock = self._asking.get(origin)
        if lock is None:
            lock = self._asking[origin] = asyncio.Lock()
        async with lock:
            known = self._known.get(origin)
            if known is None or known.until <= self._clock.monotonic():
                known = await self._ask(origin)
                self._known[origin] = known
                while len(self._known) > _MOST_SITES:
                    self._known.popitem(last=False)
            self._known.move_to_end(origin)
        if known.rules is None:
            raise Transient(
                "the site's robots.txt cannot be read, so its pages are left alone",
                code=known.code,
                retry_after=known.until - self._clock.monotonic(),
                site=origin,
            )
        return known.rules

    async def _ask(self, origin: str) -> _Known:
        try:
            body = await self._fetch(f"{origin}/robots.txt")
        except DatelineError as exc:
            if isinstance(exc, Transient) or exc.code is Code.BAD_ENCODING:
                wait = exc.retry_after if isinstance(exc, Transient) and exc.retry_after else _RETRY
                return _Known(self._clock.monotonic() + wait, None, exc.code)
            if isinstance(exc, Broken) and exc.code in _NO_RULES:
                return _Known(self._clock.monotonic() + _FRESH, Robots())
            raise
        rules = parse_robots(body.decode("utf-8", "replace"), self._agent)
        return _Known(self._clock.monotonic() + _FRESH, rules)
