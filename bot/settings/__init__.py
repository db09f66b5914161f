"""What people set: ``.env`` (:mod:`bot.settings.env`) and ``config/`` (:mod:`bot.settings.files`)."""

from bot.settings.env import Settings, known_keys, load
from bot.settings.files import read_config
from bot.settings.prices import read_prices

__all__ = ["Settings", "known_keys", "load", "read_config", "read_prices"]
