"""The web: one aiohttp client that is safe to point at strangers' addresses, and polite to them.

client.py         Web: feeds and pages, redirects, the deadline
address_guard.py  which address may be connected to, decided on the very socket that connects
turns.py          who may start a request to which host, and when
robots.py         a site's rules for pages, fetched by ourselves and remembered for a day
decoding.py       bodies: gzip and deflate under a cap
failures.py       what went wrong, as Transient or Broken with a code and no secrets
"""

from bot.adapters.http.address_guard import PORTS, AddressGuard, BlockedAddress
from bot.adapters.http.client import FetchLimits, Web

__all__ = ["PORTS", "AddressGuard", "BlockedAddress", "FetchLimits", "Web"]
