"""/stop and /forget: nothing comes any more; nothing is left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.entrypoints.chat.talk import subscription_id
from bot.types import Address, Mute, Person, Role
from tests.chat.conversation import GROUP, OTHER, READER, Conversation, conversation
from tests.chat.test_settings import subscribed, subscription
from tests.pipeline.newsroom import CHAT


async def _rows(talk: Conversation, chat: int) -> dict[str, int]:
    async with talk.app.deps.store.begin() as tx:
        return {
            name: rows
            for name, rows in (await tx.forget(Address(channel="telegram", chat=str(chat)))).items()
            if rows
        }


async def test_stop_keeps_the_settings_and_start_brings_them_back(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        assert "No digest" in (await talk.say("/stop")).text
        await subscribed(talk)
        assert "Stopped" in (await talk.say("/stop")).text
        assert not (await subscription(talk)).active
        assert "Stopped" in (await talk.say("/settings")).text
        assert "Welcome back" in (await talk.say("/start")).text
        assert (await subscription(talk)).active


async def test_forget_asks_and_then_deletes_everything(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await subscribed(talk)
        async with talk.app.deps.store.begin() as tx:
            await tx.put_mute(Mute(chat=str(READER), kind="word", value="football"))
            await tx.put_person(Person(id=str(READER), role=Role.EDITOR))
        assert "editor" in (await talk.say("/forget")).text
        assert "Nothing was deleted" in (await talk.press("Keep it")).text
        await talk.say("/forget")
        said = (await talk.press("Delete everything")).text
        assert "Subscriptions: 1" in said
        assert "Muted words and outlets: 1" in said
        assert await _rows(talk, READER) == {}
        assert "no digest here yet" in (await talk.say("/settings")).text


async def test_a_digest_of_the_files_is_switched_off_for_good(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        async with talk.app.deps.store.begin() as tx:
            declared = next(sub for sub in await tx.subscriptions() if sub.address.chat == str(CHAT))
            here = replace(declared, address=Address(channel="telegram", chat=str(GROUP)))
            await tx.put_subscription(here)
        assert "administrators" in (await talk.say("/forget", chat=GROUP)).text
        await talk.say("/forget", user=OTHER, chat=GROUP)
        await talk.press("Delete everything", chat=GROUP)  # by a member
        assert "who asked" in talk.answered()
        assert "Deleted" in (await talk.press("Delete everything", user=OTHER, chat=GROUP)).text
        await talk.app.import_config()
        async with talk.app.deps.store.begin() as tx:
            assert declared.id not in {sub.id for sub in await tx.subscriptions()}


async def test_who_is_not_let_in_may_leave(tmp_path: Path) -> None:
    async with conversation(tmp_path, access="invite") as talk:
        await subscribed(talk)
        assert "Stopped" in (await talk.say("/stop")).text
        await talk.say("/forget")
        assert "Deleted" in (await talk.press("Delete everything")).text
        async with talk.app.deps.store.begin() as tx:
            left = {sub.id for sub in await tx.subscriptions(active=None)}
        assert subscription_id(Address(channel="telegram", chat=str(READER))) not in left
