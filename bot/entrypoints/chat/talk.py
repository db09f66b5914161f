"""One update in a handler's hands: who says what where, and every way to answer."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from telegram import InputFile, Message, Update
from telegram.constants import ChatAction
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.domain import declarations
from bot.domain.wording import Wording
from bot.entrypoints.chat import presses
from bot.entrypoints.chat.text import part as text_part
from bot.errors import DatelineError
from bot.events import logger
from bot.ports import Deps
from bot.types import Address, Button, Chat, Part, Person, Role, Subscription, SubscriptionId

if TYPE_CHECKING:
    from bot.app import App
    from bot.entrypoints.chat.front import ChatFront

log = logger("chat")

PATIENCE = 2.0
"""Seconds after which work shows that it goes on."""
DRAFT, RICH_DRAFT = "sendMessageDraft", "sendRichMessageDraft"
"""Methods that stream a partial answer into a private chat (Bot API 9.3 and 10.1)."""
DRAFT_LIVES = 20.0
"""Seconds after which a draft is sent anew: clients show one for about 30."""


@dataclass(slots=True, kw_only=True)
class Talk:
    """An update, understood.

    ``person`` is None where Telegram does not say who it is: posts of a channel, anonymous administrators.
    ``target`` is the chat (and topic) whose settings are meant: this one, or in private the connected one.
    """

    front: ChatFront
    update: Update
    chat: Chat
    thread: int | None
    person: Person | None
    anonymous: bool
    target: Address
    words: Wording
    message: Message | None  # what was written, or the message whose button was pressed
    arguments: str = ""  # of a command: the rest of its line; of an answer: its text
    pressed: presses.Pressed | None = None
    state: Mapping[str, Any] = field(default_factory=dict)  # what the question remembered
    _answered: bool = False

    @property
    def deps(self) -> Deps:
        """What steps get."""
        return self.front.app.deps

    @property
    def app(self) -> App:
        """Everything put together."""
        return self.front.app

    @property
    def now(self) -> datetime:
        """UTC."""
        return self.deps.clock.now()

    @property
    def here(self) -> Address:
        """Where this is said, with its topic."""
        return replace(self.chat.address, thread=self.thread)

    @property
    def private(self) -> bool:
        """Whether this is a private chat."""
        return self.chat.kind == "private"

    @property
    def user(self) -> str:
        """The person's id, "" where nobody knows."""
        return self.person.id if self.person else ""

    @property
    def replied(self) -> Message | None:
        """The message that this one replies to.

        In a topic of a forum Telegram calls everything a reply to the message that opened it; that is none.
        """
        above = self.message.reply_to_message if self.message else None
        return None if above is None or above.forum_topic_created else above

    # ------------------------------------------------------------------------------------------ answering

    async def say(
        self, said: Part | str, *, buttons: Sequence[Sequence[Button]] = (), reply: bool = False
    ) -> str:
        """Post here, or reply to ``message``; the new one's id. Raises as :meth:`bot.ports.Channel.send`."""
        part = text_part(said) if isinstance(said, str) else said
        if buttons:
            part = replace(part, buttons=tuple(tuple(row) for row in buttons))
        above = str(self.message.message_id) if reply and self.message else None
        receipts = await self.front.channel.post(self.here, part, reply_to=above)
        return receipts[-1].message_id

    async def edit(
        self, said: Part | str, *, buttons: Sequence[Sequence[Button]] = (), message: str = ""
    ) -> str:
        """Change the message whose button was pressed (or ``message``); a new one where there is none."""
        part = text_part(said) if isinstance(said, str) else said
        if buttons:
            part = replace(part, buttons=tuple(tuple(row) for row in buttons))
        if not message and (self.pressed is None or self.message is None):
            return await self.say(part)
        known = message or str(self.message.message_id if self.message else "")
        try:
            return (await self.front.channel.change(self.here, known, part)).message_id
        except DatelineError as error:  # too old to be changed, or deleted: say it anew
            log.info("edit_refused", chat=self.chat.address.chat, error=error)
            return await self.say(part)

    async def answer(self, text: str = "", *, alert: bool = False, url: str = "") -> None:
        """Answer a press: Telegram's client waits for it. A second answer is dropped.

        ``url``: a deep link to this bot, which the client opens.
        """
        query = self.update.callback_query
        if query is None or self._answered:
            return
        self._answered = True
        with contextlib.suppress(TelegramError):  # too late: nothing is lost
            await query.answer(text[:200] or None, show_alert=alert, url=url or None)

    async def send_file(self, name: str, content: bytes, caption: str = "") -> None:
        """Post a document."""
        await self.front.channel.bot.send_document(
            int(self.chat.address.chat),
            InputFile(io.BytesIO(content), filename=name),
            caption=caption or None,
            message_thread_id=self.thread,
        )

    async def read_file(self, most: int = 1 << 20) -> tuple[str, bytes] | None:
        """Name and content of the document that came with the message; None: there is none, or too large."""
        document = self.message.document if self.message else None
        if document is None or (document.file_size or 0) > most:
            return None
        file = await document.get_file()
        return document.file_name or "", bytes(await file.download_as_bytearray())

    @asynccontextmanager
    async def working(self, *, streams: str = "") -> AsyncGenerator[Progress]:
        """Shows that work goes on: "typing" at once, after ``PATIENCE`` a message that edits itself.

        ``streams``: in private a draft of this form ("classic", "rich") streams instead, where the server
        has them.
        """
        progress = Progress(self, streams=streams if self.private else "")
        ticking = asyncio.create_task(progress.tick())
        try:
            yield progress
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)

    # --------------------------------------------------------------------------------------------- asking

    async def ask(self, question: str, said: Part | str, *, lives: timedelta, **state: Any) -> None:
        """Say this and wait for the person's next message: it goes to the Question of this name."""
        await self.say(said)
        await self.expect(question, lives=lives, **state)

    async def expect(self, question: str, *, lives: timedelta = timedelta(hours=1), **state: Any) -> None:
        """As :meth:`ask`, where the asking was done already."""
        async with self.deps.store.begin() as tx:
            await tx.put_conversation(
                self.chat.address.chat, self.user, {"question": question, **state}, self.now + lives
            )

    async def done(self) -> None:
        """Nothing is asked any more."""
        async with self.deps.store.begin() as tx:
            await tx.put_conversation(self.chat.address.chat, self.user, None, self.now)

    def button(self, text: str, verb: str, *arguments: object) -> Button:
        """A button that only this person may press."""
        return presses.button(text, verb, *arguments, user=self.user, now=self.now)

    # --------------------------------------------------------------------------------------------- rights

    async def manages(self) -> bool:
        """Whether the person administers the chat that is managed (in private: their own always)."""
        return bool(self.user) and await self.front.rights.administers(self.target, self.user)

    def plays(self, role: Role) -> bool:
        """Whether the person is an editor or an owner; an owner is an editor too."""
        mine = self.person.role if self.person else Role.READER
        return mine is Role.OWNER or (role is Role.EDITOR and mine is Role.EDITOR)

    # ---------------------------------------------------------------------------------------- subscription

    async def subscription(self) -> Subscription | None:
        """What the managed chat (and topic) gets; of several the one made in the chat, else the first."""
        async with self.deps.store.begin() as tx:
            found = [sub for sub in await tx.subscriptions(active=None) if sub.address == self.target]
        own = subscription_id(self.target)
        return next((sub for sub in found if sub.id == own), found[0] if found else None)

    async def save(self, subscription: Subscription, *, moved: bool = False) -> None:
        """Keep it; one that a file declares becomes edited.

        ``moved``: its times changed, so that what is past of today's is nobody's.
        """
        if moved:
            subscription = replace(subscription, created_at=self.now)
        async with self.deps.store.begin() as tx:
            declared = [item for item in await tx.declared("digest") if item.id == subscription.id]
        if declared:
            body = declarations.digest_body(subscription)
            item = declarations.edit(
                declared[0], "digest", declared[0].id, body, on=subscription.active or declared[0].on
            )
            await self.app.declare([item])
        async with self.deps.store.begin() as tx:
            await tx.put_subscription(subscription)


