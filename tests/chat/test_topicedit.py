"""Topics in the chat: a draft, its rehearsal on stored articles, and what goes live."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.domain.declarations import edit
from bot.types import ArticleId, Declared, Role
from tests import make
from tests.chat.conversation import GROUP, OTHER, READER, Conversation, conversation
from tests.chat.test_feeds import data_of, restarted
from tests.chat.test_status import appoint

HEADLINES = (
    (
        "Harbour of Beirut reopens",
        "The harbour was opened again after repairs. Ships entered the harbour on Monday.",
    ),
    (
        "Harbour ferry timetable",
        "The ferry leaves the harbour at nine. A harbour recipe for fish soup is in the paper.",
    ),
    ("Parliament meets", "Members of parliament met on Monday to talk about the budget of the coming year."),
)


async def filed(talk: Conversation) -> None:
    """Store articles of the last hour, each a story, filed under nothing."""
    now = talk.app.deps.clock.now() - timedelta(hours=1)
    async with talk.app.deps.store.begin() as tx:
        await tx.put_feeds([make.feed()])
        for number, (title, text) in enumerate(HEADLINES, start=1):
            article = make.article(
                number, id=ArticleId(0), title=title, text=text, published_at=now, seen_at=now
            )
            ident, _ = await tx.add_article(article)
            story = make.story(number, ident, first_at=now, last_at=now)
            await tx.apply([make.placement(ident, number, topics=())], [story])


async def topic(talk: Conversation, slug: str) -> Declared | None:
    async with talk.app.deps.store.begin() as tx:
        return next((item for item in await tx.declared("topic") if item.id == slug), None)


async def begin(talk: Conversation) -> None:
    """A draft of a new topic with a strong word."""
    await talk.say("/topicedit new")
    await talk.say("harbours")
    await talk.say("Harbours\nzh: 港口")
    await talk.press("Strong words")
    await talk.say("en: harbour, harbours")


async def test_readers_are_refused_and_groups_are_no_place_for_it(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        assert "Only editors" in (await talk.say("/topicedit")).text
        await appoint(talk, Role.EDITOR, OTHER)
        assert "privately" in (await talk.say("/topicedit", user=OTHER, chat=GROUP)).text
        said = await talk.say("/topicedit", user=OTHER)
        assert said.markup
        data = said.markup["inline_keyboard"][-1][0]["callback_data"]
        await appoint(talk, Role.READER, OTHER)
        talk.simulator.press(OTHER, OTHER, said.id, data)
        await talk.settle()
        assert "Only editors" in talk.answered()


async def test_a_topic_is_made_tried_and_saved_over_a_restart(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.OWNER)
        await filed(talk)
        await begin(talk)
        async with restarted(talk):
            await talk.press("Words against")
            said = await talk.say("en: recipe, ferry, timetable")
            assert "Words against: en 3" in said.text
            said = await talk.press("Try on the last 48")
            for word in (
                "3 articles",
                "Filed now: 0; with the draft: 1",
                "1 gained",
                "Harbour of Beirut",
                "(headline)",
            ):
                assert word in said.text
            assert await topic(talk, "harbours") is None
            await talk.press("Save")
        saved = await topic(talk, "harbours")
        assert saved is not None
        assert saved.on
        assert saved.edited
        assert saved.body["include"] == {"en": ["harbour", "harbours"]}
        assert saved.body["names"] == {"en": "Harbours", "zh": "港口"}


async def test_what_is_lost_is_shown_with_its_reason_and_a_draft_can_be_discarded(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.EDITOR)
        await filed(talk)
        body = {"names": {"en": "Harbours"}, "include": {"en": ["harbour"]}}
        await talk.app.declare([edit(None, "topic", "harbours", body)])
        await talk.say("/topicedit harbours")
        await talk.press("Edit")
        await talk.press("Words against")
        await talk.say("en: ferry, timetable, recipe")
        said = await talk.press("Try on")
        assert "Filed now: 2; with the draft: 1" in said.text
        assert "1 lost" in said.text
        assert "Harbour ferry timetable" in said.text
        assert "against it: " in said.text
        await talk.press("Draft")
        await talk.press("Words against")
        await talk.say("-en: ferry, timetable, recipe")
        tried = await talk.press("Try on")
        assert "Nothing would come or go" in tried.text
        save = data_of(tried.markup["inline_keyboard"] if tried.markup else [], "Save")
        await talk.press("Discard")
        talk.simulator.world.press(READER, READER, tried.id, save, forged=True)
        await talk.settle()
        assert "saved or discarded before" in talk.answered()
        saved = await topic(talk, "harbours")
        assert saved is not None
        assert saved.body == body


async def test_what_is_typed_wrong_is_told_in_plain_words(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.EDITOR)
        assert "no topic nowhere" in (await talk.say("/topicedit nowhere")).text
        await talk.say("/topicedit new")
        for text, words in (("../etc", "cannot be an id"), ("x" * 33, "at most 32"), ("syria", "already")):
            assert words in (await talk.say(text)).text
        await talk.say("my topic")
        for text, words in (
            ("xq: Name", "no language xq"),
            ("n" * 61, "at most 60"),
            ("en:", "needs a name"),
        ):
            assert words in (await talk.say(text)).text, text
        assert "my-topic" in (await talk.say("My topic")).text
        assert "Choose below" in (await talk.say("hello")).text
        await talk.press("Try on")
        assert "needs strong words" in talk.simulator.render(READER)
        await talk.press("Draft")
        await talk.press("Strong words")
        for text, words in (
            ("en:", "no word"),
            ("en: , ,", "no word"),
            ("en: *", "no word"),
            ("Damascus", "I miss the language"),
            ("en: " + "x" * 81, "at most 80"),
            ("en: " + ",".join(f"w{n}" for n in range(601)), "at most 600"),
            ("-en: Hama", "not in the list"),
        ):
            assert words in (await talk.say(text)).text, text
        await talk.press("Draft")
        await talk.press("Threshold")
        for text in ("0", "eleven", "11", "-1", "nan"):
            assert "from 0.1 to 10" in (await talk.say(text)).text
        assert "Threshold: 1.5" in (await talk.say("1,5")).text
        await talk.press("Description")
        assert "at most 1500" in (await talk.say("d" * 1501)).text
        assert "Ports of the world" in (await talk.say("Ports of  the world")).text
        await talk.press("Examples")
        assert "Examples: 2" in (await talk.say("One headline\nAnother headline")).text
        await talk.press("Examples")
        assert "Examples: 1" in (await talk.say("- One headline")).text


async def test_saving_takes_a_rehearsal_of_this_very_draft_and_nobody_elses_change(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.EDITOR)
        await begin(talk)
        tried = await talk.press("Try on")
        assert tried.markup
        save = tried.markup["inline_keyboard"][0][0]["callback_data"]
        await talk.press("Draft")
        await talk.press("Weak words")
        await talk.say("en: quay")
        talk.simulator.world.press(READER, READER, tried.id, save, forged=True)
        await talk.settle()
        assert "Try it first" in talk.answered()
        await talk.press("Try on")
        body = {"names": {"en": "Mine"}, "include": {"en": ["port"]}}
        await talk.app.declare([edit(None, "topic", "harbours", body)])
        await talk.press("Save")
        assert "Somebody else changed" in talk.answered()


async def test_a_topic_is_switched_off_and_on(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.EDITOR)
        await talk.say("/topicedit")
        await talk.press("Syria")
        await talk.press("Switch off")
        found = await topic(talk, "syria")
        assert found is not None
        assert not found.on
        await talk.press("Switch on")
        found = await topic(talk, "syria")
        assert found is not None
        assert found.on
        talk.clock.move(timedelta(days=3).total_seconds())
        await talk.press("Edit")
        assert "too old" in talk.answered()
