"""Chats, people and what a conversation must remember, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.adapters.clock import FixedClock
from bot.adapters.store import SqlStore
from bot.errors import Code
from bot.types import (
    Address,
    Chat,
    Delivery,
    Feedback,
    Length,
    LivePrompt,
    Mute,
    Person,
    Press,
    Role,
    Schedule,
    StoryId,
    Subscription,
    SubscriptionId,
    TopicSlug,
)
from tests import make

HERE = Address(channel="telegram", chat="-77")
HOUR = timedelta(hours=1)


def subscription(ident: str, address: Address = HERE) -> Subscription:
    return Subscription(
        id=SubscriptionId(ident),
        address=address,
        topics=(TopicSlug("syria"),),
        schedule=Schedule(times=(), zone="Asia/Taipei"),
        length=Length.BRIEF,
        night=True,
        paused_until=make.NOW + HOUR,
    )


async def test_an_update_is_new_only_once(store: SqlStore, store_clock: FixedClock) -> None:
    async with store.begin() as tx:
        assert await tx.first_time(7, make.NOW)
        assert not await tx.first_time(7, make.NOW)
    async with store.begin() as tx:
        assert not await tx.first_time(7, make.NOW)
        assert await tx.first_time(8, make.NOW)
        later = make.NOW + timedelta(days=3)
        assert (await tx.retain(later, make.rules()))["updates"] == 2


async def test_a_conversation_is_remembered_until_it_ends_or_gets_old(store: SqlStore) -> None:
    async with store.begin() as tx:
        assert await tx.conversation("1", "1", make.NOW) is None
        await tx.put_conversation("1", "1", {"asked": "zone", "step": 2}, make.NOW + HOUR)
        await tx.put_conversation("1", "2", {"asked": "times"}, make.NOW + HOUR)
        assert await tx.conversation("1", "1", make.NOW) == {"asked": "zone", "step": 2}
        assert await tx.conversation("1", "1", make.NOW + HOUR) is None
        await tx.put_conversation("1", "1", None, make.NOW)
        assert await tx.conversation("1", "1", make.NOW) is None
        assert await tx.conversation("1", "2", make.NOW) == {"asked": "times"}


async def test_chats_and_people_are_kept_as_they_were_last(store: SqlStore) -> None:
    chat = Chat(address=HERE, kind="supergroup", title="News", forum=True, seen_at=make.NOW)
    boss = Person(id="5", name="Ada", role=Role.OWNER, language="ar", connected="-77", connected_thread=4)
    async with store.begin() as tx:
        await tx.put_chat(chat)
        await tx.put_person(boss)
        await tx.put_person(Person(id="6"))
        assert await tx.chat(Address(channel="telegram", chat="-77", thread=4)) == chat
        assert await tx.chat(Address(channel="telegram", chat="-78")) is None
        assert await tx.person("5") == boss
        assert await tx.people(Role.OWNER) == (boss,)
        assert len(await tx.people()) == 2
        assert await tx.chats("channel") == ()


async def test_a_mute_ends_by_itself_or_by_hand(store: SqlStore) -> None:
    word = Mute(chat="1", kind="word", value="Olympics", until=make.NOW + HOUR)
    outlet = Mute(chat="1", kind="outlet", value="xinhua")
    async with store.begin() as tx:
        for mute in (word, outlet, word):
            await tx.put_mute(mute)
        assert await tx.mutes("1", make.NOW) == (outlet, word)
        assert await tx.mutes("1", make.NOW + HOUR) == (outlet,)
        assert await tx.mutes("2", make.NOW) == ()
        assert await tx.drop_mute("1", "outlet", "xinhua")
        assert not await tx.drop_mute("1", "outlet", "xinhua")


async def test_a_second_press_replaces_the_first(store: SqlStore) -> None:
    press = Feedback(
        chat="1",
        user="5",
        story=StoryId(3),
        topic=TopicSlug("syria"),
        press=Press.LESS,
        counts=True,
        at=make.NOW,
        shown={"headline": "A bridge", "outlets": ["one", "two"]},
    )
    async with store.begin() as tx:
        await tx.add_feedback(press)
        await tx.add_feedback(press)
        assert await tx.feedback(chat="1") == (press,)
        assert await tx.feedback(since=make.NOW + HOUR) == ()
        assert await tx.feedback(users=["5", "7"]) == (press,)
        assert await tx.feedback(users=["6"]) == await tx.feedback(users=[]) == ()
        assert not await tx.drop_feedback("1", "6", StoryId(3), Press.LESS)
        assert await tx.drop_feedback("1", "5", StoryId(3), Press.LESS)
        assert await tx.feedback(chat="1") == ()


async def test_a_day_has_so_many_uses_and_no_more(store: SqlStore) -> None:
    async with store.begin() as tx:
        spent = [await tx.spend("1", "2026-11-28", "page", 3) for _ in range(5)]
        assert spent == [True, True, True, False, False]
        assert await tx.spend("1", "2026-11-29", "page", 3)
        assert await tx.spend("2", "2026-11-28", "page", 3)
        assert not await tx.spend("3", "2026-11-28", "page", 0)


async def test_a_pause_only_gets_longer(store: SqlStore) -> None:
    async with store.begin() as tx:
        await tx.put_pause("telegram", "-77", make.NOW + HOUR)
        await tx.put_pause("telegram", "-77", make.NOW + HOUR / 2)
        assert await tx.pauses("telegram", make.NOW) == {"-77": make.NOW + HOUR}
        assert await tx.pauses("telegram", make.NOW + HOUR) == {}


async def test_a_chat_that_comes_back_gets_its_digests_again_but_not_what_a_person_stopped(
    store: SqlStore,
) -> None:
    async with store.begin() as tx:
        await tx.put_subscription(subscription("a"))
        await tx.put_subscription(subscription("b"))
        stopped = subscription("c")
        await tx.mute(HERE, Code.FORBIDDEN)
        await tx.put_subscription(stopped)
        await tx.put_subscription(replace(stopped, active=False))
        assert await tx.unmute(HERE) == 2
        assert [sub.id for sub in await tx.subscriptions()] == ["a", "b"]


async def test_nothing_is_left_of_a_chat_that_wants_to_be_forgotten(store: SqlStore) -> None:
    me = Address(channel="telegram", chat="5")
    async with store.begin() as tx:
        await tx.put_subscription(subscription("a", me))
        await tx.put_subscription(subscription("b"))
        await tx.put_chat(Chat(address=me, kind="private", seen_at=make.NOW))
        await tx.put_person(Person(id="5", name="Ada"))
        await tx.put_mute(Mute(chat="5", kind="word", value="x"))
        await tx.put_conversation("5", "5", {"asked": "zone"}, make.NOW + HOUR)
        await tx.spend("5", "2026-11-28", "page", 3)
        await tx.queue([make.delivery(address=me)])
        await tx.put_note("chat_style:5", "dry")
        own = LivePrompt(name="story", scope="chat:5", hash="h", since=make.NOW, by="1")
        assert await tx.put_live(own, expected=None)
        before = await tx.counts()
        gone = await tx.forget(me)
        after = await tx.counts()
        assert gone["subscriptions"] == gone["people"] == gone["deliveries"] == gone["uses"] == 1
        assert [sub.id for sub in await tx.subscriptions()] == ["b"]
        for table in ("chats", "people", "mutes", "conversations", "uses", "deliveries", "live_prompts"):
            assert (before[table], after[table]) == (1, 0), table


async def test_a_group_that_becomes_a_supergroup_keeps_everything(store: SqlStore) -> None:
    async with store.begin() as tx:
        await tx.put_subscription(subscription("a"))
        await tx.put_chat(Chat(address=HERE, kind="group", title="News", admitted=True, seen_at=make.NOW))
        await tx.put_mute(Mute(chat="-77", kind="word", value="x"))
        await tx.put_person(Person(id="5", connected="-77"))
        await tx.put_note("chat_style:-77", "dry")
        await tx.put_note("chat_style:-777", "of another")
        own = LivePrompt(name="story", scope="chat:-77", hash="h", since=make.NOW, by="1")
        assert await tx.put_live(own, expected=None)
        new = Address(channel="telegram", chat="-10077")
        await tx.put_chat(Chat(address=new, kind="supergroup", seen_at=make.NOW))
        await tx.move_chat("telegram", "-77", "-10077")
        moved = await tx.chat(new)
        assert moved is not None
        assert (moved.title, moved.kind, moved.admitted) == ("News", "supergroup", True)
        assert await tx.chat(HERE) is None
        assert await tx.notes("chat_style:") == {"chat_style:-10077": "dry", "chat_style:-777": "of another"}
        assert [one.scope for one in await tx.live_prompts()] == ["chat:-10077"]
        assert len(await tx.mutes("-10077", make.NOW)) == 1
        assert [sub.address.chat for sub in await tx.subscriptions()] == ["-10077"]
        person = await tx.person("5")
        assert person is not None
        assert person.connected == "-10077"


async def test_what_stood_in_a_message_is_known_by_its_number(store: SqlStore) -> None:
    item = make.delivery(address=HERE)
    part = replace(item.part, stories=(StoryId(4), StoryId(9)))
    async with store.begin() as tx:
        await tx.queue([replace(item, part=part, message_id="31")])
        assert await tx.shown_in(HERE, "31") == (4, 9)
        assert await tx.shown_in(HERE, "32") == ()


async def test_the_last_digest_of_an_address_is_that_of_its_topic_of_the_forum(store: SqlStore) -> None:
    def sent(key: str, number: int, *stories: int, thread: int | None = None) -> Delivery:
        item = make.delivery(address=replace(HERE, thread=thread))
        part = replace(item.part, stories=tuple(StoryId(story) for story in stories))
        return replace(
            item, key=f"{key}:{number}", group=key, part_number=number, part=part, message_id=f"{key}{number}"
        )

    async with store.begin() as tx:
        await tx.queue([sent("a", 0, 4, 9), sent("b", 0, 1, 2), sent("b", 1, 2, 3)])
        await tx.queue([sent("c", 0, 7, thread=5), replace(sent("d", 0, 8), message_id="")])
        assert await tx.last_digest(HERE) == (1, 2, 3)
        assert await tx.last_digest(replace(HERE, thread=5)) == (7,)
        assert await tx.last_digest(replace(HERE, chat="-78")) == ()
