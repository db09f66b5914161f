"""No connection is opened to an address that is not public: rule, battery, redirects, rebinding."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.clock import SystemClock
from bot.adapters.http import AddressGuard, BlockedAddress, FetchLimits, Web
from bot.adapters.http.address_guard import is_public
from bot.errors import Broken, Code, DatelineError, Misconfigured
from bot.types import RawUrl, Response, Validators
from tests.loopback import Loopback, answer, redirect

PUBLIC = "93.184.216.34"
NAMES: dict[str, list[str]] = {
    "public.test": [PUBLIC],
    "private.test": ["127.0.0.1"],
    "mixed.test": [PUBLIC, "127.0.0.1"],
    "mixed6.test": ["::1", PUBLIC],
    "meta.test": ["169.254.169.254"],
    "cgnat.test": ["100.100.100.200"],
    "v6ula.test": ["fd00:ec2::254"],
    "v6mapped.test": ["::ffff:127.0.0.1"],
    "v6compatible.test": ["::127.0.0.1"],
    "nat64.test": ["64:ff9b::7f00:1"],
    "nat64local.test": ["64:ff9b:1::7f00:1"],
    "6to4.test": ["2002:7f00:1::"],
    "teredo.test": ["2001:0:0:0:0:0:80ff:fffe"],
    "zero.test": ["0.0.0.0"],
    "mc.test": ["224.0.0.1"],
    "mc6.test": ["ff02::1"],
    "bcast.test": ["255.255.255.255"],
    "doc.test": ["192.0.2.1"],
    "site.test": ["fec0::1"],
}
# PORT stands for that of a real listener on 127.0.0.1 and ::1, which is an allowed port here: only the
# address rule may save us.
BATTERY = {
    "127.0.0.1": "http://127.0.0.1:PORT/secret",
    "localhost": "http://localhost:PORT/secret",
    "localhost with a dot": "http://localhost.:PORT/secret",
    "decimal": "http://2130706433:PORT/secret",
    "hex": "http://0x7f000001:PORT/secret",
    "octal": "http://0177.0.0.1:PORT/secret",
    "short": "http://127.1:PORT/secret",
    "0.0.0.0": "http://0.0.0.0:PORT/secret",
    "[::1]": "http://[::1]:PORT/secret",
    "[::]": "http://[::]:PORT/secret",
    "mapped": "http://[::ffff:127.0.0.1]:PORT/secret",
    "circled digits": "http://①②⑦.⓪.⓪.①:PORT/secret",
    "userinfo": "http://public.test@127.0.0.1:PORT/secret",
    "backslash": "http://public.test\\@127.0.0.1:PORT/secret",
    "dns private": "http://private.test:PORT/secret",
    "dns mixed": "http://mixed.test:PORT/secret",
    "dns rebinding": "http://rebind.test:PORT/secret",
    "metadata": "http://169.254.169.254:PORT/latest",
    "dns metadata": "http://meta.test:PORT/",
    "CGNAT": "http://cgnat.test:PORT/",
    "IPv6 ULA": "http://v6ula.test:PORT/",
    "dns mapped": "http://v6mapped.test:PORT/secret",
    "NAT64": "http://nat64.test:PORT/",
    "6to4": "http://6to4.test:PORT/",
    "teredo": "http://teredo.test:PORT/",
    "dns zero": "http://zero.test:PORT/secret",
    "multicast": "http://mc.test:PORT/",
    "broadcast": "http://bcast.test:PORT/",
    "TEST-NET": "http://doc.test:PORT/",
    "site-local": "http://site.test:PORT/",
    "public": "http://public.test:PORT/ok",  # the 31st: must be tried
    # beyond the 31
    "dns mixed, IPv6 first": "http://mixed6.test:PORT/secret",
    "IPv4-compatible": "http://v6compatible.test:PORT/secret",
    "local NAT64": "http://nat64local.test:PORT/secret",
    "IPv6 multicast": "http://mc6.test:PORT/",
    "zone": "http://[fe80::1%25lo]:PORT/secret",
    "link-local": "http://[fe80::1]:PORT/secret",
    "mapped in hex": "http://[::ffff:7f00:1]:PORT/secret",
}
PUBLIC_TRIED = {"public", "dns mixed", "dns rebinding", "dns mixed, IPv6 first"}


class Names(AbstractResolver):
    """A name server of our own; ``rebind.test`` changes its answer from the first to the second lookup."""

    def __init__(self, names: dict[str, list[str]], rebind: Sequence[str] = (PUBLIC, "127.0.0.1")) -> None:
        self.names = names
        self.rebind = list(rebind)
        self.lookups = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.lookups += 1
        name = host.rstrip(".").lower()
        if name == "rebind.test":
            found = [self.rebind.pop(0) if len(self.rebind) > 1 else self.rebind[0]]
        elif name == "localhost":
            found = ["127.0.0.1", "::1"]
        elif name in self.names:
            found = self.names[name]
        else:  # 0x7f000001 and other spellings that the system's resolver takes for addresses
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
            found = [str(row[4][0]) for row in rows]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        pass


class ObservedLoop(asyncio.SelectorEventLoop):
    """Records each TCP connect that is tried, and lets none leave loopback."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: list[str] = []

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        self.tried.append(str(address[0]))
        if not ip_address(address[0].partition("%")[0]).is_loopback:
            raise ConnectionRefusedError(f"the laboratory has no way to {address[0]}")
        await super().sock_connect(sock, address)


