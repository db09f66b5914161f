"""Help, privacy, unknown commands, repeated updates."""

from __future__ import annotations

from pathlib import Path

from tests.chat.conversation import GROUP, READER, conversation


async def test_help_privacy_and_what_is_not_understood(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        assert "/privacy" in (await talk.say("/help")).text
        assert "/forget" in (await talk.say("/privacy@dateline_bot")).text
        assert "/nonsense" in (await talk.say("/nonsense")).text
        assert "/help" in (await talk.say("hello there")).text
        said = len(talk.simulator.messages(GROUP))
        talk.simulator.say(GROUP, READER, "hello there")
        talk.simulator.say(GROUP, READER, "/etc/passwd is a path")
        await talk.settle()
        assert len(talk.simulator.messages(GROUP)) == said + 2  # nobody asked us
