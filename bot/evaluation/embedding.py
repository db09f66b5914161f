"""The embedder of an evaluation, and the language of a text that names none."""

from __future__ import annotations

from bot.adapters.embedders.offline import OfflineEmbedder, installed
from bot.adapters.extraction import language
from bot.errors import Misconfigured

_LANGUAGES = ("en", "zh", "ar", "ms", "id", "fr", "de", "es", "ru", "ja", "ko", "tr", "it", "pt")


def embedder(name: str) -> OfflineEmbedder | None:
    """``auto`` (the offline model where it is installed, as in production), ``offline`` or ``none``.

    It runs in this process, so that its time is counted.

    Raises:
        Misconfigured: another name, or ``offline`` where it is not installed.
    """
    if name == "none" or (name == "auto" and not installed()):
        return None
    if name in {"auto", "offline"}:
        return OfflineEmbedder(workers=0)
    raise Misconfigured(f"no such embedder: {name}", hint="auto, offline or none")


def spoken(named: str, title: str, text: str) -> str:
    """The language of an article as it is named, or as it is read; English where nobody can tell."""
    return named or language(f"{title}. {text[:500]}", _LANGUAGES) or "en"
