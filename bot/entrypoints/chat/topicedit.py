"""``/topicedit``: topics and how articles are filed under them; a change goes live after a rehearsal.

The draft is the conversation's state: rows, so that it survives a restart. Saving takes a rehearsal of
exactly this draft, and refuses when somebody else changed the topic meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.domain import drafting
from bot.domain.declarations import edit, item_hash
from bot.domain.drafting import Wrong
from bot.entrypoints.chat import topicdraft
from bot.entrypoints.chat.pages import held, label, mark, marked, number, plainly, turns
from bot.entrypoints.chat.table import PRIVATE, Command, Press, Question, Who
from bot.entrypoints.chat.talk import Talk
from bot.entrypoints.chat.text import bold, part
from bot.entrypoints.chat.topicdraft import QUESTION, draft_page, rehearsed, topic_card, wanted
from bot.entrypoints.sources import declared
from bot.errors import Misconfigured
from bot.settings.env import known_language, spoken_language
from bot.settings.files import check_item
from bot.types import Declared, Part

LIVES = timedelta(days=2)
"""For how long a draft is kept."""
PAGE = 12
State = dict[str, Any]


async def topicedit(talk: Talk) -> None:
    """The list, or with a topic's id its card, or with ``new`` the first question of a new one."""
    items = await declared(talk.deps, "topic")
    if talk.arguments == "new":
        await _new(talk)
    elif talk.arguments in items:
        await talk.say(topic_card(talk, items[talk.arguments]))
    elif talk.arguments:
        await talk.say(talk.words("topicedit.no_topic", slug=talk.arguments[:64]))
    else:
        await talk.say(_page(talk, items, 0))


async def pressed(talk: Talk) -> None:
    """Buttons of the list and of a topic's card; those of the draft need a draft."""
    assert talk.pressed is not None
    action, *rest = (*talk.pressed.arguments, "")
    items = await declared(talk.deps, "topic")
    if action == "page":
        await talk.edit(_page(talk, items, number(rest[0])))
    elif action == "new":
        await _new(talk)
    elif action in ("card", "edit", "off", "on"):
        slug = marked(rest[0], items)
        if slug is None:
            await talk.answer(talk.words("topicedit.gone"), alert=True)
        else:
            await _on_topic(talk, action, items[slug])
    else:
        await _on_draft(talk, action, rest[0])


async def _on_topic(talk: Talk, action: str, item: Declared) -> None:
    if action == "edit":
        body = dict(item.body)
        state: State = {"slug": item.id, "body": body, "base": item_hash(body), "wants": "", "tried": ""}
        await talk.expect(QUESTION, lives=LIVES, **state)
        await talk.edit(draft_page(talk, state))
        return
    if action in ("off", "on"):
        changed = edit(item, "topic", item.id, item.body, on=action == "on")
        try:
            await talk.app.declare([changed])
        except Misconfigured as error:  # a digest that a file or a chat declares names it
            words = talk.words("topicedit.in_use") if action == "off" else plainly(talk, error)
            await talk.answer(words, alert=True)
            return
        item = changed
    await talk.edit(topic_card(talk, item))


# ----------------------------------------------------------------------------------------------- the draft


async def _new(talk: Talk) -> None:
    await talk.ask(
        QUESTION, talk.words("topicedit.ask_slug"), lives=LIVES, wants="slug", body={}, base="", tried=""
    )


async def _on_draft(talk: Talk, action: str, what: str) -> None:
    found = await held(talk, QUESTION)
    if found is None or not found.get("slug"):
        await talk.answer(talk.words("topicedit.nothing_held"), alert=True)
        return
    state = {key: value for key, value in found.items() if key != "question"}
    if action == "want" and what in topicdraft.FIELDS:
        state["wants"] = what
        await talk.expect(QUESTION, lives=LIVES, **state)
        await talk.edit(wanted(talk, state))
    elif action == "draft":
        state["wants"] = ""
        await talk.expect(QUESTION, lives=LIVES, **state)
        await talk.edit(draft_page(talk, state))
    elif action == "try":
        await _try(talk, state)
    elif action == "save":
        await _save(talk, state)
    elif action == "discard":
        await talk.done()
        await talk.edit(talk.words("topicedit.discarded"))


