"""One message to everybody: seen first, confirmed, counted, called off."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.adapters.simulator.entities import Entity
from bot.types import Chat, Delivery, DeliveryState, Origin, Person, Role, Subscription
from tests import make
from tests.chat.conversation import CHANNEL, OTHER, READER, Conversation, conversation
from tests.chat.test_feeds import data_of, restarted
from tests.chat.test_status import appoint

TEXT = "We move house on Monday. Read more here."


async def subscribe(talk: Conversation, *chats: tuple[int, str, str]) -> None:
    """(chat, kind, language) of those who get digests."""
    now = talk.app.deps.clock.now()
    async with talk.app.deps.store.begin() as tx:
        for known in await tx.subscriptions():
            await tx.put_subscription(make.subscription(known.id, address=known.address, active=False))
        for chat, kind, language in chats:
            address = make.address(str(chat))
            await tx.put_chat(Chat(address=address, kind=kind, seen_at=now))
            sub: Subscription = make.subscription(
                f"s{chat}", address=address, language=language, created_at=now
            )
            await tx.put_subscription(sub)


async def queued(talk: Conversation) -> list[Delivery]:
    async with talk.app.deps.store.begin() as tx:
        found = await tx.deliveries(limit=100)
    return sorted((one for one in found if one.origin is Origin.BROADCAST), key=lambda one: one.address.chat)


async def test_only_owners_broadcast(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        assert "Only the owner" in (await talk.say("/broadcast")).text
        await appoint(talk, Role.EDITOR)
        assert "Only the owner" in (await talk.say("/broadcast")).text
        await appoint(talk, Role.OWNER)
        await subscribe(talk)
        await talk.say("/broadcast")
        assert "nobody to send it to" in (await talk.say(TEXT)).text
        assert "no broadcast yet" in (await talk.say("/broadcast status")).text


async def test_it_is_seen_as_it_will_be_then_sent_once_over_a_restart(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.OWNER)
        await subscribe(talk, (READER, "private", "en"), (OTHER, "private", "ar"), (CHANNEL, "channel", "ar"))
        await talk.say("/broadcast")
        link = {"type": "text_link", "offset": 35, "length": 4, "url": "https://a.example/x"}
        entities: list[Entity] = [{"type": "bold", "offset": 0, "length": 7}, link]
        talk.simulator.world.say(READER, READER, TEXT, entities=entities)
        await talk.settle()
        shown = talk.simulator.messages(READER)[-2]
        assert shown.text == TEXT
        assert [one["type"] for one in shown.entities] == ["bold", "text_link"]
        for word in ("2 private chats", "1 channel", "Arabic 2", "English 1"):
            assert word in talk.last().text
        async with restarted(talk):
            assert "read Arabic" in (await talk.press("Another text: Arabic")).text
            control = await talk.say("ننتقل يوم الاثنين")
            send = data_of(control.markup["inline_keyboard"] if control.markup else [], "Send to 3 chats")
            assert await queued(talk) == []
            await talk.press("Send to 3 chats")
            talk.simulator.world.press(READER, READER, control.id, send, forged=True)
            await talk.settle()
            assert "sent or discarded before" in talk.answered()
        items = await queued(talk)
        assert [one.address.chat for one in items] == [str(CHANNEL), str(READER), str(OTHER)]
        assert [one.part.text for one in items] == ["ننتقل يوم الاثنين", TEXT, "ننتقل يوم الاثنين"]
        assert [one.kind for one in items[1].part.entities] == ["bold", "text_link"]
        assert all(one.priority < 0 for one in items)


async def test_progress_is_told_and_the_rest_called_off(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.OWNER)
        await subscribe(talk, *((600_000 + n, "private", "en") for n in range(4)))
        await talk.say("/broadcast")
        await talk.say(TEXT)
        status = await talk.press("Send to 4 chats")
        assert "sent 0 of 4" in status.text
        assert "4 waiting" in status.text
        now = talk.app.deps.clock.now()
        until = now + timedelta(minutes=1)
        async with talk.app.deps.store.begin() as tx:
            two = await tx.claim(token="t", now=now, until=until, limit=2, channel="telegram")
            await tx.mark_sending([one.id for one in two], "t", until)
            await tx.settle([make.outcome(two[0], "t"), make.outcome(two[1], "t", DeliveryState.FAILED)])
        await talk.say("/broadcast")
        assert "sent 1 of 4 · 1 failed · 2 waiting" in (await talk.press("The last broadcast")).text
        assert "2 called off" in (await talk.press("Call off")).text
        assert "2 called off" in talk.answered()
        assert sorted(str(one.state) for one in await queued(talk)) == ["failed", "failed", "failed", "sent"]


async def test_an_old_confirmation_and_a_picture_send_nothing(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.OWNER)
        await subscribe(talk, (OTHER, "private", "en"))
        await talk.say("/broadcast")
        talk.simulator.world.send_document(READER, READER, "a.txt", b"hello", "text/plain")
        await talk.settle()
        assert "Only text" in talk.last().text
        await talk.say(TEXT)
        talk.clock.move(timedelta(minutes=16).total_seconds())
        await talk.press("Send to 1 chat")
        assert "too old" in talk.answered()
        assert "Nothing was sent" in (await talk.press("Discard")).text
        assert await queued(talk) == []


async def test_every_command_of_owners_speaks_the_other_languages(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        for language, words in (
            ("ar", ("المصادر", "رسائل", "المواضيع", "أرسل")),
            ("zh-Hant", ("來源", "訊息", "主題", "請傳來")),
        ):
            async with talk.app.deps.store.begin() as tx:
                await tx.put_person(Person(id=str(READER), name="Rana", role=Role.OWNER, language=language))
            said = [
                (await talk.say(f"/{name}")).text for name in ("feeds", "outbox", "topicedit", "broadcast")
            ]
            for text, word in zip(said, words, strict=True):
                assert word in text
            assert "Dateline 0." in (await talk.say("/status")).text
