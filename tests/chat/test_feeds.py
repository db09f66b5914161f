"""Feeds in the chat: the list, a card, trial fetches with every fault, lists as files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain import opml
from bot.entrypoints.chat import ChatFront, feedadd
from bot.types import Declared, Role
from tests.chat.conversation import GROUP, OTHER, READER, Conversation, conversation
from tests.chat.test_status import appoint
from tests.loopback import Loopback, answer, cut_off, drip, hang, refused_port

TEASER = (
    "The bridge over the river was opened again on Monday after repairs that took two years, officials said."
)


def rss(title: str = "The Harbour News", entries: int = 5, text: str = TEASER) -> bytes:
    items = "".join(
        f"<item><title>Headline {n}</title><link>https://harbour.example/{n}</link>"
        f"<description>{text}</description><guid>{n}</guid></item>"
        for n in range(entries)
    )
    return f"<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>".encode()


async def declared(talk: Conversation) -> dict[str, Declared]:
    async with talk.app.deps.store.begin() as tx:
        return {str(item.body["url"]): item for item in await tx.declared("feed")}


async def file(talk: Conversation, body: bytes, caption: str = "", user: int = READER) -> str:
    talk.simulator.world.send_document(user, user, "feeds.opml", body, "text/x-opml", caption)
    await talk.settle()
    return talk.last(user).text


@asynccontextmanager
async def restarted(talk: Conversation) -> AsyncIterator[None]:
    """Another front answers, as that of a new process: nothing of the conversation is in its memory."""
    old = talk.front
    await _silence(old)
    talk.front = ChatFront(talk.app)
    await talk.front.start()
    try:
        yield
    finally:
        await _silence(talk.front)
        talk.front = old


async def _silence(front: ChatFront) -> None:
    application = front._application
    assert application.updater
    await application.updater.stop()
    await application.stop()


def data_of(rows: Sequence[Sequence[dict[str, str]]], label: str) -> str:
    return next(button["callback_data"] for row in rows for button in row if label in button["text"])


async def test_strangers_and_readers_are_refused(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        assert "Only editors" in (await talk.say("/feeds")).text
        assert "Only editors" in (await talk.say("/feeds add https://a.example")).text
        await appoint(talk, Role.EDITOR)
        said = await talk.say("/feeds")
        assert "13 feeds" in said.text
        assert said.markup
        card = said.markup["inline_keyboard"][0][0]["callback_data"]
        talk.simulator.press(READER, OTHER, said.id, card)
        await talk.settle()
        assert "for the person who asked" in talk.answered() or "Only editors" in talk.answered()
        assert "privately" in (await talk.say("/feeds", chat=GROUP)).text


async def test_a_feed_is_paused_resumed_tested_and_removed_on_its_card(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.OWNER)
        await talk.say("/feeds")
        first = talk.buttons()[0][0]
        assert "2 ›" in str(talk.buttons())
        await talk.press("2 ›")
        await talk.press("‹ 1")
        card = await talk.press(first)
        assert "Outlet:" in card.text
        assert "not asked yet" in card.text
        address = card.text.splitlines()[1]
        await talk.press("Pause")
        assert not (await declared(talk))[address].on
        assert "paused" in talk.last().text
        await talk.press("Resume")
        assert (await declared(talk))[address].on
        await talk.press("Test now")
        assert "Newest:" in talk.last().text
        await talk.press("Remove…")
        assert "Remove it?" in talk.simulator.messages(READER)[1].text
        await talk.press("Keep")
        assert (await declared(talk))[address].on
        await talk.press("Remove…")
        await talk.press("Yes, remove")
        assert "12 feeds" in talk.simulator.messages(READER)[1].text
        assert not (await declared(talk))[address].on


async def test_a_trial_shows_what_it_found_before_anything_is_added(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk, Loopback() as server:
        await appoint(talk, Role.EDITOR)
        url = server.on("/feed.xml", answer(rss(), content_type="application/rss+xml"))
        page = (
            b"<html><head><link rel=alternate type='application/rss+xml' href='/feed.xml'></head><p>Hi</html>"
        )
        server.on("/", answer(page, content_type="text/html"))
        said = await talk.say(f"/feeds add {server.url('/')}")
        for word in ("The Harbour News", "5 entries", "Headline 0", "Headline 2", "English", "teasers"):
            assert word in said.text
        assert "Headline 3" not in said.text
        assert url not in await declared(talk)
        rows = said.markup["inline_keyboard"] if said.markup else []
        async with restarted(talk):
            await talk.press("Add it")
            assert (await declared(talk))[url].body == {"url": url, "title": "The Harbour News"}
            assert "The Harbour News" in talk.last().text
            assert "Pause" in str(talk.buttons())
            talk.simulator.world.press(READER, READER, said.id, data_of(rows, "Add it"), forged=True)
            await talk.settle()
            assert "settled before" in talk.answered()
            assert "already: The Harbour News" in (await talk.say(f"/feeds add {url}")).text


async def test_an_address_comes_as_a_message_and_another_may_follow(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk, Loopback() as server:
        await appoint(talk, Role.EDITOR)
        one = server.on(
            "/one", answer(rss("One", text=f"&lt;p&gt;{TEASER * 20}&lt;/p&gt;"), content_type="text/xml")
        )
        two = server.on("/two", answer(rss("Two"), content_type="text/xml"))
        await talk.say("/feeds")
        assert "Send me the address" in (await talk.press("Add")).text
        assert "whole articles" in (await talk.say(one)).text
        assert "Two" in (await talk.say(two)).text
        await talk.press("Add it")
        assert set(await declared(talk)) >= {two}
        assert one not in await declared(talk)
        await talk.say(f"/feeds add {one}")
        assert "Nothing was added" in (await talk.press("Do not add")).text


async def test_what_goes_wrong_is_told_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with conversation(tmp_path) as talk, Loopback() as server:
        await appoint(talk, Role.EDITOR)
        cut = server.on("/cut", cut_off(rss()[:200], 5000, content_type="text/xml"))
        garbage = server.on(
            "/garbage", answer(bytes(range(256)) * 40, content_type="application/octet-stream")
        )
        huge = server.on("/huge", answer(b"<rss>" + b" " * 6_000_000, content_type="text/xml"))
        page = server.on(
            "/page", answer(b"<html><body><p>Hello there</p></body></html>", content_type="text/html")
        )
        none = server.on("/none", answer(rss(entries=0), content_type="text/xml"))
        with refused_port() as port:
            for address, words in (
                (f"http://127.0.0.1:{port}/", "refuses the connection"),
                (cut, "broke off half-way"),
                (garbage, "no feed"),
                (huge, "too large"),
                (page, "names no feed either"),
                (none, "no entries"),
                (server.url("/nowhere"), "nothing at this address"),
                ("http://10.1.2.3/feed", "private network"),
                ("http://127.0.0.2/feed", "private network"),
                ("not an address", "no address"),
                ("ftp://a.example/feed", "no address"),
            ):
                assert words in (await talk.say(f"/feeds add {address}")).text, address
        monkeypatch.setattr(feedadd, "PATIENCE", 1.0)
        for path, script in (("/hang", hang()), ("/slow", drip(rss(), 0.5))):
            assert "too slow" in (await talk.say(f"/feeds add {server.on(path, script)}")).text


async def test_a_list_comes_as_a_file_and_is_shown_first(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.EDITOR)
        known = next(iter(await declared(talk)))
        many = [opml.Outline(url=f"https://n{n}.example/feed", title=f"Paper {n}") for n in range(5000)]
        body = opml.write([opml.Outline(url=known), *many, opml.Outline(url="https://bad address/feed")])
        await talk.say("/feeds import")
        said = await file(talk, body.encode())
        for word in ("5,000 new", "1 known already", "1 that is no address", "Paper 0", "4,990 more"):
            assert word in said
        assert len(await declared(talk)) == 13
        assert "5,000 feeds added" in (await talk.press("Add 5,000 feeds")).text
        assert len(await declared(talk)) == 5013
        await talk.say("/feeds export")
        assert len(opml.read(talk.simulator.document(READER, talk.last().id), name="x")) == 5013
        assert "nothing to add" in await file(talk, body.encode(), "/feeds import")


async def test_a_broken_or_hostile_list_adds_nothing(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.EDITOR)
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><opml><body><outline xmlUrl="https://a.example"/></body></opml>'
        for body in (b"<opml><body>", b"\x00\x01\x02", bomb, b"<rss/>"):
            assert "no OPML" in await file(talk, body, "/feeds import")
        assert "too large" in await file(talk, b" " * (opml.LIMIT + 1), "/feeds import")
        said = await file(
            talk, opml.write([opml.Outline(url="https://a.example/f")]).encode(), "/feeds import"
        )
        assert "1 new" in said
        talk.clock.move(timedelta(hours=2).total_seconds())
        await talk.press("Add 1 feed")
        assert "too long ago" in talk.answered()
        assert len(await declared(talk)) == 13
