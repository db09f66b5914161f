"""Readers alike share one composing; each gets a message of its own, and who differs gets another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.events import Event
from bot.types import Mute
from tests.pipeline.newsroom import NOW, Newsroom, newsroom, samples

SLOT = NOW + timedelta(hours=1, minutes=30)
CHATS = (-1001000000011, -1001000000012, -1001000000013)


def composed(caplog: pytest.LogCaptureFixture) -> list[int]:
    """For how many readers each digest was made, since the last look."""
    found = [record.msg for record in caplog.records if isinstance(record.msg, Event)]
    caplog.clear()
    return sorted(int(event["readers"]) for event in found if event["event"] == "digest_queued")


async def morning(room: Newsroom, app: App, day: int) -> None:
    room.clock.set(SLOT + timedelta(days=day, seconds=5))
    await app.work("poll", "read", "place")
    await app.work("compose", "send")


@pytest.mark.slow
async def test_readers_alike_share_one_composing_until_one_of_them_differs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outlets = [one for one in samples()[0] if one.language == "en" and one.format != "dead"]
    async with newsroom(tmp_path, outlets=outlets) as room:
        for chat in CHATS:
            room.simulator.world.add_chat(chat, "channel", "Digest")
        room.declare("digests", {f"n{chat}": {"chat": chat, "times": ["07:30"]} for chat in CHATS})
        async with room.app() as app:
            caplog.set_level("INFO")
            await morning(room, app, 0)
            assert composed(caplog) == [3]
            texts = [[message.text for message in room.simulator.messages(chat)] for chat in CHATS]
            assert texts[0]
            assert texts[0] == texts[1] == texts[2]
            await morning(room, app, 1)
            assert composed(caplog) == [3], "they were told the same"
            async with app.deps.store.begin() as tx:
                await tx.put_mute(Mute(chat=str(CHATS[0]), kind="word", value="harbour"))
            await morning(room, app, 2)
            assert composed(caplog) == [1, 2]
            async with app.deps.store.begin() as tx:
                counts = await tx.counts()
            assert counts["digests"] == 9
