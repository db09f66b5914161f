"""Serves the sample newsroom on loopback: feeds in four formats, pages, robots rules, and two sick feeds."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

from aiohttp import web

from bot.demo.samples import SampleArticle, SampleOutlet


class SampleServer:
    """One loopback server for all outlets; which one is asked is told by the Host header.

    ``ports`` for a resolver: every name ``*.example`` leads to :attr:`port` on 127.0.0.1.
    """

    def __init__(self, outlets: Sequence[SampleOutlet], articles: Sequence[SampleArticle]) -> None:
        self._outlets = {outlet.domain: outlet for outlet in outlets}
        self.articles: Sequence[SampleArticle] = tuple(articles)
        """What is served; a test may publish more."""
        self._runner: web.AppRunner | None = None
        self.port = 0
        """The port, once started."""
        self.requests = 0
        """Requests answered so far."""

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        app = web.Application()
        app.router.add_get("/feed", self._feed)
        app.router.add_get("/robots.txt", self._robots)
        app.router.add_get("/{slug}", self._page)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close all connections."""
        if self._runner is not None:
            await self._runner.cleanup()

    def _outlet(self, request: web.Request) -> SampleOutlet:
        self.requests += 1
        outlet = self._outlets.get(request.host.split(":")[0])
        if outlet is None:
            raise web.HTTPNotFound
        return outlet

    async def _robots(self, request: web.Request) -> web.Response:
        self._outlet(request)
        return web.Response(text="User-agent: *\nDisallow: /private\n")

    async def _feed(self, request: web.Request) -> web.Response:
        outlet = self._outlet(request)
        if outlet.format == "dead":
            raise web.HTTPGone
        items = [article for article in self.articles if article.outlet == outlet.id]
        body, content_type = render_feed(outlet, items)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, headers={"Content-Type": content_type, "ETag": etag})

    async def _page(self, request: web.Request) -> web.Response:
        outlet = self._outlet(request)
        slug = request.match_info["slug"]
        for article in self.articles:
            if article.outlet == outlet.id and article.id == slug:
                others = [
                    other for other in self.articles if other.outlet == outlet.id and other is not article
                ]
                return web.Response(text=render_page(outlet, article, others[:4]), content_type="text/html")
        raise web.HTTPNotFound


def address(outlet: SampleOutlet, article: SampleArticle) -> str:
    """Where the article stands, with the tracking that feeds like to add."""
    return f"http://{outlet.domain}/{quote(article.id)}?utm_source=rss&utm_medium=feed"


def render_feed(outlet: SampleOutlet, items: Sequence[SampleArticle]) -> tuple[bytes, str]:
    """A feed body in the outlet's format, and its content type."""
    if outlet.format == "jsonfeed":
        return _json_feed(outlet, items), "application/feed+json"
    if outlet.format == "atom10":
        return _atom(outlet, items), "application/atom+xml"
    if outlet.format == "rdf":
        return _rdf(outlet, items), "application/rdf+xml"
    if outlet.format == "broken":  # a login page where the feed was, with status 200, as real servers do
        title = html.escape(outlet.name)
        page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>Log in</body></html>"
        return page.encode(), "text/html; charset=utf-8"
    return _rss(outlet, items), "application/rss+xml"


def _content(article: SampleArticle) -> str:
    return "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in article.paragraphs)


def _rss(outlet: SampleOutlet, items: Sequence[SampleArticle]) -> bytes:
    parts = [
        (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
            f"<title>{escape(outlet.name)}</title><link>http://{outlet.domain}/</link>"
            f"<description>{escape(outlet.name)}</description><language>{outlet.language}</language>"
        )
    ]
    for article in items:
        full = f"<content:encoded>{escape(_content(article))}</content:encoded>" if outlet.feed_full else ""
        parts.append(
            f"<item><title>{escape(article.title)}</title><link>{escape(address(outlet, article))}</link>"
            f'<guid isPermaLink="false">{outlet.id}-{article.id}</guid>'
            f"<pubDate>{format_datetime(article.published_at)}</pubDate>"
            f"<description>{escape(article.summary)}</description>{full}</item>"
        )
    return ("".join(parts) + "</channel></rss>").encode()


