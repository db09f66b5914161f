"""Prompts in the chat, with a real model server on loopback: edit, lint, preview, the gate, rollback."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.domain import prompts
from bot.entrypoints import prompts as desk
from bot.entrypoints.chat import talk as frame
from bot.pipeline import studio
from bot.types import Feedback, Press, PromptOutcome, Role, Sample, VersionState
from tests.chat.conversation import GROUP, OTHER, READER, Conversation, conversation
from tests.chat.test_feeds import data_of
from tests.chat.test_progress import watched
from tests.chat.test_status import appoint
from tests.fake_llm import Reply, copying, fake_llm

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "prompts" / "story.prompt.md").read_text(encoding="utf-8")
BODY = prompts.body_of(SHIPPED)
CALM = f"{BODY}\n- Sound calm."
INVENTS = f"{BODY}\n- Add what probably happened."
DEAR = f"{BODY}\n- Think aloud first."


def obedient(body: dict[str, Any], at: int) -> Reply:
    """A model that does what the prompt's wording asks for."""
    asked, said = str(body["messages"]), json.loads(copying(body, at))
    usage = {"prompt_tokens": 100, "completion_tokens": 900 if "Think aloud" in asked else 20}
    if "probably happened" in asked:
        lines = said["sentences"]
        invented = f"{91 + at} people were killed by Marcellus Quint near Atlantis on 3 May."
        lines += [{"text": invented, "passages": lines[0]["passages"]}] * 2
    return Reply(text=json.dumps(said, ensure_ascii=False), usage=usage)


@asynccontextmanager
async def studio_of(home: Path, role: Role = Role.EDITOR) -> AsyncIterator[Conversation]:
    """A conversation with an editor, a model, the shipped prompts, and three stories as the samples."""
    async with (
        fake_llm(obedient) as model,
        conversation(home, collected=True, openai_base_url=model.url) as talk,
    ):
        await talk.app.import_prompts(by_itself=False)
        briefs = await desk.briefs(talk.app.deps)
        assert len(briefs) == 3
        samples = tuple(Sample(id=f"sample-{one.story}", brief=one) for one in briefs)
        talk.app = replace(talk.app, deps=replace(talk.app.deps, samples=lambda: samples))
        talk.front.app = talk.app
        await appoint(talk, role)
        yield talk


async def live(talk: Conversation) -> str:
    """The hash that is live."""
    pointer = await studio.live(talk.app.deps, "story")
    assert pointer is not None
    return pointer.hash


async def open_story(talk: Conversation, user: int = READER) -> None:
    """The card of the prompt of stories, by the buttons."""
    await talk.say("/prompts", user=user)
    await talk.press("story", user=user)


async def sent(talk: Conversation, data: bytes, caption: str = "") -> str:
    """What the bot says to a file."""
    talk.simulator.world.send_document(READER, READER, "story.prompt.md", data, caption=caption)
    await talk.settle()
    return talk.last().text


