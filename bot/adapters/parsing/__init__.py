"""Untrusted bodies are parsed here, in processes that can be killed.

``pool.py`` owns the processes, ``worker.py`` is what runs in one, ``bodies.py`` and ``charsets.py`` read a
feed's body and refuse what is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.adapters.parsing.pool import ParsingPool

__all__ = ["ParsingPool"]


def __getattr__(name: str) -> Any:
    """Import the pool when somebody asks: a parser process has no use for it (asyncio: 10 MB, 50 ms)."""
    if name == "ParsingPool":
        from bot.adapters.parsing.pool import ParsingPool  # noqa: PLC0415

        return ParsingPool
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