def _atom(outlet: SampleOutlet, items: Sequence[SampleArticle]) -> bytes:
    updated = max((article.published_at for article in items), default=None)
    parts = [
        (
            '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
            f'xml:lang="{outlet.language}"><title>{escape(outlet.name)}</title><id>http://{outlet.domain}/</id>'
            f"<updated>{_iso(updated)}</updated>"
        )
    ]
    for article in items:
        full = f'<content type="html">{escape(_content(article))}</content>' if outlet.feed_full else ""
        parts.append(
            f"<entry><title>{escape(article.title)}</title>"
            f'<link rel="alternate" href="{escape(address(outlet, article))}"/>'
            f"<id>tag:{outlet.domain},{article.id}</id><published>{_iso(article.published_at)}</published>"
            f"<updated>{_iso(article.published_at)}</updated><summary>{escape(article.summary)}</summary>{full}</entry>"
        )
    return ("".join(parts) + "</feed>").encode()


def _rdf(outlet: SampleOutlet, items: Sequence[SampleArticle]) -> bytes:
    parts = [
        (
            '<?xml version="1.0" encoding="UTF-8"?><rdf:RDF '
            'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f'<channel rdf:about="http://{outlet.domain}/"><title>{escape(outlet.name)}</title>'
            f"<link>http://{outlet.domain}/</link><description>{escape(outlet.name)}</description></channel>"
        )
    ]
    parts += [
        f'<item rdf:about="{escape(address(outlet, article))}"><title>{escape(article.title)}</title>'
        f"<link>{escape(address(outlet, article))}</link><description>{escape(article.summary)}</description>"
        f"<dc:date>{_iso(article.published_at)}</dc:date></item>"
        for article in items
    ]
    return ("".join(parts) + "</rdf:RDF>").encode()


def _json_feed(outlet: SampleOutlet, items: Sequence[SampleArticle]) -> bytes:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "language": outlet.language,
        "home_page_url": f"http://{outlet.domain}/",
        "items": [
            {
                "id": f"{outlet.id}-{article.id}",
                "url": address(outlet, article),
                "title": article.title,
                "summary": article.summary,
                "date_published": _iso(article.published_at),
                **({"content_html": _content(article)} if outlet.feed_full else {}),
            }
            for article in items
        ],
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _iso(value: datetime | None) -> str:
    return value.isoformat().replace("+00:00", "Z") if value else ""


def render_page(outlet: SampleOutlet, article: SampleArticle, others: Sequence[SampleArticle]) -> str:
    """The article's page, with the furniture that real pages have around the text."""
    direction = "rtl" if outlet.language == "ar" else "ltr"
    paragraphs = list(article.paragraphs)
    body = "".join(f"<p>{html.escape(text)}</p>" for text in paragraphs)
    if article.kind == "paywall":
        body = f"<p>{html.escape(paragraphs[0])}</p><div class='paywall'>{html.escape(PAYWALL)}</div>"
    if article.kind == "consent":
        body = f"<div class='consent'>{html.escape(CONSENT)}</div>"
    hidden = f'<div style="display:none">{html.escape(article.hidden)}</div>' if article.hidden else ""
    caption = (
        f"<figure><img src='/photo.jpg'><figcaption>{html.escape(article.caption)}</figcaption></figure>"
    )
    links = "".join(
        f"<li><a href='/{quote(other.id)}'>{html.escape(other.title)}</a></li>" for other in others
    )
    return (
        f"<!DOCTYPE html><html lang='{outlet.language}' dir='{direction}'><head><meta charset='utf-8'>"
        f"<title>{html.escape(article.title)} | {html.escape(outlet.name)}</title>"
        f"<link rel='canonical' href='http://{outlet.domain}/{quote(article.id)}'>"
        f"<meta property='og:site_name' content='{html.escape(outlet.name, quote=True)}'>"
        f"<meta property='article:published_time' content='{_iso(article.published_at)}'></head><body>"
        f"<header><nav><a href='/'>Home</a> <a href='/world'>World</a></nav></header>"
        f"<main><article><h1>{html.escape(article.title)}</h1>"
        f"{f'<p class=byline>{html.escape(article.byline)}</p>' if article.byline else ''}"
        f"{caption if article.caption else ''}{body}{hidden}</article>"
        f"<aside><h2>More from {html.escape(outlet.name)}</h2><ul>{links}</ul></aside></main>"
        f"<footer><p>Subscribe to our newsletter. © {html.escape(outlet.name)}.</p></footer>"
        "</body></html>"
    )


PAYWALL = (
    "This article is for subscribers only. Subscribe now to continue reading. Already a subscriber? Log in."
)
CONSENT = (
    "We value your privacy. We and our partners store and access information on a device, such as cookies. "
    "Accept all cookies or manage your preferences to continue to our site."
)
