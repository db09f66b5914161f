"""The client: feeds and pages over one aiohttp session."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.adapters.http.address_guard import PORTS, AddressGuard
from bot.adapters.http.decoding import BadBody, Body
from bot.adapters.http.failures import cause, of_exception, of_status, shown
from bot.adapters.http.robots import ROBOTS_CAP, RobotsCache
from bot.adapters.http.turns import KEPT_FOR, Turns
from bot.domain.politeness import max_age
from bot.errors import Broken, Code, Transient
from bot.ports import Clock
from bot.types import RawUrl, Response, Validators

_FEED_TYPES = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"
)
_PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")  # a backslash is a slash to some and a letter to others
_HOST = re.compile(r"(?=.{1,253}$)(?:[A-Za-z0-9_~-]{1,63}\.)*[A-Za-z0-9_~-]{1,63}\.?")
_LONGEST_HEADER = 1_024  # of what we keep: a validator beyond this is a tracking device


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """How hard we may lean on others and on our own memory. Times in seconds, sizes in bytes."""

    per_host: int = 2  # requests at once
    host_gap: float = 1.0  # between request starts to one host; 0 for an allow-listed address literal
    total: int = 100  # requests at once over all hosts
    body_cap: int = 5_000_000  # as sent, and decoded
    connect_timeout: float = 10.0  # name, TCP and TLS together
    total_timeout: float = 30.0  # of one fetch with its redirects, waiting for a turn not counted
    max_redirects: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    accept: str
    validators: Validators = field(default_factory=Validators)
    robots: bool = False
    cap: int
    truncate: bool = False
    keep: bool = False  # another request to the same host is sure to follow


class Web:
    """Fetches feeds and pages politely and safely. One for the process; made and used in one event loop.

    Args:
        clock: for gaps, caches and dates.
        user_agent: sent as it is; its product token (before the first ``/``) is our name in robots rules.
        allow_private: addresses and networks that may be visited although they are not public, on any port.
        ports: what public addresses may be visited on.
        resolver: another name resolver (its answers are not cached, but guarded all the same).
        limits: see :class:`FetchLimits`.

    Raises:
        Misconfigured: when ``allow_private`` holds what is no address.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        user_agent: str,
        allow_private: Sequence[str] = (),
        ports: Sequence[int] = PORTS,
        resolver: AbstractResolver | None = None,
        limits: FetchLimits | None = None,
    ) -> None:
        self._clock = clock
        self._agent = user_agent
        self._guard = AddressGuard(allow=allow_private, ports=ports)
        self._resolver = resolver
        self._limits = limits or FetchLimits()
        self._turns = Turns(
            clock, per_host=self._limits.per_host, total=self._limits.total, kept=_descriptors() // 4
        )
        self._robots = RobotsCache(clock, self._robots_text, re.split(r"[/\s]", user_agent, maxsplit=1)[0])
        self._session: aiohttp.ClientSession | None = None
        self._own_resolver: _Names | None = None

    async def feed(self, url: RawUrl, validators: Validators) -> Response:
        """A feed's body, or status 304 with the validators to keep.

        Raises:
            Transient: dns, refused, reset, timeout, tls, cut_off, rate_limited, server_error.
            Broken: blocked_address, bad_address, too_many_redirects, http_status, gone, not_found,
                unauthorized, too_large, bad_encoding, tls (certificate).
        """
        ask = _Ask(accept=_FEED_TYPES, validators=validators, cap=self._limits.body_cap)
        return await self._fetch(url, ask)

    async def page(self, url: RawUrl) -> Response:
        """An article's page. Raises as :meth:`feed`, and Broken(robots) where the site forbids it to us."""
        return await self._fetch(url, _Ask(accept=_PAGE_TYPES, robots=True, cap=self._limits.body_cap))

    async def close(self) -> None:
        """Let go of all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._own_resolver is not None:
            await self._own_resolver.close()
            self._own_resolver = None

    async def _fetch(self, url: RawUrl, ask: _Ask) -> Response:
        """Follow redirects, each hop on its own host's turn and under what is left of the one deadline."""
        here = _address(url)
        left = self._limits.total_timeout
        permanent = True
        loop = asyncio.get_running_loop()
        for hop in range(self._limits.max_redirects + 1):
            host = here.raw_host or ""
            gap = await self._gap(here, ask)
            try:
                async with self._turns.turn(host, gap) as wanted:
                    started = loop.time()
                    got = await self._visit(here, ask, seconds=left, keep=wanted or ask.keep)
                    left -= loop.time() - started
            except Transient as exc:
                if exc.code is Code.RATE_LIMITED and exc.retry_after:
                    self._turns.pause(host, exc.retry_after)
                raise
            if got.status not in _REDIRECTS:
                moved = got.final_url if hop and permanent else None
                return got if moved is None and got.url == url else replace(got, url=url, moved_to=moved)
            permanent = permanent and got.status in _PERMANENT
            here = _address(got.final_url)
        raise Broken("redirected too often", code=Code.TOO_MANY_REDIRECTS, url=shown(url))

    async def _gap(self, here: URL, ask: _Ask) -> float:
        """Seconds between starts on this host. Raises Broken(robots) where a page is forbidden."""
        gap = 0.0 if self._guard.trusts(here.host or "") else self._limits.host_gap
        if not ask.robots:
            return gap
        rules = await self._robots.rules(str(here.origin()))
        if not rules.allows(here.raw_path_qs):
            raise Broken("the site's robots.txt asks us not to read this", code=Code.ROBOTS, url=shown(here))
        return max(gap, rules.crawl_delay or 0.0)

    async def _robots_text(self, url: str) -> bytes:
        ask = _Ask(accept="text/plain, */*;q=0.5", cap=ROBOTS_CAP, truncate=True, keep=True)
        return (await self._fetch(RawUrl(url), ask)).body

    async def _visit(self, url: URL, ask: _Ask, *, seconds: float, keep: bool) -> Response:
        """One request. A redirect comes back with its status and its target as ``final_url``."""
        headers = {"Accept": ask.accept}
        if ask.validators.etag:
            headers["If-None-Match"] = ask.validators.etag
        if ask.validators.last_modified:
            headers["If-Modified-Since"] = ask.validators.last_modified
        if not keep:
            headers["Connection"] = "close"
        try:
            async with (
                asyncio.timeout(max(0.0, seconds)),
                self._open().get(url, headers=headers, allow_redirects=False) as got,
            ):
                failure = of_status(got.status, got.headers.get("Retry-After", ""), url, self._clock.now())
                if failure is not None:
                    raise failure
                if got.status in _REDIRECTS:
                    return Response(url=RawUrl(str(url)), final_url=_target(got, url), status=got.status)
                body = await _read(got, ask) if got.status != 304 else b""
                return self._response(url, got, ask, body)
        except (aiohttp.ClientError, OSError, ValueError, BadBody) as exc:
            raise of_exception(exc, url) from cause(exc)

    def _response(self, url: URL, got: aiohttp.ClientResponse, ask: _Ask, body: bytes) -> Response:
        sent = ask.validators
        if got.status == 304 and not (sent.etag or sent.last_modified):
            raise Broken("unchanged, says the server, but since when?", code=Code.HTTP_STATUS, url=shown(url))
        etag, modified = _header(got, "ETag"), _header(got, "Last-Modified")
        if got.status == 304:
            etag, modified = etag or sent.etag, modified or sent.last_modified
        return Response(
            url=RawUrl(str(url)),
            final_url=RawUrl(str(url)),
            status=304 if got.status == 304 else 200,
            body=body,
            content_type=_header(got, "Content-Type"),
            etag=etag,
            last_modified=modified,
            max_age=max_age(
                cache_control=got.headers.get("Cache-Control", ""),
                expires=got.headers.get("Expires", ""),
                date=got.headers.get("Date", ""),
                age=got.headers.get("Age", ""),
                now=self._clock.now(),
            ),
        )

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            if self._resolver is None:
                self._own_resolver = _Names()
            connector = aiohttp.TCPConnector(
                socket_factory=self._guard.socket,
                resolver=self._resolver or self._own_resolver,
                use_dns_cache=self._resolver is None,
                ttl_dns_cache=60,
                limit=0,  # Turns counts; a second queue here would run against the deadline
                keepalive_timeout=KEPT_FOR,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=self._limits.connect_timeout),
                headers={"User-Agent": self._agent, "Accept-Encoding": "gzip, deflate"},
                # Real sites send policy headers of over 8 KB, aiohttp's default.
                max_line_size=32_768,
                max_field_size=32_768,
            )
        return self._session


