"""Addresses of pages: one canonical spelling per page, and the site an address belongs to."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from bot.types import CanonicalUrl, RawUrl

_TRACKING = re.compile(
    r"utm_.*|at_.*|ns_.*|pk_.*|mtm_.*|hsa_.*|_hs.*|vero_.*|oly_.*|mc_[ce]id|ref|ref_?(?:src|url|source)|referr?er"
    r"|fb(?:clid|_.*)|[gdy]clid|[gw]braid|msclkid|twclid|ttclid|igshid|igsh|si|_ga|_gl|xtor|cmp|cmpid|campaign_?id|ncid|ocid"
    r"|icid|intcmp|s_cid|wt_mc|smid|smtyp|soc_(?:src|trk)|guccounter|guce_.*|traffic_?source|tpcc|taid|trk|linkid|spm"
    r"|share(?:d|id|_.*)?|isappinstalled|chksm|emc|nl|regi_id|segment_id|instance_id|wpisrc|__twitter_impression"
    r"|feed(?:type|name)|rss|amp|amp_.*|outputtype|usqp|oc|dicbo|mod|partner|ftag|sr_share.*|cvid|mkt_tok|rssid|ito",
    re.IGNORECASE,
)
# Names that may matter, with values that only say where the reader came from.
_TRACKING_VALUE = re.compile(
    r"(?:source|src|from|via|output|output_type|format|cid)"
    r"=(?:.*rss.*|feed.*|twitter|facebook|whatsapp|telegram|newsletter|social|share|amp|timeline|singlemessage|groupmessage|homepage)",
    re.IGNORECASE,
)
_MOBILE = re.compile(r"^(?:m|mobile|amp|touch|wap)\.(?=[^.]+\.)")
_AMP_PATH = re.compile(r"^/amp(?:html)?(?=/.)|/amp(?:html)?/?$|(?:\.|/)amp(?=\.html?$)|\.amp$", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^/(?:[cvir]|amp)/(?:s/)?(?P<rest>[^/]+\.[^/]+(?:/.*)?)$")
_SECOND_LEVEL = frozenset(
    ("co", "com", "org", "net", "gov", "edu", "ac", "or", "ne", "go", "gob", "gouv", "mil", "info")
)
_UNRESERVED = "!$&'()*+,-./:;=@_~"
_AGGREGATORS = frozenset(
    ("news.google.com", "feedproxy.google.com", "feeds.feedburner.com", "t.co", "bit.ly", "flip.it", "ift.tt")
)


def canonical(url: RawUrl) -> CanonicalUrl:
    """One spelling per page: tracking, AMP and mobile variants, scheme, ports, order of the query are undone.

    https replaces http because no news site of the last years serves two pages under them; ``www.`` stays,
    because links go out to readers and not every site answers without it. Idempotent. What is no web address
    comes back stripped, otherwise as it was.
    """
    current = _bare(url)
    for _ in range(8):  # wrappers hold wrappers: each pass undoes one layer
        before, current = current, _bare(_once(current))
        if current == before:
            break
    return CanonicalUrl(current)


def _bare(url: str) -> str:
    """Without the white space that browsers ignore."""
    return re.sub(r"[\t\r\n]", "", url).strip()


def _once(url: str) -> str:
    parts = _web(url)
    if parts is None:
        return url
    if inner := _unwrapped(parts):
        return inner
    host = _host(parts)
    path = _AMP_PATH.sub("", _path(parts.path))
    query = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name) and not _TRACKING_VALUE.fullmatch(f"{name}={value}")
    )
    tail = f"?{urlencode(query)}" if query else ""
    return f"https://{host}{path.rstrip('/') or '/'}{tail}"


def _web(url: str) -> SplitResult | None:
    """The parts of a http(s) address with a host, None for anything else."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme.lower() in {"http", "https"} and bool((parts.hostname or "").strip("."))
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return None
    return parts if usable else None


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").strip(".")
    bare = _MOBILE.sub("", host)
    if bare != host and bare == site_of_host(bare):
        bare = f"www.{bare}"
    if ":" in bare:
        bare = f"[{bare}]"
    return bare if parts.port in {None, 80, 443} else f"{bare}:{parts.port}"


def _path(path: str) -> str:
    """Dot segments resolved, slashes single, percent-encoding uniform."""
    clean = quote(unquote(path, errors="strict") if _decodable(path) else path, safe=_UNRESERVED + "%")
    return posixpath.normpath("/" + clean.replace("\\", "/").lstrip("/"))


def _decodable(path: str) -> bool:
    """Whether undoing percent-encoding loses nothing: not for encoded slashes, percents and other bytes."""
    if re.search(r"%(?:2f|25|3f|23|5c|0|1)", path, re.IGNORECASE):
        return False
    try:
        return unquote(path, errors="strict").isprintable()
    except UnicodeDecodeError:
        return False


def _unwrapped(parts: SplitResult) -> str:
    """The address inside a redirector's or an AMP cache's, "" when there is none inside."""
    host = (parts.hostname or "").lower()
    google = re.fullmatch(r"(?:www\.)?google\.[a-z.]{2,6}", host) is not None
    if (google and parts.path.startswith("/amp/")) or host.endswith(".ampproject.org"):
        match = _AMP_CACHE.match(parts.path)
        return f"https://{match['rest']}" + (f"?{parts.query}" if parts.query else "") if match else ""
    if (google and parts.path == "/url") or host in {"l.facebook.com", "lm.facebook.com", "l.instagram.com"}:
        inner = dict(parse_qsl(parts.query))
        target = inner.get("url") or inner.get("q") or inner.get("u") or ""
        return target if _web(target) else ""
    return ""


def same_page(one: str, other: str) -> bool:
    """Whether two addresses name one page; ``www.`` makes no difference here."""
    first, second = (canonical(RawUrl(url)).replace("://www.", "://", 1) for url in (one, other))
    return first == second


def host_of(url: str) -> str:
    """The host in lower case without ``www.``, "" for what is no web address."""
    parts = _web(_bare(url))
    return (parts.hostname or "").strip(".").removeprefix("www.") if parts else ""


def site_of_host(host: str) -> str:
    """The registrable domain: two labels, or three under the likes of ``.co.uk`` and ``.com.cn``.

    A rule in place of the public-suffix list: it names an outlet that nobody configured, nothing hangs on it.
    """
    labels = host.split(".")
    deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if deep else labels[-2:])


def site_of(url: str) -> str:
    """The registrable domain of the page behind this address, wrappers undone."""
    return site_of_host(host_of(canonical(RawUrl(url))))


def is_front(url: str) -> bool:
    """Whether the address is a site's front page: a host and nothing behind it."""
    parts = _web(_bare(url))
    return parts is not None and not parts.path.strip("/") and not parts.query


def is_aggregator(url: str) -> bool:
    """Whether the address is a signpost to somebody else's page that does not say whose."""
    return host_of(url) in _AGGREGATORS
