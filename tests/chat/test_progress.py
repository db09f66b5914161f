"""Work that takes long shows that it goes on: a message that edits itself, or a draft that streams."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.simulator import Fault
from bot.entrypoints.chat import talk as frame
from bot.types import Address, Schedule, Subscription, SubscriptionId
from tests.chat.conversation import GROUP, READER, Conversation, conversation
from tests.fake_llm import Reply, copying, fake_llm
from tests.loopback import Loopback, Request, answer

HERE = SubscriptionId(f"tg:{READER}")


def slow(body: dict[str, Any], at: int) -> Reply:
    """A faithful model that takes its time, more for each call: the answers come one by one."""
    return Reply(text=copying(body, at), after=0.25 * at)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits two seconds here."""
    monkeypatch.setattr(frame, "PATIENCE", 0.1)


def watched(talk: Conversation, where: int = READER) -> list[tuple[str, str]]:
    """(kind of change, text) in the chat (the reader's), as they come."""
    seen: list[tuple[str, str]] = []

    def note(change: Any) -> None:
        chat = talk.simulator.world.chats[where]
        if change["chat"] != where or change["kind"] not in ("message", "edit", "delete", "draft"):
            return
        said = ""
        if change["kind"] == "draft" and chat.draft:
            said = str(chat.draft.rich) if chat.draft.rich else chat.draft.text
        found = chat.messages.get(change.get("message") or 0)
        seen.append((change["kind"], found.text if found else said))

    talk.simulator.world.watchers.append(note)
    return seen


async def want(talk: Conversation, form: str) -> None:
    """A subscription of the reader in this form, without times."""
    async with talk.app.deps.store.begin() as tx:
        await tx.put_subscription(
            Subscription(
                id=HERE,
                address=Address(channel="telegram", chat=str(READER)),
                topics=(),
                schedule=Schedule(times=(), zone="Asia/Taipei"),
                format=form,
            )
        )


async def test_a_slow_digest_shows_how_far_it_is_and_the_line_goes(tmp_path: Path) -> None:
    async with (
        fake_llm(slow) as llm,
        conversation(tmp_path, collected=True, openai_base_url=llm.url) as talk,
    ):
        seen = watched(talk, GROUP)  # drafts are for private chats
        await talk.say("/digest syria", chat=GROUP)
        await talk.app.runner.idle()
        kinds = [kind for kind, _ in seen]
        assert "draft" not in kinds
        assert any("Summarizing stories: " in text for kind, text in seen if kind == "edit")
        assert kinds.index("delete") > kinds.index("edit")
        assert "AI summaries" in talk.last(GROUP).text
        assert not any("…" in one.text[-3:] for one in talk.simulator.messages(GROUP)[2:])


async def test_in_private_the_headlines_stream_as_they_come(tmp_path: Path) -> None:
    async with (
        fake_llm(slow) as llm,
        conversation(tmp_path, collected=True, openai_base_url=llm.url) as talk,
    ):
        seen = watched(talk)
        await talk.say("/digest syria")
        await talk.app.runner.idle()
        drafts = [text for kind, text in seen if kind == "draft"]
        grown = [text for text in drafts if "\n\nSummarizing stories: " in text]
        assert grown
        told = "\n".join(one.text for one in talk.simulator.messages(READER))
        assert all(line in told for line in grown[-1].split("\n\n")[:-1])
        assert {"edit", "delete"}.isdisjoint(kind for kind, _ in seen)
        assert not any("Summarizing" in one.text for one in talk.simulator.messages(READER))


async def test_a_draft_streams_where_the_chat_wants_rich_messages(tmp_path: Path) -> None:
    async with (
        fake_llm(slow) as llm,
        conversation(tmp_path, collected=True, openai_base_url=llm.url) as talk,
    ):
        await want(talk, "rich")
        seen = watched(talk)
        await talk.say("/digest syria")
        await talk.app.runner.idle()
        drafts = [text for kind, text in seen if kind == "draft"]
        assert any("Summarizing stories: " in text and "paragraph" in text for text in drafts)
        assert "delete" not in [kind for kind, _ in seen]


async def test_a_server_without_rich_drafts_streams_text_and_is_asked_once(tmp_path: Path) -> None:
    async with (
        fake_llm(slow) as llm,
        conversation(tmp_path, collected=True, rich=False, openai_base_url=llm.url) as talk,
    ):
        await want(talk, "rich")
        seen = watched(talk)
        await talk.say("/digest syria")
        await talk.app.runner.idle()
        assert talk.front.drafts == {frame.DRAFT}
        drafts = [text for kind, text in seen if kind == "draft"]
        assert any("Summarizing stories: " in text and "paragraph" not in text for text in drafts)


async def test_a_server_without_any_drafts_is_asked_once_and_the_message_takes_over(tmp_path: Path) -> None:
    async with (
        fake_llm(slow) as llm,
        conversation(tmp_path, collected=True, openai_base_url=llm.url) as talk,
    ):
        unknown = Fault(kind="error", method=frame.DRAFT, count=99, status=404, description="Not Found")
        talk.simulator.faults.add(unknown)
        seen = watched(talk)
        await talk.say("/digest syria")
        await talk.app.runner.idle()
        assert frame.DRAFT not in talk.front.drafts
        assert any("Summarizing stories: " in text for kind, text in seen if kind == "edit")
        assert [kind for kind, _ in seen].count("delete") == 1


async def test_a_day_has_so_many_model_calls_and_then_excerpts(tmp_path: Path) -> None:
    async with (
        fake_llm(copying) as llm,
        conversation(tmp_path, collected=True, openai_base_url=llm.url, model_calls_a_day=2) as talk,
    ):
        await want(talk, "classic")
        await talk.say("/digest syria")
        await talk.app.runner.idle()
        assert len(llm.requests) == 2
        said = [one.text for one in talk.simulator.messages(READER)]
        excuse = next(one for one in said if "2 model calls of a day are used up here" in one)
        assert "08:00" in excuse  # the count of UTC, told in the reader's zone
        text = "The ministry opened a bridge over the river on Sunday. " * 6
        await talk.say(text)
        assert len(llm.requests) == 2
        assert "used up" in talk.last().text
        talk.clock.move(86_400)
        await talk.say(text)
        assert len(llm.requests) == 3


async def test_a_slow_page_shows_whose_it_is_and_the_answer_takes_the_place(tmp_path: Path) -> None:
    async def late(request: Request, writer: asyncio.StreamWriter) -> bool:
        await SystemClock().sleep(0.6)
        return await answer(b"<html><p>x")(request, writer)

    async with Loopback() as server, conversation(tmp_path) as talk:
        page = server.on("/page", late)
        seen = watched(talk)
        assert "no article" in (await talk.say(page)).text
        assert ("draft", f"Reading 127.0.0.1:{server.port} …") in seen
        assert len(talk.simulator.messages(READER)) == 2
        seen = watched(talk, GROUP)
        said = len(talk.simulator.messages(GROUP))
        assert "no article" in (await talk.say(f"/summarize {page}", chat=GROUP)).text
        assert ("message", f"Reading 127.0.0.1:{server.port} …") in seen
        assert len(talk.simulator.messages(GROUP)) == said + 2
