"""The web adapter against a real server on loopback that answers well, badly, and not at all."""

from __future__ import annotations

import asyncio
import functools
import gzip
import json
import socket
import ssl
import sys
import textwrap
import traceback
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.adapters.clock import SystemClock, VirtualClock
from bot.adapters.http import FetchLimits, Web
from bot.errors import Broken, Code, DatelineError, Misconfigured, Transient
from bot.ports import Clock
from bot.ports import Web as WebPort
from bot.types import RawUrl, Response, Validators
from tests.loopback import (
    Loopback,
    Request,
    Script,
    answer,
    cut_off,
    drip,
    gzip_bomb,
    hang,
    head,
    raw,
    redirect,
    refused_port,
    reset,
    sequence,
)

# Without a time of day inside, so that every run has the same test ids.
packed = functools.partial(gzip.compress, mtime=0)
NONE = Validators()
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FEED = b"<rss><channel><title>t</title></channel></rss>"
CAP = 5_000_000
AGENT = "Dateline/0.1 (+https://example.org/about)"


def make_web(clock: Clock | None = None, resolver: AbstractResolver | None = None, **limits: Any) -> Web:
    return Web(
        clock=clock or SystemClock(),
        user_agent=AGENT,
        allow_private=["127.0.0.0/8"],
        resolver=resolver,
        limits=FetchLimits(**limits),
    )


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with Loopback() as running:
        yield running


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    made = make_web(VirtualClock(NOON), total_timeout=5, connect_timeout=5)
    yield made
    await made.close()


async def failure(web: WebPort, url: str, validators: Validators = NONE) -> DatelineError:
    with pytest.raises(DatelineError) as met:
        await web.feed(RawUrl(url), validators)
    return met.value


# ------------------------------------------------------------------------------------------ good answers


async def test_a_feed_comes_with_its_body_and_validators(web: Web, server: Loopback) -> None:
    url = server.on(
        "/feed",
        answer(
            FEED,
            gzip=True,
            etag='W/"7"',
            last_modified="Mon, 23 Nov 2026 11:00:00 GMT",
            content_type="application/rss+xml; charset=utf-8",
            cache_control="public, max-age=600",
        ),
    )
    assert await web.feed(RawUrl(url), NONE) == Response(
        url=RawUrl(url),
        final_url=RawUrl(url),
        body=FEED,
        etag='W/"7"',
        last_modified="Mon, 23 Nov 2026 11:00:00 GMT",
        content_type="application/rss+xml; charset=utf-8",
        max_age=600,
    )
    sent = server.requests[0].headers
    assert sent["user-agent"] == AGENT
    assert sent["accept-encoding"] == "gzip, deflate"
    assert "if-none-match" not in sent
    assert "application/rss+xml" in sent["accept"]


async def test_an_unchanged_feed_costs_no_body_and_keeps_its_validators(web: Web, server: Loopback) -> None:
    url = server.on("/feed", answer(FEED, etag='"7"'))
    kept = Validators(etag='"7"', last_modified="Mon, 23 Nov 2026 11:00:00 GMT")
    got = await web.feed(RawUrl(url), kept)
    assert (got.status, got.body) == (304, b"")
    assert Validators(etag=got.etag, last_modified=got.last_modified) == kept
    assert server.requests[0].headers["if-none-match"] == '"7"'
    assert server.requests[0].headers["if-modified-since"] == kept.last_modified


async def test_not_modified_without_a_condition_is_an_error_not_an_empty_feed(
    web: Web, server: Loopback
) -> None:
    server.on("/feed", raw(head(304, 0)))
    assert (await failure(web, server.url("/feed"))).code is Code.HTTP_STATUS


@pytest.mark.parametrize("etag", ['"' + "x" * 2_000 + '"', '"gr\xfc\xdfe"'])
async def test_a_validator_that_cannot_be_sent_back_is_not_kept(
    web: Web, server: Loopback, etag: str
) -> None:
    url = server.on("/feed", answer(FEED, etag=etag))
    assert (await web.feed(RawUrl(url), NONE)).etag == ""


