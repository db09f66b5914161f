"""Which addresses may be connected to.

The rule is asked by aiohttp's ``socket_factory`` for the very address that is about to be connected, after
name resolution and for address literals alike. Checks that look at the name first and connect by name later
lose to a name server that changes its answer in between; a check of the peer after connecting has already
knocked on the internal door.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Collection, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from bot.errors import Misconfigured

PORTS = (80, 443, 8080, 8443)
_REMEMBERED = 2048

# The unicast space that is handed out at all; the rest of IPv6 is special (ULA, link-local, site-local, …).
_IPV6_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: what an IPv6-only network reaches IPv4 by
# Not global, but is_global says so on some Pythons (its tables changed in 3.11.10, 3.12.4 and 3.13).
_NEVER = tuple(
    ip_network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20")
)


class BlockedAddress(OSError):
    """No socket is made for this address.

    The text is the same for each address of a name: only then does the connector, which tries them all,
    raise this very exception rather than a nameless sum.
    """

    def __init__(self, reason: str, address: str) -> None:
        super().__init__(errno.EACCES, reason)
        self.address = address


class AddressGuard:
    """Public addresses on web ports, and whatever is on the allow-list on any port.

    Args:
        allow: addresses and networks (``10.0.0.5``, ``fd00::/8``, ``127.0.0.0/8``), not names: a name says
            nothing about where it leads.
        ports: what a public address may be asked on.

    Raises:
        Misconfigured: when an item of ``allow`` is neither.
    """

    def __init__(self, *, allow: Sequence[str] = (), ports: Collection[int] = PORTS) -> None:
        try:
            self._allowed = tuple(ip_network(item, strict=False) for item in allow)
        except ValueError as exc:
            raise Misconfigured(
                "the allow-list of private addresses has an item that is no address or network",
                hint="write addresses (10.0.0.5) or networks (192.168.1.0/24), no names, no ports",
            ) from exc
        self._ports = frozenset(ports)
        # What an address may is a matter of its digits alone: asked for each connection, remembered for some.
        self._refusal = lru_cache(_REMEMBERED)(self._judge)
        self._trusted = lru_cache(_REMEMBERED)(self._judge_host)

    def trusts(self, host: str) -> bool:
        """Whether this host, as written, is an allow-listed address (``localhost`` is taken as 127.0.0.1)."""
        return self._trusted(host)

    def _judge_host(self, host: str) -> bool:
        try:
            return self._listed(ip_address("127.0.0.1" if host == "localhost" else host.partition("%")[0]))
        except ValueError:
            return False

    def check(self, address: str, port: int) -> None:
        """Raises :class:`BlockedAddress` unless this address may be connected to on this port."""
        if reason := self._refusal(address, port):
            raise BlockedAddress(reason, address)

    def _judge(self, address: str, port: int) -> str:
        """Why this address may not be connected to on this port, "" where it may."""
        try:
            ip = ip_address(address.partition("%")[0])  # without an IPv6 zone
        except ValueError:
            return "not an internet address"
        if self._listed(ip):
            return ""
        if not is_public(ip):
            return "the address is not public"
        return "" if port in self._ports else "the port is not one of the web"

    def socket(self, info: tuple[Any, Any, int, str, Any]) -> socket.socket:
        """A socket for one ``getaddrinfo`` row, for ``TCPConnector(socket_factory=...)``."""
        family, kind, proto, _, sockaddr = info
        self.check(str(sockaddr[0]), int(sockaddr[1]))
        return socket.socket(family, kind, proto)

    def _listed(self, ip: IPv4Address | IPv6Address) -> bool:
        # A v4-mapped address is the same host; one behind a translator is not what a person allowed.
        plain = (isinstance(ip, IPv6Address) and ip.ipv4_mapped) or ip
        return any(plain in net for net in self._allowed)


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether the address, and each IPv4 address wrapped in it, belongs to the public internet."""
    if any(ip in net for net in _NEVER):
        return False
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(ip.ipv4_mapped)
        if ip in _NAT64:
            return is_public(IPv4Address(int(ip) & 0xFFFF_FFFF))
        if ip.sixtofour is not None:
            return is_public(ip.sixtofour)
        # Teredo (2001::/32) wraps IPv4 too; it lies in 2001::/23, which is refused whole.
        if ip not in _IPV6_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast
