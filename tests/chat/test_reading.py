"""/summarize: pages, messages, files; what cannot be read; how much a chat may have read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot.adapters.catalogues import Catalogues
from bot.demo.server import address, render_page
from bot.entrypoints.chat import reading
from bot.errors import Code
from tests.chat.conversation import FORUM, GROUP, OTHER, READER, conversation
from tests.pipeline.newsroom import samples

OUTLETS, ARTICLES = samples()
ARTICLE = next(one for one in ARTICLES if one.kind == "article" and len(one.paragraphs) > 3)
OUTLET = next(one for one in OUTLETS if one.id == ARTICLE.outlet)
PAGE = address(OUTLET, ARTICLE)
TEXT = "\n\n".join((ARTICLE.title, *ARTICLE.paragraphs))


@asynccontextmanager
async def site(answers: Mapping[str, web.Response | None]) -> AsyncIterator[str]:
    """A small site on loopback: path -> answer, None hangs up in the middle; its address."""

    async def answer(request: web.Request) -> web.StreamResponse:
        found = answers.get(request.path, web.Response(status=404))
        if found is not None:
            return web.Response(
                status=found.status, body=found.body, headers={"Content-Type": found.content_type}
            )
        cut = web.StreamResponse(headers={"Content-Length": "100000", "Content-Type": "text/html"})
        await cut.prepare(request)
        await cut.write(b"<html><body><p>And then")
        assert request.transport is not None
        request.transport.close()
        return cut

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_an_address_a_bare_link_a_forward_a_reply_and_a_text(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        told = await talk.say(f"/summarize {PAGE}")
        assert ARTICLE.title[:20] in told.text
        assert OUTLET.name in told.text
        assert ARTICLE.title[:20] in (await talk.say(f"look: {PAGE}")).text
        talk.simulator.world.say(READER, READER, TEXT, forward_from="Somebody")
        await talk.settle()
        assert ARTICLE.title[:20] in talk.last().text
        assert ARTICLE.title[:20] in (await talk.say(TEXT)).text
        brought = talk.simulator.say(GROUP, OTHER, f"have you seen {PAGE} ?")
        talk.simulator.world.say(GROUP, READER, "/summarize", reply_to=brought.id)
        await talk.settle()
        assert ARTICLE.title[:20] in talk.last(GROUP).text
        assert "link" in (await talk.say("/summarize")).text


async def test_several_pieces_come_as_several_cards(tmp_path: Path) -> None:
    other = next(one for one in ARTICLES if one.outlet != OUTLET.id and one.kind == "article")
    async with conversation(tmp_path) as talk:
        pages = f"{PAGE} {address(next(o for o in OUTLETS if o.id == other.outlet), other)}"
        await talk.say(f"/summarize {pages}")
        said = "\n".join(message.text for message in talk.simulator.messages(READER)[-2:])
        assert ARTICLE.title[:20] in said
        assert other.title[:20] in said


GARBAGE = bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("/none", web.Response(status=404), "no page at this address"),
        ("/login", web.Response(status=403), "does not let me see"),
        ("/broken", web.Response(status=503), "no usable answer"),
        ("/cut", None, "no usable answer"),
        ("/garbage", web.Response(body=GARBAGE, content_type="image/png"), "no article"),
        ("/empty", web.Response(text="<html></html>", content_type="text/html"), "no article"),
        ("/huge", web.Response(body=b"<p>x</p>" * 700_000, content_type="text/html"), "too large"),
    ],
)
async def test_what_a_page_can_be_instead(
    tmp_path: Path, path: str, answer: web.Response | None, said: str
) -> None:
    async with site({path: answer}) as home, conversation(tmp_path) as talk:
        assert said in (await talk.say(f"{home}{path}")).text


async def test_robots_walls_and_addresses_that_are_not_visited(tmp_path: Path) -> None:
    wall = next(one for one in ARTICLES if one.kind == "paywall")
    async with conversation(tmp_path) as talk:
        domain = next(one.domain for one in OUTLETS if one.id == wall.outlet)
        assert "subscribers only" in (await talk.say(f"http://{domain}/{wall.id}")).text
        assert "robots" in (await talk.say(f"http://{domain}/private")).text
        for private in ("http://10.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/x"):
            assert "private network" in (await talk.say(private)).text


async def test_a_day_has_so_many_pages(tmp_path: Path) -> None:
    async with conversation(tmp_path, pages_a_day=1) as talk:
        assert ARTICLE.title[:20] in (await talk.say(PAGE)).text
        assert "21 Nov" in (await talk.say(PAGE)).text
        assert "used up" in talk.last().text
        talk.clock.move(86_400)
        assert ARTICLE.title[:20] in (await talk.say(PAGE)).text


async def test_pages_and_texts_as_files(tmp_path: Path) -> None:
    page = render_page(OUTLET, ARTICLE, ())
    async with conversation(tmp_path) as talk:
        send = talk.simulator.world.send_document
        for name, content, said in (
            ("saved.html", page.encode(), ARTICLE.title[:20]),
            ("text.txt", TEXT.encode("utf-16"), ARTICLE.title[:20]),
            ("report.pdf", b"%PDF-1.7", "plain text as files"),
            ("pdf.txt", b"%PDF-1.7" + bytes(200), "no article"),
            ("huge.txt", b"x" * 2_100_000, "too large"),
            ("empty.txt", b"  ", "no article"),
        ):
            send(READER, READER, name, content)
            await talk.settle()
            assert said in talk.last().text, name
        sent = send(GROUP, OTHER, "saved.html", page.encode())
        talk.simulator.world.say(GROUP, READER, "/summarize", reply_to=sent.id)
        await talk.settle()
        assert ARTICLE.title[:20] in talk.last(GROUP).text


async def test_in_a_forum_a_command_is_no_reply_to_what_opened_the_topic(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        topic = talk.simulator.world.add_topic(FORUM, "Syria")
        assert "Send /summarize" in (await talk.say("/summarize", chat=FORUM, thread=topic.id)).text
        assert talk.last(FORUM).thread == topic.id


def test_every_failure_of_a_page_is_told_in_words() -> None:
    words = Catalogues()["en"]
    for code in Code:
        assert words(reading.said_of(code))
