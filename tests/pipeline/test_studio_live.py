"""Bad prompts on the real path: a model that obeys them, the gate, and the watch over what readers got."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain import prompts
from bot.pipeline import plan, studio
from bot.pipeline.compose import demand
from bot.types import VersionState
from tests.chat.conversation import Conversation, conversation
from tests.chat.test_prompts import BODY, DEAR, INVENTS, SHIPPED, obedient
from tests.fake_llm import Reply, fake_llm

UNCITED = f"{BODY}\n- Name no passages."
pytestmark = pytest.mark.slow


def script(body: dict[str, Any], at: int) -> Reply:
    """As :func:`obedient`; and it names no passages where it is told so."""
    reply = obedient(body, at)
    if "Name no passages" not in str(body["messages"]):
        return reply
    said = json.loads(reply.text)
    said["sentences"] = [one | {"passages": []} for one in said["sentences"]]
    return replace(reply, text=json.dumps(said, ensure_ascii=False))


async def live(talk: Conversation) -> str:
    pointer = await studio.live(talk.app.deps, "story")
    assert pointer is not None
    return pointer.hash


@pytest.mark.parametrize(
    ("body", "kind"),
    [(UNCITED, "hard"), (INVENTS, "hard"), (DEAR, "cost")],
    ids=["uncited", "invents", "dear"],
)
async def test_it_is_stopped_and_when_forced_taken_back_within_one_run(
    tmp_path: Path, body: str, kind: str
) -> None:
    async with (
        fake_llm(script) as model,
        conversation(tmp_path, collected=True, openai_base_url=model.url) as talk,
    ):
        await talk.app.import_prompts(by_itself=False)
        some = talk.app.deps.samples()[:6]
        deps = replace(talk.app.deps, samples=lambda: some)
        first = await live(talk)
        text = prompts.with_body(SHIPPED, body)
        version, _ = await studio.draft(deps, "story", text, by="7", origin="chat")
        trial = await studio.activate(deps, version, by="7", expected=0)
        assert trial is not None
        assert kind in {one.kind for one in trial.objections}
        assert await live(talk) == first
        refused = await studio.find(deps, "story", version.hash)
        await studio.activate(deps, refused, by="1", expected=0, force="to see it")
        assert await live(talk) == version.hash
        told = await demand(deps)
        assert sum(len(section.items) for section in told.sections) >= 8
        assert "watch" in {step.name for step in await plan(talk.app.deps)}
        talk.app.deps.desk.watched = None  # a minute later
        await talk.app.work("watch")
        assert await live(talk) == first
        gone = await studio.find(deps, "story", version.hash)
        assert gone.state is VersionState.ROLLED_BACK