def _descriptors() -> int:
    """Files and connections that this process may have open at once, as far as we would use them."""
    if sys.platform == "win32":  # counts sockets apart
        return 256
    import resource  # noqa: PLC0415 - Windows has none

    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 1024 if soft == resource.RLIM_INFINITY else min(soft, 1024)


class _Names(AbstractResolver):
    """The system's resolver on threads of its own.

    asyncio's default pool has few threads (six on two cores) and serves everybody: a dozen dead names, ten
    seconds each, would stop all other lookups.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(32, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name; raises OSError when there are none."""

        def look_up() -> list[ResolveResult]:
            numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
            rows = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
            return [
                ResolveResult(
                    hostname=host, host=str(at[0]), port=port, family=kind, proto=proto, flags=numeric
                )
                for kind, _, proto, _, at in rows
            ]

        return await asyncio.get_running_loop().run_in_executor(self._threads, look_up)

    async def close(self) -> None:
        """Wait for nothing: a hanging lookup is left to itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def _read(got: aiohttp.ClientResponse, ask: _Ask) -> bytes:
    """The decoded body under the cap. Raises BadBody."""
    length = got.headers.get("Content-Length", "")
    if length.isdigit() and int(length[:19]) > ask.cap and not ask.truncate:
        raise BadBody("the body is too large", Code.TOO_LARGE)
    body = Body(got.headers.get("Content-Encoding", ""), ask.cap, truncate=ask.truncate)
    async for chunk in got.content.iter_any():
        body.feed(chunk)
        if body.full:
            break
    return body.finish()


def _address(url: str) -> URL:
    """The address, if it is one that may be asked. Raises Broken(bad_address)."""
    text = url.strip()
    problem = "this is not an address of the web"
    try:
        address = URL(text)
        host = address.raw_host or ""
        if _UNSAFE.search(text):
            problem = "the address holds characters that no address may hold"
        elif address.scheme not in {"http", "https"} or not host:
            problem = "only http and https addresses are visited"
        elif address.user is not None or address.password is not None:
            problem = "an address with a user name or password is not visited"
        elif ":" in host or _HOST.fullmatch(host):
            return address.with_fragment(None)
    except (ValueError, TypeError):  # yarl: ports, brackets, names that IDNA refuses
        # Its text would repeat the address with whatever secret is in it.
        raise Broken(problem, code=Code.BAD_ADDRESS, url="(unreadable)") from None
    raise Broken(problem, code=Code.BAD_ADDRESS, url=shown(url))


def _target(got: aiohttp.ClientResponse, url: URL) -> RawUrl:
    """Where a redirect leads, as an absolute address; :func:`_address` judges it."""
    location = got.headers.get("Location", "").strip()
    if not location:
        raise Broken("a redirect that leads nowhere", code=Code.HTTP_STATUS, url=shown(url))
    if _UNSAFE.search(location):
        raise Broken(
            "redirected to an address that holds characters no address may hold",
            code=Code.BAD_ADDRESS,
            url=shown(url),
        )
    return RawUrl(str(url.join(URL(location))))


def _header(got: aiohttp.ClientResponse, name: str) -> str:
    """A header that can be stored and sent back: printable ASCII of a sane length, else ""."""
    value = got.headers.get(name, "")
    return value if len(value) <= _LONGEST_HEADER and value.isascii() and value.isprintable() else ""
