"""What people type as an address, and the ids that are made of addresses."""

from __future__ import annotations

import itertools
import re
from collections.abc import Container
from urllib.parse import urlsplit

from bot.errors import Code, Misconfigured
from bot.types import RawUrl


def typed_address(text: str) -> RawUrl:
    """An address that a person typed; https where they left it out.

    Raises:
        Misconfigured: what is none, with the code ``bad_address``.
    """
    url = text if "://" in text else f"https://{text}"
    if not re.fullmatch(r"(?i)https?://[^\s/?#]+(?:[/?#]\S*)?", url):
        hint = "write it as https://example.org/feed"
        raise Misconfigured("this is no address", code=Code.BAD_ADDRESS, hint=hint, address=text)
    return RawUrl(url)


def free_id(url: str, taken: Container[str]) -> str:
    """An id made from the address, and one that no other feed has."""
    parts = urlsplit(url)
    text = f"{(parts.hostname or '').removeprefix('www.')}{parts.path}"
    text = re.sub(r"(?i)(rss|feed|index|xml|atom|rdf)\b", "", text)
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-") or "feed"
    return next(name for n in itertools.count(1) if (name := slug if n == 1 else f"{slug}-{n}") not in taken)
