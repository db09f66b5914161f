"""What went wrong on the way, as Transient or Broken with a code.

Nothing here repeats a query, a fragment or a user part of an address: readers' tokens stand there.
"""

from __future__ import annotations

import errno
from datetime import datetime

import aiohttp
from yarl import URL

from bot.adapters.http.address_guard import BlockedAddress
from bot.adapters.http.decoding import BadBody
from bot.domain.politeness import retry_after
from bot.errors import Broken, Code, DatelineError, Transient

_STATUS = {
    401: (Code.UNAUTHORIZED, "the server wants a log-in"),
    403: (Code.UNAUTHORIZED, "the server does not want us there"),
    404: (Code.NOT_FOUND, "there is nothing at this address"),
    410: (Code.GONE, "what was at this address is gone for good"),
}
_ERRNO = {
    errno.ECONNRESET: Code.RESET,
    errno.EPIPE: Code.RESET,
    errno.ECONNABORTED: Code.RESET,
    errno.ETIMEDOUT: Code.TIMEOUT,
}
_SAID = {
    Code.REFUSED: "nobody answers there",
    Code.RESET: "the server hung up",
    Code.TIMEOUT: "it took too long",
}


def shown(url: URL | str) -> str:
    """The address without user, password, query and fragment, for people and logs."""
    try:
        address = URL(url) if isinstance(url, str) else url
        return str(address.with_user(None).with_query(None).with_fragment(None))[:200]
    except ValueError:  # unreadable, so it cannot be told what in it is secret
        return "(unreadable)"


def of_status(status: int, retry: str, url: URL, now: datetime) -> DatelineError | None:
    """The failure that this status means, None for 200, 203, 304 and the redirects."""
    where = shown(url)
    if status in {200, 203, 304, 301, 302, 303, 307, 308}:
        return None
    if status in _STATUS:
        code, said = _STATUS[status]
        return Broken(said, code=code, url=where)
    if status in {425, 429}:
        wait = retry_after(retry, now)
        return Transient("too many requests", code=Code.RATE_LIMITED, retry_after=wait, url=where)
    if status == 408:
        return Transient(_SAID[Code.TIMEOUT], code=Code.TIMEOUT, url=where)
    if 500 <= status <= 599:
        wait = retry_after(retry, now)
        return Transient(
            "the server has a problem", code=Code.SERVER_ERROR, retry_after=wait, url=where, status=status
        )
    return Broken(
        "the server answered with an unexpected status", code=Code.HTTP_STATUS, url=where, status=status
    )


def of_exception(exc: Exception, url: URL) -> DatelineError:
    """The failure behind an exception of aiohttp, the system or our decoding; raise it from :func:`cause`."""
    where = shown(url)
    if isinstance(exc, BadBody):
        kind = Transient if exc.code is Code.CUT_OFF else Broken
        return kind(str(exc), code=exc.code, url=where)
    if isinstance(exc, TimeoutError):
        return Transient(_SAID[Code.TIMEOUT], code=Code.TIMEOUT, url=where)
    if isinstance(exc, aiohttp.ClientConnectorCertificateError):
        return Broken("the server's certificate is not valid", code=Code.TLS, url=where)
    if isinstance(exc, aiohttp.ClientSSLError):
        return Transient("no secure connection could be made", code=Code.TLS, url=where)
    if isinstance(exc, aiohttp.ClientConnectorDNSError):
        return Transient("the host's name leads nowhere", code=Code.DNS, url=where)
    if isinstance(exc, aiohttp.ClientConnectorError) and isinstance(exc.os_error, BlockedAddress):
        return Broken(
            f"this address is not visited, {exc.os_error.strerror}",
            code=Code.BLOCKED_ADDRESS,
            hint="a server of your own must be on the allow-list of private addresses",
            url=where,
            address=exc.os_error.address,
        )
    if isinstance(exc, aiohttp.ClientPayloadError):
        return Transient("the answer ends too early", code=Code.CUT_OFF, url=where)
    if isinstance(exc, aiohttp.ClientResponseError):
        return Broken("what answers there does not speak HTTP", code=Code.BAD_ENCODING, url=where)
    if isinstance(exc, aiohttp.ServerDisconnectedError):
        return Transient(_SAID[Code.RESET], code=Code.RESET, url=where)
    if isinstance(exc, OSError):
        met = exc.os_error.errno if isinstance(exc, aiohttp.ClientConnectorError) else exc.errno
        connecting = isinstance(exc, aiohttp.ClientConnectorError)
        code = _ERRNO.get(met or 0, Code.REFUSED if connecting else Code.RESET)
        return Transient(_SAID[code], code=code, url=where)
    return Broken("this is not an address of the web", code=Code.BAD_ADDRESS, url=where)


def cause(exc: Exception) -> BaseException | None:
    """The original to chain, unless its text repeats the whole address (and with it a token)."""
    if isinstance(exc, aiohttp.ClientResponseError):
        return exc.__cause__
    return None if isinstance(exc, ValueError) else exc