async def answered(talk: Talk) -> None:
    """What was typed for the draft's open question."""
    state = {key: value for key, value in talk.state.items() if key != "question"}
    try:
        body, slug = await _changed(talk, state)
    except Wrong as wrong:
        back = talk.button(talk.words("topicedit.do_draft"), "topicedit", "draft")
        await talk.say(talk.words(wrong.key, **wrong.values), buttons=[(back,)] if state.get("slug") else ())
        return
    state |= {"body": dict(body), "slug": slug, "wants": ""}
    if not body.get("names"):
        state["wants"] = "names"
    await talk.expect(QUESTION, lives=LIVES, **state)
    await talk.say(wanted(talk, state) if state["wants"] else draft_page(talk, state))


async def _changed(talk: Talk, state: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The draft's next body and slug. Raises Wrong."""
    wants, body, slug = state.get("wants"), state["body"], state.get("slug", "")
    text = talk.arguments
    if wants == "slug":
        return body, drafting.slug(text, await declared(talk.deps, "topic"))
    if wants == "names":
        return drafting.with_names(body, text, talk.words.language.replace("zh-Hans", "zh"), _spoken), slug
    if wants == "description":
        return drafting.with_description(body, text), slug
    if wants in drafting.KINDS:
        return drafting.with_terms(body, wants, text, _known), slug
    if wants == "examples":
        return drafting.with_examples(body, text), slug
    if wants == "threshold":
        return drafting.with_threshold(body, text), slug
    raise Wrong("topicedit.pick")


def _known(code: str) -> bool:
    try:
        return bool(known_language(code))
    except ValueError:
        return False


def _spoken(code: str) -> bool:
    try:
        return bool(spoken_language(code))
    except ValueError:
        return False


async def _try(talk: Talk, state: State) -> None:
    await talk.answer()
    said = await rehearsed(talk, state)
    if said is None:
        return
    state["tried"] = item_hash(state["body"])
    await talk.expect(QUESTION, lives=LIVES, **state)


async def _save(talk: Talk, state: State) -> None:
    items, slug = await declared(talk.deps, "topic"), state["slug"]
    old = items.get(slug)
    if state["tried"] != item_hash(state["body"]):
        await talk.answer(talk.words("topicedit.try_first"), alert=True)
        return
    if (item_hash(old.body) if old else "") != state["base"]:
        await talk.answer(talk.words("topicedit.changed_meanwhile"), alert=True)
        return
    try:
        body = check_item("topic", slug, state["body"], where="chat")
        await talk.app.declare([edit(old, "topic", slug, body)])
    except Misconfigured as error:
        await talk.answer(plainly(talk, error), alert=True)
        return
    await talk.done()
    await talk.answer(talk.words("topicedit.saved"))
    await talk.edit(topic_card(talk, (await declared(talk.deps, "topic"))[slug]))


# ------------------------------------------------------------------------------------------------ the list


def _page(talk: Talk, items: Mapping[str, Declared], page: int) -> Part:
    words = talk.words
    found = sorted(items.values(), key=lambda item: (not item.on, item.body.get("order", 0), item.id))
    pages = max(1, -(-len(found) // PAGE))
    page = min(page, pages - 1)
    buttons = [
        talk.button(
            label(f"{'' if item.on else '‖ '}{topicdraft.name_of(talk, item.id, item.body)}"),
            "topicedit",
            "card",
            mark(item.id),
        )
        for item in found[page * PAGE : (page + 1) * PAGE]
    ]
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    below = (talk.button(words("topicedit.do_new"), "topicedit", "new"),)
    pieces = (bold(words("topicedit.title")), "\n", words("topicedit.intro"))
    return part(*pieces, buttons=[*rows, turns(talk, "topicedit", page, pages), below])


COMMANDS = (Command(name="topicedit", handler=topicedit, who=Who.EDITOR, where=frozenset({PRIVATE})),)
PRESSES = (Press(verb="topicedit", handler=pressed, who=Who.EDITOR, lives=LIVES),)
QUESTIONS = (Question(name=QUESTION, handler=answered, who=Who.EDITOR),)
