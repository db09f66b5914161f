"""A strict local stand-in for the Telegram Bot API."""
