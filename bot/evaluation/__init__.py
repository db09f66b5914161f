"""``dateline eval``: what production runs, measured on labelled data.

``TASKS`` maps a task's name to a loader of its function, so that asking for one does not import the others.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any


def _task(name: str) -> Callable[[], Callable[..., Any]]:
    def load() -> Callable[..., Any]:
        function: Callable[..., Any] = importlib.import_module(f"bot.evaluation.{name}").evaluate
        return function

    return load


TASKS: dict[str, Callable[[], Callable[..., Any]]] = {
    name: _task(name)
    for name in (
        "extraction",
        "feeds",
        "clustering",
        "routing",
        "reprints",
        "summaries",
        "faithfulness",
        "injected",
    )
}