async def outcome(call: Awaitable[Response]) -> DatelineError | Response:
    try:
        return await call
    except DatelineError as exc:
        return exc


@pytest.mark.parametrize("method", ["feed", "page"])
def test_none_of_the_battery_opens_a_connection_to_an_address_that_is_not_public(method: str) -> None:
    verdicts: dict[str, tuple[list[str], str]] = {}  # tag -> addresses that were tried, code

    async def run() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, ObservedLoop)
        async with Loopback() as four, Loopback("::1", four.port) as six:
            for tag, url in BATTERY.items():
                web = Web(
                    clock=SystemClock(),
                    user_agent="Dateline",
                    ports=(four.port,),
                    resolver=Names(NAMES),
                    limits=FetchLimits(host_gap=0, total_timeout=8),
                )
                loop.tried.clear()
                target = RawUrl(url.replace("PORT", str(four.port)))
                met: list[DatelineError | Response] = []
                for _ in range(2 if tag == "dns rebinding" else 1):
                    call = web.page(target) if method == "page" else web.feed(target, Validators())
                    met.append(await outcome(call))
                verdicts[tag] = (list(loop.tried), str(getattr(met[-1], "code", None)))
                await web.close()
            return four.connections, six.connections

    with asyncio.Runner(loop_factory=ObservedLoop) as runner:
        connections = runner.run(run())

    assert connections == (0, 0)
    tried = {tag: seen for tag, (seen, _) in verdicts.items() if seen}
    assert {address for seen in tried.values() for address in seen} == {PUBLIC}
    assert set(tried) == PUBLIC_TRIED
    refused = {code for tag, (_, code) in verdicts.items() if tag not in PUBLIC_TRIED}
    assert refused == {"blocked_address", "bad_address"}
    assert verdicts["public"][1] == "refused"  # by the laboratory, not by the rule
    if method == "feed":  # the second lookup led to 127.0.0.1; a page never gets so far without robots.txt
        assert verdicts["dns rebinding"][1] == "blocked_address"


@pytest.fixture
async def inside() -> AsyncIterator[Loopback]:
    """A server that nobody outside may reach."""
    async with Loopback("127.0.0.1") as server:
        server.otherwise(answer(b"SECRET"))
        yield server


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "private.test", "[::ffff:127.0.0.1]", "2130706433"]
)
async def test_a_redirect_from_a_public_server_leads_nowhere_private(
    inside: Loopback, host: str, status: int
) -> None:
    async with Loopback("127.0.0.2") as outside:  # allow-listed: it stands for a public server
        outside.on("/feed", redirect(inside.url("/secret", host=host), status))
        web = Web(
            clock=SystemClock(),
            user_agent="Dateline",
            allow_private=["127.0.0.2"],
            ports=[inside.port],
            resolver=Names(NAMES),
        )
        met = await outcome(web.feed(RawUrl(outside.url("/feed")), Validators()))
        await web.close()
    assert isinstance(met, Broken)
    assert met.code in {Code.BLOCKED_ADDRESS, Code.BAD_ADDRESS}
    assert outside.connections == 1
    assert inside.connections == 0


async def test_a_name_that_changes_its_answer_after_the_first_visit_is_refused_at_the_second(
    inside: Loopback,
) -> None:
    async with Loopback("127.0.0.2", inside.port) as outside:
        outside.on("/feed", answer(b"fine"))
        names = Names({}, rebind=["127.0.0.2", "127.0.0.1"])
        web = Web(
            clock=SystemClock(),
            user_agent="Dateline",
            allow_private=["127.0.0.2"],
            ports=[inside.port],
            resolver=names,
            limits=FetchLimits(host_gap=0),
        )
        url = RawUrl(f"http://rebind.test:{inside.port}/feed")
        first = await outcome(web.feed(url, Validators()))
        second = await outcome(web.feed(url, Validators()))
        await web.close()
    assert isinstance(first, Response)
    assert first.body == b"fine"
    assert isinstance(second, Broken)
    assert second.code is Code.BLOCKED_ADDRESS
    assert "allow-list" in second.hint
    assert (outside.connections, inside.connections, names.lookups) == (1, 0, 2)


