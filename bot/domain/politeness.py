"""What a site asks of its visitors: robots rules, how long an answer stays fresh, when to come back.

The text of ``robots.txt`` goes by RFC 9309: the longest match wins, ``*`` and a final ``$`` are wildcards.
The standard library's parser was tried first: it takes the first match instead of the longest, reads ``*``
literally (so ``Disallow: /*?print=`` would forbid nothing), and drops fractions of ``Crawl-delay``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

_LONGEST_PAUSE = timedelta(days=1).total_seconds()
_LONGEST_FRESH = int(timedelta(days=365).total_seconds())
# A site with more, or longer, rules than this is not describing its pages; the cache must stay small.
_MOST_RULES = 500
_LONGEST_PATTERN = 256
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """The rules of one site for one visitor. ``crawl_delay`` is in seconds, None where unsaid."""

    rules: tuple[tuple[str, bool], ...] = ()  # (normalized pattern, allowed)
    crawl_delay: float | None = None

    def allows(self, target: str) -> bool:
        """Whether this path with its query (``/news?id=7``) may be fetched; no matching rule allows it."""
        path = _normal(target or "/")
        if path == "/robots.txt":
            return True
        # RFC 9309 2.2.2: the most octets win, and of equal ones the permission.
        _, allowed = max(
            ((len(pattern), allowed) for pattern, allowed in self.rules if _matches(pattern, path)),
            default=(0, True),
        )
        return allowed


def parse_robots(text: str, agent: str) -> Robots:
    """The rules of the groups that name this product token, else those for ``*``.

    Args:
        text: the file; broken lines are skipped, as the RFC asks.
        agent: product token without version (``dateline``), compared without case.
    """
    rules: dict[str, list[tuple[str, bool]]] = {}
    delays: dict[str, float] = {}
    group: set[str] = set()
    naming = False  # several User-agent lines in a row open one group together
    for field, value in _lines(text):
        if field == "user-agent":
            token = re.split(r"[/\s]", value, maxsplit=1)[0].lower()
            group = group | {token} if naming else {token}
            naming = True
            if token in {agent.lower(), "*"}:
                rules.setdefault(token, [])
            continue
        if field in {"allow", "disallow", "crawl-delay"}:
            naming = False
        for token in group & rules.keys():
            if field in {"allow", "disallow"} and value and len(rules[token]) < _MOST_RULES:
                rules[token].append((_normal(value)[:_LONGEST_PATTERN], field == "allow"))
            elif field == "crawl-delay" and re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value):
                delays.setdefault(token, float(value))
    chosen = agent.lower() if agent.lower() in rules else "*"
    return Robots(rules=tuple(rules.get(chosen, ())), crawl_delay=delays.get(chosen))


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds to wait by a ``Retry-After`` header (seconds or an HTTP date), at most a day, or None."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), _LONGEST_PAUSE)
    date = _http_date(text)
    if date is None:
        return None
    return min(max(0.0, (date - now).total_seconds()), _LONGEST_PAUSE)


def max_age(*, cache_control: str, expires: str, date: str, age: str, now: datetime) -> int | None:
    """Seconds that an answer stays fresh (RFC 9111 4.2), None where its headers do not say.

    ``no-cache`` and ``no-store`` mean 0, and so does an ``Expires`` that is no date (servers write ``0``).
    ``Age``, the time spent in caches on the way, is taken off.
    """
    control = cache_control.lower()
    lifetime: float
    if re.search(r"\bno-(?:cache|store)\b", control):
        return 0
    if found := re.search(r"(?<![\w-])max-age\s*=\s*\"?(\d{1,12})", control):
        lifetime = int(found[1])
    elif expires.strip():
        end = _http_date(expires)
        lifetime = (end - (_http_date(date) or now)).total_seconds() if end else 0
    else:
        return None
    spent = int(age.strip()) if re.fullmatch(r"\s*\d{1,12}\s*", age) and age.isascii() else 0
    return int(min(max(0, lifetime - spent), _LONGEST_FRESH))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """(lower-cased field, value) of each line that has both."""
    for line in text.removeprefix("\ufeff").splitlines():
        field, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield field.strip().lower(), value.strip()


def _normal(text: str) -> str:
    """Percent-encoding in one spelling: ``/%7Ea`` and ``/~a`` are one, and so are ``/ü`` and ``/%c3%bc``."""
    encoded = quote(text, safe="%!\"#$&'()*+,/:;<=>?@[\\]^`{|}", errors="replace")

    def one(match: re.Match[str]) -> str:
        character = chr(int(match[0][1:], 16))
        return character if character in _UNRESERVED else match[0].upper()

    return re.sub(r"%[0-9A-Fa-f]{2}", one, encoded)


def _matches(pattern: str, path: str) -> bool:
    """Pieces between stars, from left to right: linear, where a regular expression could be made to hang."""
    anchored = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not rest:
        return not anchored or path == first
    at = len(first)
    last = rest.pop() if anchored else ""
    for piece in rest:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return path.endswith(last) and len(path) - len(last) >= at


def _http_date(text: str) -> datetime | None:
    """An HTTP date as aware UTC, None when it is none."""
    try:
        date = parsedate_to_datetime(text.strip())
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