async def test_nothing_about_us_is_remembered_or_given_away(
    web: Web, server: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with refused_port() as nobody:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{nobody}")
        url = server.on("/feed", answer(FEED, set_cookie="id=7; Path=/"))
        server.on("/moved", redirect(url))
        await web.feed(RawUrl(url), NONE)
        await web.feed(RawUrl(server.url("/moved")), NONE)
    for request in server.requests:
        assert not request.headers.keys() & {"cookie", "authorization", "referer", "proxy-authorization"}


async def test_a_connection_is_kept_while_others_wait_for_the_host_or_come_soon(server: Loopback) -> None:
    server.otherwise(answer(FEED))
    web = make_web(per_host=1)
    try:
        await web.feed(RawUrl(server.url("/first")), NONE)
        await asyncio.gather(*(web.feed(RawUrl(server.url(f"/{i}")), NONE) for i in range(20)))
        assert server.connections == 2, "the first visitor cannot know of the others"
        for index in range(3):
            await web.feed(RawUrl(server.url(f"/{index}")), NONE)
        assert server.connections == 2
    finally:
        await web.close()


@pytest.mark.parametrize("end", [hang(), hang(after=head(200, 90)), cut_off(FEED, 900), reset(), raw(b"")])
async def test_a_kept_connection_that_dies_gives_its_place_back(server: Loopback, end: Script) -> None:
    server.otherwise(answer(FEED))
    server.on("/end", end)
    web = make_web(per_host=1, total=1, total_timeout=0.5)
    try:
        await web.feed(RawUrl(server.url("/0")), NONE)
        for turn in range(2):
            before = server.connections
            paths = [f"/{turn}", "/end", "/9"]
            tasks = [asyncio.create_task(web.feed(RawUrl(server.url(path)), NONE)) for path in paths]
            async with asyncio.timeout(20):
                first, ended, last = await asyncio.gather(*tasks, return_exceptions=True)
            assert isinstance(ended, Transient)
            assert isinstance(first, Response)
            assert isinstance(last, Response)
            assert server.connections > before, "a broken connection is not used again"
    finally:
        await web.close()


async def test_names_are_looked_up_by_the_system_when_nothing_else_is_given(server: Loopback) -> None:
    server.on("/feed", answer(FEED))
    web = make_web()
    got = await web.feed(RawUrl(server.url("/feed", host="localhost")), NONE)
    await web.close()
    assert got.body == FEED
    assert server.requests[0].headers["host"] == f"localhost:{server.port}"


async def test_closing_twice_or_unused_is_fine_and_a_closed_one_opens_again(server: Loopback) -> None:
    web = make_web()
    await web.close()
    url = RawUrl(server.on("/feed", answer(FEED)))
    await web.feed(url, NONE)
    await web.close()
    await web.close()
    assert (await web.feed(url, NONE)).body == FEED
    await web.close()


# --------------------------------------------------------------------------------------------- redirects


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ([301], True),
        ([308], True),
        ([301, 308, 301, 308, 301], True),
        ([302], False),
        ([301, 302], False),
        ([307, 308], False),
        ([303], False),
    ],
)
async def test_a_feed_has_moved_when_every_redirect_was_permanent(
    web: Web, server: Loopback, statuses: list[int], moved: bool
) -> None:
    for index, status in enumerate(statuses):
        server.on(f"/{index}", redirect(f"/{index + 1}#part", status))
    server.on(f"/{len(statuses)}", answer(FEED, etag='"7"'))
    for validators in (NONE, Validators(etag='"7"')):
        got = await web.feed(RawUrl(server.url("/0")), validators)
        end = server.url(f"/{len(statuses)}")
        assert (got.url, got.final_url) == (server.url("/0"), end)
        assert got.moved_to == (end if moved else None)
        assert got.status == (304 if validators.etag else 200)


async def test_the_sixth_redirect_is_one_too_many(web: Web, server: Loopback) -> None:
    for index in range(6):
        server.on(f"/{index}", redirect(f"/{index + 1}"))
    server.on("/6", answer(FEED))
    assert (await failure(web, server.url("/0"))).code is Code.TOO_MANY_REDIRECTS
    assert len(server.requests) == 6