class Progress:
    """A message that tells how far work is, once it takes long; the answer can take its place.

    With ``streams`` it is a draft of that form, which the answer replaces by itself; where the server knows
    none, or refuses one, the message takes over.
    """

    def __init__(self, talk: Talk, *, streams: str = "") -> None:
        self._talk = talk
        self._streams = streams
        self._line = ""
        self._ready: tuple[str, ...] = ()
        self._shown: tuple[str, ...] = ()
        self._drafted_at: float | None = None
        self.message = ""
        """Id of the progress message, "" while none was needed."""

    def tell(self, line: str, ready: Sequence[str] = ()) -> None:
        """What is being done now, and what is ready of the answer (for drafts); shown with the next tick."""
        self._line, self._ready = line, tuple(ready)

    async def tick(self) -> None:
        """Until cancelled. Nothing here may cost the answer: failures are dropped."""
        talk, clock = self._talk, self._talk.deps.clock
        started = clock.monotonic()
        while True:
            with contextlib.suppress(DatelineError, TelegramError):
                await talk.front.channel.bot.send_chat_action(
                    int(talk.chat.address.chat), ChatAction.TYPING, message_thread_id=talk.thread
                )
                if clock.monotonic() - started >= PATIENCE and self._line:
                    await self._show()
            await clock.sleep(PATIENCE)

    async def _show(self) -> None:
        if not self.message and await self._draft():
            return
        if self._shown[:1] == (self._line,):
            return
        self._shown = (self._line,)
        if self.message:
            await self._talk.edit(self._line, message=self.message)
        else:
            self.message = await self._talk.say(self._line)

    async def _draft(self) -> bool:
        """Whether a draft stands. A method that the server does not know is not asked again."""
        now, wanted = self._talk.deps.clock.monotonic(), (self._line, *self._ready)
        if self._drafted_at is not None and wanted == self._shown and now - self._drafted_at < DRAFT_LIVES:
            return True
        while self._streams:
            method, said = self._drafted()
            draft = {
                "chat_id": int(self._talk.chat.address.chat),
                "draft_id": self._talk.update.update_id or 1,
            }
            try:
                if method in self._talk.front.drafts:
                    await self._talk.front.channel.bot.call(method, **draft, **said)
                    self._shown, self._drafted_at = wanted, now
                    return True
            except InvalidToken:  # 404: the server has no such method
                self._talk.front.drafts.discard(method)
            except BadRequest as error:
                log.info("draft_refused", method=method, error=error)
            self._streams = "classic" if self._streams == "rich" else ""
        return False

    def _drafted(self) -> tuple[str, dict[str, Any]]:
        """The method and its content: what is ready, and below it the line."""
        if self._streams == "rich":
            blocks = [{"type": "paragraph", "text": text} for text in self._ready]
            told = {
                "blocks": [*blocks, {"type": "thinking", "text": self._line}],
                "is_rtl": self._talk.words.rtl,
            }
            return RICH_DRAFT, {"rich_message": told}
        text = text_part("\n\n".join((*self._ready, self._line))).text
        return DRAFT, {"text": text}

    async def finish(self, said: Part) -> str:
        """Put the answer in the place of the progress message, or post it where there is none."""
        if self.message:
            return await self._talk.edit(said, message=self.message)
        return await self._talk.say(said)

    async def clear(self) -> None:
        """Take the progress message away: the answer comes by another way."""
        message, self.message, self._line = self.message, "", ""
        if message:
            with contextlib.suppress(DatelineError):
                await self._talk.front.channel.delete(self._talk.here, message)


def subscription_id(address: Address) -> SubscriptionId:
    """The id of the subscription that is made in a chat: one for each chat, and for each topic of a forum."""
    return SubscriptionId(f"tg:{address.chat}" + (f":{address.thread}" if address.thread else ""))
