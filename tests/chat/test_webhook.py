"""The webhook: who knows the secret is heard, once; nobody else."""

from __future__ import annotations

import io
import socket
from pathlib import Path

import aiohttp

from bot.entrypoints.chat.webhook import HEADER
from tests.chat.conversation import READER, conversation

SECRET = "a-secret-of-the-tests-0000"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_updates_come_by_webhook_and_only_with_the_secret(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/telegram"
    async with conversation(tmp_path, webhook=address, webhook_port=port, webhook_secret=SECRET) as talk:
        assert "/privacy" in (await talk.say("/help")).text
        said = len(talk.simulator.messages(READER))
        update = {"update_id": 99, "message": {"message_id": 9, "date": 1, "chat": {"id": READER}}}
        async with aiohttp.ClientSession() as session:
            for headers, body, status in (
                ({}, update, 403),
                ({HEADER: "another-secret-of-tests"}, update, 403),
                ({HEADER: SECRET}, [1, 2], 400),
                ({HEADER: SECRET}, {"message": {}}, 400),
            ):
                async with session.post(address, json=body, headers=headers) as answer:
                    assert answer.status == status, headers
            async with session.post(
                address, data=io.BytesIO(b"x" * (2 << 20)), headers={HEADER: SECRET}
            ) as answer:
                assert answer.status == 413
        await talk.settle()
        assert len(talk.simulator.messages(READER)) == said