async def test_a_robots_file_that_redirects_inside_reaches_nothing(inside: Loopback) -> None:
    async with Loopback("127.0.0.2") as outside:
        outside.on("/robots.txt", redirect(inside.url("/secret")))
        outside.on("/story", answer(b"<p>story</p>"))
        web = Web(clock=SystemClock(), user_agent="Dateline", allow_private=["127.0.0.2"])
        met = await outcome(web.page(RawUrl(outside.url("/story"))))
        await web.close()
    assert isinstance(met, Broken)
    assert met.code is Code.BLOCKED_ADDRESS
    assert inside.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/feed",
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/_x",
        "javascript:alert(1)",
        "//example.org/feed",
        "example.org/feed",
        "http://",
        "http:///feed",
        "http://user@example.org/",
        "http://user:word@example.org/",
        "http://" + "a." * 130 + "test/",
        "http://example.org\\@127.0.0.1/",
        "http://example.org/a\r\nHost: inside",
        "http://example.org/a\x00b",
        "http://example.org:99999/",
        "http://example.org:port/",
        "http://[::1/",
        "http://exa mple.org/",
        "http://" + "a" * 64 + ".test/",
        "",
    ],
)
async def test_an_address_that_is_not_one_of_the_web_is_refused_before_any_lookup(url: str) -> None:
    names = Names(NAMES)
    web = Web(clock=SystemClock(), user_agent="Dateline", resolver=names)
    met = await outcome(web.feed(RawUrl(url), Validators()))
    await web.close()
    assert isinstance(met, Broken)
    assert met.code is Code.BAD_ADDRESS
    assert names.lookups == 0


async def test_a_redirect_to_another_scheme_or_with_a_user_name_is_refused() -> None:
    async with Loopback() as server:
        web = Web(clock=SystemClock(), user_agent="Dateline", allow_private=["127.0.0.1"])
        for target in (
            "file:///etc/passwd",
            "ftp://127.0.0.1/",
            f"http://u:p@127.0.0.1:{server.port}/x",
            "http://[",
        ):
            server.on("/feed", redirect(target))
            met = await outcome(web.feed(RawUrl(server.url("/feed")), Validators()))
            assert isinstance(met, Broken), target
            assert met.code is Code.BAD_ADDRESS, target
        await web.close()
    assert not server.asked("/x")


def test_a_public_address_is_connected_on_web_ports_only() -> None:
    guard = AddressGuard()
    for port in (80, 443, 8080, 8443):
        guard.check(PUBLIC, port)
        guard.check("2606:2800:220:1:248:1893:25c8:1946", port)
    for port in (0, 22, 25, 6379, 11211, 8000):
        with pytest.raises(BlockedAddress, match="port"):
            guard.check(PUBLIC, port)


def test_an_allow_listed_address_is_connected_on_any_port_and_its_neighbour_on_none() -> None:
    guard = AddressGuard(allow=["10.0.0.5", "192.168.7.0/24", "fd00::/8"])
    for address in ("10.0.0.5", "::ffff:10.0.0.5", "192.168.7.200", "fd12::1"):
        guard.check(address, 12345)
        assert guard.trusts(address)
    for address in ("10.0.0.6", "192.168.8.1", "64:ff9b::a00:5", "2002:a00:5::", "127.0.0.1", "fe80::1%lo"):
        with pytest.raises(BlockedAddress):
            guard.check(address, 80)
        assert not guard.trusts(address)
    assert not guard.trusts("example.org")


@pytest.mark.parametrize("item", ["localhost", "10.0.0.5:80", "10.0.0.0/40", "example.org", ""])
def test_an_allow_list_item_that_is_no_address_stops_with_a_hint(item: str) -> None:
    with pytest.raises(Misconfigured) as met:
        AddressGuard(allow=["127.0.0.1", item])
    assert "no names, no ports" in met.value.hint


@pytest.mark.parametrize(
    "address",
    """0.0.0.0 0.1.2.3 10.1.1.1 100.64.0.1 100.127.255.255 127.8.8.8 169.254.169.254 172.16.0.1 172.31.255.255
    192.0.0.1 192.0.0.8 192.0.0.170 192.0.2.9 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.7
    203.0.113.7 224.0.0.1 233.252.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::7f00:1 ::ffff:10.0.0.1 64:ff9b::a00:1 64:ff9b:1::1 100::1 2001::1 2001:2::1 2001:10::1 2001:20::1
    2001:db8::1 2002:a00:1:: 2002:7f00:1::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1
    ff0e::1""".split(),  # noqa: SIM905 - a table reads better than fifty quoted strings
)
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        PUBLIC,
        "172.32.0.1",
        "100.63.255.255",
        "2606:4700::1111",
        "64:ff9b::808:808",
        "::ffff:8.8.8.8",
    ],
)
def test_public_addresses_are_public_also_through_a_translator(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_never_makes_it_more_public(plain: IPv4Address) -> None:
    number = int(plain)
    nat64 = IPv6Address(int(IPv6Address("64:ff9b::")) + number)
    mapped = IPv6Address(int(IPv6Address("::ffff:0:0")) + number)
    sixtofour = IPv6Address((0x2002 << 112) + (number << 80) + 1)
    teredo = IPv6Address((0x20010000 << 96) + (int(IPv4Address("8.8.8.8")) << 64) + (~number & 0xFFFFFFFF))
    assert is_public(nat64) == is_public(mapped) == is_public(plain)
    assert is_public(plain) or not is_public(sixtofour)
    assert not is_public(teredo)
    if not plain.is_global or plain.is_multicast:
        assert not is_public(plain)