async def test_a_redirect_loop_ends(web: Web, server: Loopback) -> None:
    server.on("/a", redirect("/b", 301))
    server.on("/b", redirect("/a", 301))
    met = await failure(web, server.url("/a"))
    assert isinstance(met, Broken)
    assert met.code is Code.TOO_MANY_REDIRECTS


async def test_a_redirect_that_leads_nowhere_is_an_error(web: Web, server: Loopback) -> None:
    server.on("/a", raw(head(302, 0)))
    assert (await failure(web, server.url("/a"))).code is Code.HTTP_STATUS


# ----------------------------------------------------------------------------------------------- statuses


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, Code.HTTP_STATUS, Broken),
        (401, Code.UNAUTHORIZED, Broken),
        (403, Code.UNAUTHORIZED, Broken),
        (404, Code.NOT_FOUND, Broken),
        (408, Code.TIMEOUT, Transient),
        (410, Code.GONE, Broken),
        (418, Code.HTTP_STATUS, Broken),
        (429, Code.RATE_LIMITED, Transient),
        (500, Code.SERVER_ERROR, Transient),
        (503, Code.SERVER_ERROR, Transient),
        (599, Code.SERVER_ERROR, Transient),
        (204, Code.HTTP_STATUS, Broken),
        (300, Code.HTTP_STATUS, Broken),
    ],
)
async def test_a_status_becomes_what_the_caller_does_next(
    web: Web, server: Loopback, status: int, code: Code, kind: type[DatelineError]
) -> None:
    met = await failure(web, server.on("/feed", raw(head(status, 0))))
    assert (type(met), met.code) == (kind, code)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120.0), ("Mon, 23 Nov 2026 12:05:00 GMT", 300.0), ("999999999", 86_400.0), ("soon", None)],
)
async def test_the_server_says_when_to_come_back(
    web: Web, server: Loopback, status: int, said: str, seconds: float | None
) -> None:
    met = await failure(web, server.on("/feed", answer(b"", status=status, retry_after=said)))
    assert isinstance(met, Transient)
    assert met.retry_after == seconds


async def test_a_host_that_has_had_too_many_requests_gets_none_until_it_wants_them(server: Loopback) -> None:
    clock = VirtualClock(NOON)
    web = make_web(clock)
    busy = server.on("/busy", answer(b"", status=429, retry_after="120"))
    fine = RawUrl(server.on("/fine", answer(FEED)))
    try:
        await failure(web, busy)
        clock.move(100)
        met = await failure(web, fine)
        assert isinstance(met, Transient)
        assert (met.code, met.retry_after) == (Code.RATE_LIMITED, 20.0)
        assert not server.asked("/fine")
        clock.move(21)
        assert (await web.feed(fine, NONE)).body == FEED
    finally:
        await web.close()


