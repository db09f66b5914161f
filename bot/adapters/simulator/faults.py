"""What goes wrong, and when: a plan, so that a test says which call of which method meets which failure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "429",
    "500",
    "502_html",
    "error",
    "close_before",
    "reset_before",
    "close_after",
    "cut",
    "cut_json",
    "garbage",
    "not_http",
    "huge",
    "delay",
    "drip",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One planned failure.

    ``nth`` counts the calls that match ``method`` (any, when "") and ``chat`` (any, when None) from 1;
    ``count`` calls from there on are hit. Not carried out: 429, 500, 502_html, error, close_before,
    reset_before. Carried out, but the answer is lost: close_after; cut off in the body: cut; whole in HTTP
    but half in JSON: cut_json; no JSON: garbage; no HTTP: not_http; endless: huge. ``delay`` waits
    ``seconds`` first and then does all right; ``drip`` carries the call out and then answers one byte a
    second.
    """

    kind: Kind
    method: str = "sendMessage"
    nth: int = 1
    count: int = 1
    chat: int | None = None
    seconds: float = 1.0
    retry_after: int = 1
    status: int = 400
    description: str = "Bad Request"
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Planned:
    fault: Fault
    seen: int = 0


class FaultPlan:
    """Gives each call its fault, if it has one."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._planned = [_Planned(fault) for fault in faults]

    def add(self, *faults: Fault) -> None:
        """Plan more; their counting starts now."""
        self._planned.extend(_Planned(fault) for fault in faults)

    def clear(self) -> None:
        """All is well from now on."""
        self._planned.clear()

    def next(self, method: str, chat: int | None) -> Fault | None:
        """The fault of this call. Every plan counts the call, also when an earlier one claims it."""
        hit: Fault | None = None
        for planned in self._planned:
            fault = planned.fault
            if fault.method not in {"", method} or fault.chat not in {None, chat}:
                continue
            planned.seen += 1
            if hit is None and fault.nth <= planned.seen < fault.nth + fault.count:
                hit = fault
        return hit
