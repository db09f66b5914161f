"""What people set: ``.env`` (:mod:`bot.settings.env`) and ``config/`` (:mod:`bot.settings.files`)."""

from bot.settings.env import Settings, known_keys, load
from bot.settings.files import read_config

__all__ = ["Settings", "known_keys", "load", "read_config"]
