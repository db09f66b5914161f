"""Where a person is: asked for with Telegram's button for locations, and read from what they send."""

from __future__ import annotations

from telegram import KeyboardButton, ReplyKeyboardMarkup, ReplyKeyboardRemove

from bot.domain import zones
from bot.entrypoints.chat.choices import place
from bot.entrypoints.chat.talk import Talk


async def ask(talk: Talk) -> None:
    """Show the button that shares where one is; Telegram has it in private chats alone."""
    words = talk.words
    keyboard = ReplyKeyboardMarkup(
        [[KeyboardButton(words("zone.share"), request_location=True)]],
        resize_keyboard=True,
        one_time_keyboard=True,
    )
    await talk.front.channel.bot.send_message(
        int(talk.chat.address.chat), words("zone.share_text"), reply_markup=keyboard
    )


def shared(talk: Talk) -> str:
    """The zone of the location in the message, "" where there is none. The place itself is not kept."""
    spot = talk.message.location if talk.message else None
    return zones.zone_at(spot.latitude, spot.longitude) if spot else ""


async def thank(talk: Talk, zone_name: str) -> None:
    """Say which zone it is, and take the button away."""
    said = talk.words("zone.now", value=place(talk.words, zone_name, talk.now))
    await talk.front.channel.bot.send_message(
        int(talk.chat.address.chat), said, reply_markup=ReplyKeyboardRemove()
    )