# ------------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("script", "code", "kind"),
    [
        (reset(), Code.RESET, Transient),
        (raw(b""), Code.RESET, Transient),
        (reset(after=head(200, 100) + b"<rss>"), Code.CUT_OFF, Transient),
        (cut_off(b"<rss>", 100), Code.CUT_OFF, Transient),
        (cut_off(packed(FEED)[:-9], 100, content_encoding="gzip"), Code.CUT_OFF, Transient),
        (answer(packed(FEED)[:-9], content_encoding="gzip"), Code.CUT_OFF, Transient),
        (raw(head(200, transfer_encoding="chunked") + b"5\r\n<rss>\r\n"), Code.CUT_OFF, Transient),
        (raw(head(200, transfer_encoding="chunked") + b"zz\r\n<rss>\r\n"), Code.BAD_ENCODING, Broken),
        (raw(b"SSH-2.0-OpenSSH_9.6\r\n"), Code.BAD_ENCODING, Broken),
        (raw(b"\x16\x03\x01\x02\x00\x01\x00" * 40 + b"\r\n\r\n"), Code.BAD_ENCODING, Broken),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"), Code.BAD_ENCODING, Broken),
        (answer(FEED, x_filler="x" * 100_000), Code.BAD_ENCODING, Broken),
        (answer(FEED, content_encoding="gzip"), Code.BAD_ENCODING, Broken),
        (answer(b"\xff" * 50, content_encoding="deflate"), Code.BAD_ENCODING, Broken),
        (answer(FEED, content_encoding="br"), Code.BAD_ENCODING, Broken),
        (answer(FEED, content_encoding="gzip, gzip"), Code.BAD_ENCODING, Broken),
        (raw(head(200, CAP + 1)), Code.TOO_LARGE, Broken),
        (raw(head(200, 2**62)), Code.TOO_LARGE, Broken),
        (raw(head(200, 10**30)), Code.BAD_ENCODING, Broken),  # no number of bytes that HTTP parsers know
        (raw(head(200) + bytes(CAP + 1)), Code.TOO_LARGE, Broken),
        (answer(bytes(CAP + 1), gzip=True), Code.TOO_LARGE, Broken),
    ],
)
async def test_a_fault_becomes_its_code(
    web: Web, server: Loopback, script: Script, code: Code, kind: type[DatelineError]
) -> None:
    met = await failure(web, server.on("/feed", script))
    assert (type(met), met.code) == (kind, code), met


async def test_a_body_of_exactly_the_cap_is_taken(web: Web, server: Loopback) -> None:
    body = bytes(CAP)
    for script in (answer(body), answer(body, gzip=True), raw(head(200) + body)):
        assert (await web.feed(RawUrl(server.on("/feed", script)), NONE)).body == body


async def test_nobody_there_is_refused(web: Web) -> None:
    with refused_port() as port:
        met = await failure(web, f"http://127.0.0.1:{port}/feed")
    assert isinstance(met, Transient)
    assert met.code is Code.REFUSED


