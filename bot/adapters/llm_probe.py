"""Asks a model's server what it can do: ``dateline doctor --llm``, a few small requests in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from bot.adapters.ledger import Ledger
from bot.errors import Code, DatelineError

if TYPE_CHECKING:  # the openai client is a second and 40 MB: who has no model goes without
    from bot.adapters.llm import ModelClient

_CONTEXT = ("context_length", "max_model_len", "max_context_length", "context_window", "n_ctx", "n_ctx_train")
_TEXT = (
    "On Monday engineers reopened the harbour of Port Elin after six weeks. Forty ships were waiting. "
    "Dredging crews removed 12,000 tonnes of silt. The union said that 300 workers had lost their wages."
)


class _Facts(BaseModel):
    model_config = ConfigDict(extra="ignore")
    place: str
    facts: list[str]


_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["place", "facts"],
    "properties": {
        "place": {"type": "string", "maxLength": 60},
        "facts": {
            "type": "array",
            "items": {"type": "string", "maxLength": 200},
            "minItems": 1,
            "maxItems": 4,
        },
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What one model's server did when it was asked."""

    model: str
    step: str  # of the ladder of structured output
    limit: str  # what it calls the longest answer
    refused: tuple[str, ...]  # parameters that it does not take
    usage: bool  # it names the tokens
    logprobs: bool  # a judge can be used
    context: int | None  # tokens; None: it does not say
    seconds: float  # of the first answer, the ladder's steps included
    speed: float  # tokens written a second
    cost: float  # US dollars of the probe


async def probe(client: ModelClient, ledger: Ledger, model: str) -> Abilities:
    """What this model's server can do.

    Raises:
        Transient, Broken: as :meth:`ModelClient.complete`: it gives no answer that could be used.
    """
    entry = ledger.open(task="probe", model=model, prompt="")
    code: Code | None = None
    messages = (
        {"role": "system", "content": "Answer in English with one JSON object: place, and facts (a list)."},
        {"role": "user", "content": _TEXT},
    )
    try:
        began = client.clock.monotonic()
        await client.complete(
            messages,
            shape=_Facts,
            schema=_SCHEMA,
            max_tokens=600,
            temperature=0.0,
            usage=entry.usage,
            model=model,
        )
        seconds = client.clock.monotonic() - began
        written, named = entry.usage.tokens_out, not entry.usage.estimated
        question = f"{_TEXT}\n\nClaim: Forty ships were waiting.\n\nYes or No?"
        try:
            await client.sureness([{"role": "user", "content": question}], usage=entry.usage, model=model)
            logprobs = True
        except DatelineError:
            logprobs = False
    except DatelineError as error:
        code = error.code
        raise
    finally:
        await entry.close(code)
    caps = client.caps(model)
    return Abilities(
        model=model,
        step=caps.mode,
        limit="none" if caps.limit in caps.dropped else caps.limit,
        refused=tuple(sorted(caps.dropped)),
        usage=named,
        logprobs=logprobs,
        context=context_of(await client.listed(), model),
        seconds=round(seconds, 2),
        speed=round(written / seconds, 1) if seconds > 0 else 0.0,
        cost=entry.usage.cost,
    )


def context_of(listed: Mapping[str, Any], model: str) -> int | None:
    """The context window that a server's list of models names for this one, under any of the usual names."""
    rows = [one for one in listed.get("data") or [] if isinstance(one, dict)]
    own = [one for one in rows if one.get("id") == model] or (rows if len(rows) == 1 else [])
    for row in own:
        for place in (row, row.get("meta") or {}, row.get("top_provider") or {}):
            for name in _CONTEXT:
                if isinstance(place, dict) and isinstance(place.get(name), int):
                    return int(place[name])
    return None