async def test_readers_are_refused_and_groups_are_no_place_for_it(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        assert "Only editors" in (await talk.say("/prompts")).text
        await appoint(talk, Role.EDITOR, OTHER)
        assert "privately" in (await talk.say("/prompts", user=OTHER, chat=GROUP)).text
        said = await talk.say("/prompts", user=OTHER)
        assert "story" in said.text
        data = data_of((said.markup or {})["inline_keyboard"], "story")
        await appoint(talk, Role.READER, OTHER)
        talk.simulator.press(OTHER, OTHER, said.id, data)
        await talk.settle()
        assert "Only editors" in talk.answered()


async def test_the_walk_edit_a_typo_preview_activate_and_roll_back(tmp_path: Path) -> None:
    async with studio_of(tmp_path) as talk:
        first = await live(talk)
        await open_story(talk)
        assert first[:8] in talk.last().text
        await talk.press("New text")
        assert "Send the new text of story" in talk.last().text
        said = await talk.say(CALM.replace("{{ language }}", "{{ langauge }}"))
        assert "Not saved" in said.text
        assert "unknown variable {{ langauge }}, did you mean 'language'?" in said.text
        assert said.text.count("•") == 1  # one slip, one fault
        said = await talk.say(CALM)
        assert "Saved as draft" in said.text
        assert "+ - Sound calm." in said.text
        assert await live(talk) == first
        said = await talk.press("Preview")
        assert "Live, " in said.text
        assert "0 of" in said.text
        assert "0 hard findings" in said.text
        said = await talk.press("Test and make live")
        assert "is live now" in said.text
        assert "on 3 samples" in said.text
        second = await live(talk)
        assert second != first
        await talk.press("‹ story")
        said = await talk.press(f"Back to {first[:8]}")
        assert f"Back from {second[:8]} to {first[:8]}" in said.text
        await talk.press(f"Yes, back to {first[:8]}")
        assert await live(talk) == first
        assert (await studio.find(talk.app.deps, "story", first)).text == SHIPPED
        said = await talk.press("History")
        for word in ("rolled back · Rana", "made live · Rana", "tested · Rana", "written · Rana"):
            assert word in said.text


async def test_a_file_is_taken_with_its_reason_and_refused_with_its_fault(tmp_path: Path) -> None:
    async with studio_of(tmp_path) as talk:
        await open_story(talk)
        await talk.press("New text")
        assert "too large" in await sent(talk, b"x" * (desk.BYTES + 1))
        assert "characters; 20,000 are allowed" in await sent(talk, b"x" * 21_000)
        assert "UTF-8" in await sent(talk, "Überschrift".encode("latin-1"))
        assert "(line " in await sent(talk, SHIPPED.replace("task: story", "task: [story").encode())
        said = await talk.say("x" * 4096)
        assert "as long as a message can be" in said.text
        talk.simulator.world.share_location(READER, READER, 1.0, 1.0)
        await talk.settle()
        assert "Send text" in talk.last().text
        mild = SHIPPED.replace("temperature: 0.2", "temperature: 0.1")
        said_of_file = await sent(talk, mild.encode(), caption="less chance")
        assert "Saved as draft" in said_of_file
        assert "less chance" in said_of_file
        assert "temperature: 0.1" in said_of_file
        await talk.press("‹ story")
        await talk.press("New text")
        assert "known already" in await sent(talk, mild.encode())


async def test_the_gate_refuses_and_only_the_owner_may_overrule_it_with_a_reason(tmp_path: Path) -> None:
    async with studio_of(tmp_path) as talk:
        first = await live(talk)
        await open_story(talk)
        await talk.press("New text")
        await talk.say(INVENTS)
        said = await talk.press("Preview")
        told = talk.simulator.render(READER)
        assert "near Atlantis" in told  # struck out: the check dropped it
        assert "1 of 4 sentences dropped" in said.text
        said = await talk.press("Test and make live")
        assert "Not made live" in said.text
        assert "hard findings per 100 sentences: " in said.text
        assert "• sentences dropped: " in said.text
        assert await live(talk) == first
        assert not any("all the same" in label for row in talk.buttons() for label in row)
        await appoint(talk, Role.OWNER)
        await talk.press("‹ This version")
        assert "refused by the test" in talk.last().text
        await talk.press("all the same")
        said = await talk.say("I want to see it")
        assert "by your word" in said.text
        assert await live(talk) != first
        await open_story(talk)
        said = await talk.press("History")
        assert "I want to see it" in said.text


async def test_the_gate_refuses_what_costs_more(tmp_path: Path) -> None:
    async with studio_of(tmp_path) as talk:
        await open_story(talk)
        await talk.press("New text")
        await talk.say(DEAR)
        said = await talk.press("Test and make live")
        found = re.search(r"• tokens a story: (\d+), (\d+) before", said.text)
        assert found
        assert int(found[1]) > 2 * int(found[2])


async def test_two_editors_at_once_are_told_of_each_other_and_lose_nothing(tmp_path: Path) -> None:
    async with studio_of(tmp_path) as talk:
        await appoint(talk, Role.EDITOR, OTHER)
        async with talk.app.deps.store.begin() as tx:
            person = await tx.person(str(OTHER))
            assert person is not None
            await tx.put_person(replace(person, name="Omar"))
        for user, text in ((READER, CALM), (OTHER, CALM.replace("calm", "brisk"))):
            await open_story(talk, user)
            await talk.press("New text", user=user)
            await talk.say(text, user=user)
        await talk.press("Test and make live", user=OTHER)
        brisk = await live(talk)
        said = await talk.press("Test and make live")  # its maker saw the version before
        assert f"Omar has changed what is live meanwhile: it is {brisk[:8]} now" in said.text
        assert "Yours is kept" in said.text
        assert "brisk" in said.text
        assert await live(talk) == brisk
        said = await talk.press("Test and make live")  # now it was seen
        assert "is live now" in said.text
        versions = (await desk.shelf(talk.app.deps, "story")).versions
        assert [one.state for one in versions] == [VersionState.USED] * 3


async def test_a_stale_way_back_says_who_changed_it(tmp_path: Path) -> None:
    async with studio_of(tmp_path) as talk:
        await open_story(talk)
        await talk.press("New text")
        await talk.say(CALM)
        await talk.press("Test and make live")
        await talk.press("‹ story")
        await talk.press("Back to")
        await studio.rollback(talk.app.deps, "story", by="dateline", why="worse")
        first = await live(talk)
        await talk.press("Yes, back to")
        assert "Dateline has changed what is live meanwhile" in talk.answered()
        assert await live(talk) == first


async def test_a_comparison_shows_both_sides_with_what_readers_pressed(tmp_path: Path) -> None:
    async with studio_of(tmp_path) as talk:
        first = await live(talk)
        await open_story(talk)
        await talk.press("New text")
        await talk.say(CALM)
        assert "tells half of the stories for 3 days" in (await talk.press("Compare for 3 days")).text
        rival = (await desk.shelf(talk.app.deps, "story")).versions[0].hash
        at, samples = talk.app.deps.clock.now(), [one.brief for one in talk.app.deps.samples()]
        async with talk.app.deps.store.begin() as tx:
            for hash_, brief, hard in ((first, samples[0], 0), (rival, samples[1], 1)):
                outcome = PromptOutcome(
                    at=at, name="story", hash=hash_, story=brief.story, sentences=4, hard=hard
                )
                await tx.add_outcome(outcome)
            less = Feedback(
                chat=str(READER),
                user=str(READER),
                story=samples[1].story,
                topic=None,
                press=Press.LESS,
                counts=True,
                at=at,
            )
            await tx.add_feedback(less)
        await talk.press("‹ story")
        said = await talk.press("History")
        sides = (f"{first[:8]}:", f"{rival[:8]}:")
        ours, theirs = (line for line in said.text.splitlines() if line.startswith(sides))
        assert "hard findings per 100 sentences 0.0" in ours
        assert "Less like this" not in ours
        assert "hard findings per 100 sentences 25.0" in theirs
        assert "Less like this: 1" in theirs


async def test_a_long_test_shows_its_progress(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(frame, "PATIENCE", 0.02)
    async with studio_of(tmp_path) as talk:
        await open_story(talk)
        await talk.press("New text")
        await talk.say(CALM)
        seen = watched(talk)
        await talk.press("Test and make live")
        told = [text for _, text in seen]
        assert any("Tested on samples: " in text or "Begun." in text for text in told)
        assert "is live now" in told[-1]


async def test_without_a_model_a_draft_waits_and_the_bot_says_why(tmp_path: Path) -> None:
    async with conversation(tmp_path, collected=True) as talk:
        await appoint(talk, Role.EDITOR)
        await open_story(talk)
        await talk.press("New text")
        await talk.say(CALM)
        assert "No model is configured" in (await talk.press("Preview")).text


async def test_the_house_style_is_shown_and_changed(tmp_path: Path) -> None:
    async with conversation(tmp_path) as talk:
        await appoint(talk, Role.EDITOR)
        await talk.say("/prompts")
        assert "- Tone: calm and plain" in (await talk.press("House style")).text  # the shipped one
        assert "# The house style" in (await talk.press("New style")).text
        said = await talk.say("tune: dry")
        assert "unknown key 'tune'" in said.text
        said = await talk.say("tone: dry\navoid: [amid, slam]")
        assert "- Tone: dry.\n- Words to avoid: amid, slam." in said.text
        assert (await studio.refresh(talk.app.deps)).style.startswith("- Tone: dry.")
        assert "tone: dry\navoid" in (await talk.press("New style")).text


async def test_every_page_is_said_in_every_language(tmp_path: Path) -> None:
    async with studio_of(tmp_path, Role.OWNER) as talk:
        for language in ("zh-Hant", "zh", "ar"):
            async with talk.app.deps.store.begin() as tx:
                person = await tx.person(str(READER))
                assert person is not None
                await tx.put_person(replace(person, language=language))
            words = talk.app.deps.wording[language]
            await open_story(talk)
            await talk.press(words("prompts.do_edit"))
            await talk.say(f"{BODY}\n- {language}.")
            await talk.press(words("prompts.do_preview"))
            said = await talk.press(words("prompts.do_activate"))
            assert words.count("prompts.tested", 3) in said.text
            await talk.press("‹ story")
            said = await talk.press(words("prompts.do_history"))
            assert words("prompts.event_activated") in said.text