class NoNames(AbstractResolver):
    """A name server that fails, or never answers."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.hangs = hangs

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if self.hangs:
            await asyncio.Event().wait()
        raise OSError(socket.EAI_NONAME, "Name or service not known")

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(("hangs", "code"), [(False, Code.DNS), (True, Code.TIMEOUT)])
async def test_a_name_that_leads_nowhere_is_a_dns_failure_and_a_silent_name_server_a_timeout(
    hangs: bool, code: Code
) -> None:
    web = make_web(resolver=NoNames(hangs=hangs), connect_timeout=0.2)
    met = await failure(web, "http://gone.test/feed")
    await web.close()
    assert isinstance(met, Transient)
    assert met.code is code


@pytest.mark.parametrize(
    "script",
    [hang(), hang(after=b"HTTP/1.1 200"), hang(after=head(200, 100) + b"<rss>"), drip(FEED, every=0.05)],
)
async def test_a_server_that_is_too_slow_runs_into_the_deadline(server: Loopback, script: Script) -> None:
    web = make_web(total_timeout=0.4)
    met = await failure(web, server.on("/feed", script))
    await web.close()
    assert isinstance(met, Transient)
    assert met.code is Code.TIMEOUT


async def test_all_redirects_share_one_deadline(server: Loopback) -> None:
    async def slow(request: Any, writer: asyncio.StreamWriter) -> bool:
        await SystemClock().sleep(0.3)
        return await redirect("/feed")(request, writer)

    web = make_web(total_timeout=0.75)
    met = await failure(web, server.on("/feed", slow))
    await web.close()
    assert met.code is Code.TIMEOUT
    assert len(server.requests) <= 3


async def tls_failure(server_context: ssl.SSLContext | None) -> tuple[DatelineError, list[bytes]]:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(1000))
        writer.write(head(400, 0))
        writer.close()

    web = make_web(total_timeout=5)
    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_context) as secure:
        port = secure.sockets[0].getsockname()[1]
        met = await failure(web, f"https://127.0.0.1:{port}/feed")
    await web.close()
    return met, asked


async def test_a_server_that_does_not_speak_tls_is_a_tls_failure() -> None:
    met, _ = await tls_failure(None)
    assert isinstance(met, Transient)
    assert met.code is Code.TLS


@pytest.mark.skipif(which("openssl") is None, reason="no openssl to make a certificate with")
async def test_a_server_with_a_foreign_certificate_is_told_nothing(tmp_path: Path) -> None:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=x -addext subjectAltName=IP:127.0.0.1"
    )
    maker = await asyncio.create_subprocess_exec(
        *command.split(), "-keyout", key, "-out", cert, stderr=asyncio.subprocess.DEVNULL
    )
    assert await maker.wait() == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    met, asked = await tls_failure(context)
    assert isinstance(met, Broken)
    assert met.code is Code.TLS
    assert not asked


async def test_an_abandoned_fetch_gives_its_place_back(server: Loopback) -> None:
    web = make_web(per_host=1, total=1)
    silent = RawUrl(server.on("/silent", hang()))
    try:
        tasks = [asyncio.create_task(web.feed(silent, NONE)) for _ in range(5)]
        while not server.requests:
            await SystemClock().sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (await web.feed(RawUrl(server.on("/feed", answer(FEED))), NONE)).body == FEED
    finally:
        await web.close()


async def test_slow_hosts_do_not_hold_up_the_others(server: Loopback) -> None:
    server.on("/silent", hang())
    web = make_web(per_host=2, total=4, total_timeout=20)
    try:
        stuck = [asyncio.create_task(web.feed(RawUrl(server.url("/silent")), NONE)) for _ in range(50)]
        while len(server.requests) < 2:
            await SystemClock().sleep(0.01)
        async with Loopback("127.0.0.2") as other:
            other.otherwise(answer(FEED))
            got = await asyncio.gather(*(web.feed(RawUrl(other.url(f"/{i}")), NONE) for i in range(30)))
        assert all(response.body == FEED for response in got)
        assert len(server.requests) == 2  # per_host
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
    finally:
        await web.close()


# ----------------------------------------------------------------------------------------------- encodings


def raw_deflate(data: bytes) -> bytes:
    maker = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return maker.compress(data) + maker.flush()


@pytest.mark.parametrize(
    ("encoding", "wire", "body"),
    [
        (None, FEED, FEED),
        ("identity", FEED, FEED),
        ("gzip", packed(FEED), FEED),
        ("X-GZip", packed(FEED), FEED),
        ("gzip", packed(FEED[:10]) + packed(b"") + packed(FEED[10:]), FEED),
        ("gzip", packed(FEED) + bytes(512), FEED),  # padding after the end
        ("deflate", zlib.compress(FEED), FEED),
        ("deflate", raw_deflate(FEED), FEED),
        (None, packed(FEED), FEED),  # feed.xml.gz, served as it is
        (None, b"<", b"<"),
        (None, b"", b""),
        ("gzip", packed(b""), b""),
        ("gzip", b"", b""),
    ],
)
@pytest.mark.parametrize("dripping", [False, True])
async def test_each_encoding_is_read_however_it_is_cut_into_packets(
    web: Web, server: Loopback, encoding: str | None, wire: bytes, body: bytes, dripping: bool
) -> None:
    first = head(200, len(wire)) if encoding is None else head(200, len(wire), content_encoding=encoding)

    async def script(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(first)
        for at in range(0, len(wire), 1 if dripping else CAP):
            writer.write(wire[at : at + 1] if dripping else wire)
            await writer.drain()
            await SystemClock().sleep(0)
        return True

    assert (await web.feed(RawUrl(server.on("/feed", script)), NONE)).body == body


async def test_a_bomb_of_empty_parts_is_refused(web: Web, server: Loopback) -> None:
    url = server.on("/feed", answer(packed(b"") * 200_000, content_encoding="gzip"))
    assert (await failure(web, url)).code is Code.BAD_ENCODING


BOMB_VISITOR = """
    import asyncio, json, resource, sys, time
    from bot.adapters.clock import SystemClock
    from bot.adapters.http import FetchLimits, Web
    from bot.errors import DatelineError
    from bot.types import Validators

    async def main(fine, bombs):
        web = Web(clock=SystemClock(), user_agent="Dateline", allow_private=["127.0.0.1"])
        await web.feed(fine, Validators())
        before, started, codes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic(), []
        for bomb in bombs:
            try:
                await web.feed(bomb, Validators())
            except DatelineError as exc:
                codes.append(exc.code)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await web.close()
        scale = 1 if sys.platform == "darwin" else 1024
        print(json.dumps([codes, time.monotonic() - started, (after - before) * scale]))

    asyncio.run(main(sys.argv[1], sys.argv[2:]))
"""


async def test_a_gigabyte_in_a_megabyte_is_refused_quickly_in_little_memory(server: Loopback) -> None:
    bomb = gzip_bomb(1024)
    assert len(bomb) < 1_100_000
    fine = server.on("/fine", answer(FEED, gzip=True))
    urls = [
        server.on("/gzip", answer(bomb, content_encoding="gzip")),
        server.on("/unlabelled", answer(bomb)),
        server.on("/deflate", answer(bomb[10:-8], content_encoding="deflate")),
    ]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(BOMB_VISITOR), fine, *urls, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()
    assert child.returncode == 0
    codes, seconds, grown = json.loads(out)
    assert codes == ["too_large"] * 3
    assert seconds < 5
    assert grown <= 64 * 1024 * 1024


# --------------------------------------------------------------------------------------------------- robots


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


@pytest.fixture
async def reader(clock: VirtualClock) -> AsyncIterator[Web]:
    made = make_web(clock, total_timeout=5)
    yield made
    await made.close()


async def test_a_forbidden_page_is_not_asked_for_and_a_feed_is_not_subject_to_robots(
    reader: Web, server: Loopback
) -> None:
    rules = b"User-agent: dateline\nDisallow: /private\nAllow: /private/open$\n\nUser-agent: *\nDisallow: /\n"
    server.on("/robots.txt", answer(rules))
    server.otherwise(answer(FEED))
    for path in ("/news", "/private/open"):
        assert (await reader.page(RawUrl(server.url(path)))).body == FEED
    with pytest.raises(Broken) as met:
        await reader.page(RawUrl(server.url("/private/x?id=1")))
    assert met.value.code is Code.ROBOTS
    assert not server.asked("/private/x")
    assert (await reader.feed(RawUrl(server.url("/private/feed")), NONE)).body == FEED
    assert server.requests[0].headers["user-agent"] == AGENT


async def test_robots_are_asked_once_a_day_however_many_pages_wait(
    reader: Web, server: Loopback, clock: VirtualClock
) -> None:
    server.on("/robots.txt", answer(b"User-agent: *\nDisallow:\n"))
    server.otherwise(answer(FEED))
    await asyncio.gather(*(reader.page(RawUrl(server.url(f"/{index}"))) for index in range(20)))
    assert len(server.asked("/robots.txt")) == 1
    clock.move(23 * 3600)
    await reader.page(RawUrl(server.url("/x")))
    assert len(server.asked("/robots.txt")) == 1
    clock.move(2 * 3600)
    await reader.page(RawUrl(server.url("/x")))
    assert len(server.asked("/robots.txt")) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_site_without_robots_rules_allows_everything(
    reader: Web, server: Loopback, status: int
) -> None:
    server.on("/robots.txt", answer(b"User-agent: *\nDisallow: /", status=status))
    server.on("/story", answer(FEED))
    assert (await reader.page(RawUrl(server.url("/story")))).body == FEED


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (answer(b"", status=500), Code.SERVER_ERROR),
        (answer(b"", status=429), Code.RATE_LIMITED),
        (cut_off(b"User-agent", 100), Code.CUT_OFF),
        (answer(b"x", content_encoding="br"), Code.BAD_ENCODING),
    ],
)
async def test_pages_wait_while_robots_cannot_be_read_and_the_site_is_not_asked_again_at_once(
    reader: Web, server: Loopback, clock: VirtualClock, script: Script, code: Code
) -> None:
    server.on("/robots.txt", sequence(script, answer(b"")))
    url = RawUrl(server.on("/story", answer(FEED)))
    for _ in range(3):
        with pytest.raises(Transient) as met:
            await reader.page(url)
        assert met.value.code is code
        assert met.value.retry_after
    assert len(server.requests) == 1
    clock.move(301)
    assert (await reader.page(url)).body == FEED


async def test_a_huge_robots_file_is_read_up_to_half_a_megabyte(reader: Web, server: Loopback) -> None:
    text = b"User-agent: *\nDisallow: /private\n" + b"# filler\n" * 500_000 + b"Disallow: /news\n"
    server.otherwise(answer(FEED))
    for gzipped in (False, True):
        server.on("/robots.txt", answer(text, gzip=gzipped))
        fresh = make_web()
        assert (await fresh.page(RawUrl(server.url("/news")))).body == FEED
        with pytest.raises(Broken):
            await fresh.page(RawUrl(server.url("/private")))
        await fresh.close()


async def test_a_redirect_to_another_site_asks_that_sites_robots(reader: Web, server: Loopback) -> None:
    server.on("/robots.txt", answer(b""))
    async with Loopback() as other:
        other.on("/robots.txt", answer(b"User-agent: *\nDisallow: /story"))
        server.on("/story", redirect(other.url("/story")))
        with pytest.raises(Broken) as met:
            await reader.page(RawUrl(server.url("/story")))
        assert met.value.code is Code.ROBOTS
        assert not other.asked("/story")


async def test_a_crawl_delay_spaces_the_pages_and_ten_seconds_are_the_most(
    reader: Web, server: Loopback, clock: VirtualClock
) -> None:
    server.otherwise(answer(FEED))
    for delay, expected in ((2.5, 5.0), (86_400, 20.0)):
        server.on("/robots.txt", answer(b"User-agent: *\nCrawl-delay: %g\n" % delay))
        clock.move(90_000)
        await reader.page(RawUrl(server.url("/0")))
        start = clock.monotonic()
        for index in (1, 2):
            await reader.page(RawUrl(server.url(f"/{index}")))
        assert clock.monotonic() - start == pytest.approx(expected)


# -------------------------------------------------------------------------------------------------- secrets

SECRET = "5ecr3tT0ken"


@pytest.mark.parametrize(
    "script",
    [
        answer(b"", status=404),
        answer(b"", status=500),
        answer(b"", status=429, retry_after="5"),
        raw(b"garbage\r\n\r\n"),
        raw(b""),
        cut_off(b"", 5),
        answer(FEED, content_encoding="gzip"),
        redirect(f"/feed?key={SECRET}"),
        redirect(f"http://me:{SECRET}@127.0.0.1/"),
        redirect(f"http://127.0.0.1:port/{SECRET}"),
        redirect(f"http://[::1/?{SECRET}"),
        redirect(f"http://10.0.0.1:9/?{SECRET}"),
        redirect(f"ftp://127.0.0.1/?{SECRET}"),
        raw(head(302, 0, location=f"/\\{SECRET}")),
    ],
)
async def test_no_failure_tells_a_token_of_the_address(web: Web, server: Loopback, script: Script) -> None:
    server.on("/feed", script)
    met = await failure(web, f"{server.url('/feed')}?token={SECRET}#{SECRET}")
    assert SECRET not in "".join(traceback.format_exception(met))
    assert SECRET not in f"{met} {met!r} {met.ids} {met.hint}"
    assert met.code


@pytest.mark.parametrize(
    "url",
    [f"http://me:{SECRET}@example.org/", f"http://example.org:x/{SECRET}", f"ftp://example.org/?{SECRET}"],
)
async def test_no_refusal_of_an_address_tells_its_token(web: Web, url: str) -> None:
    met = await failure(web, url)
    assert SECRET not in "".join(traceback.format_exception(met))


def test_a_name_on_the_allow_list_is_a_misconfiguration() -> None:
    with pytest.raises(Misconfigured):
        Web(clock=SystemClock(), user_agent=AGENT, allow_private=["localhost"])
