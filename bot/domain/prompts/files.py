"""Prompt files: parse and check them, fill them in.

A file ``NAME.prompt.md`` is Markdown under a block of YAML. The body knows ``{{ variable }}`` and nothing
else: a template language was tried, and its sandbox stops neither ``{{ 'x' * 200000000 }}`` nor nested loops.
What must not break by an edit (the answer's schema, the frame around sources, the rule against instructions
in them) stands in :mod:`bot.domain.summaries`, not here.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.domain.prompts import plain
from bot.errors import Misconfigured

KNOWN: Mapping[str, frozenset[str]] = {
    "story": frozenset({"language", "topic", "max_sentences", "house_style"}),
    "overview": frozenset({"language", "topic", "max_sentences", "house_style"}),
    "update": frozenset({"language", "topic", "max_sentences", "since", "house_style"}),
    "page": frozenset({"language", "max_sentences", "house_style"}),
    "translation": frozenset({"language", "house_style"}),
    "judge": frozenset({"language"}),
}
"""The variables that the program can fill in, per task."""
REQUIRED: Mapping[str, frozenset[str]] = {
    "story": frozenset({"language", "max_sentences"}),
    "overview": frozenset({"language", "max_sentences"}),
    "update": frozenset({"language", "max_sentences"}),
    "page": frozenset({"language", "max_sentences"}),
    "translation": frozenset({"language"}),
    "judge": frozenset(),
}
"""Those without which the answer would be wrong, per task."""
LENGTHS = (40, 8000)
"""Characters that a body may have: shorter ones were saved by mistake, longer ones drown the sources."""
FILE_LIMIT = 20_000
"""Characters of a whole file: what is far over is no prompt, and is not parsed as YAML."""
FRONT_LIMIT = 4000
"""Characters of the block at the top."""
FAULTS = 10
"""Faults that are told at once; a file with more of them is not a prompt with a slip in it."""
VALUE_LIMIT = 4000
"""Characters of one value; what is over is cut."""

FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n(.*))?\Z", re.DOTALL)
VARIABLE = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
"""The block of settings and the body of a file; a variable in a body."""
_SECRET = re.compile(
    r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}"
    r"|\b(?:api|secret|access)[ _-]?(?:key|token)\s*[:=]\s*\S{8,}"
    r"|\b\d{8,10}:[A-Za-z0-9_-]{35}\b",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_KEYS = ("name", "description", "task", "variables", "model", "temperature", "max_output_tokens", "samples")
_HINT = "Correct the file; until then the last good version stays in use."


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A checked prompt. ``hash`` names its content: it is part of a summary's key."""

    name: str
    description: str
    task: str
    model: str  # "default", or a model's name that overrides the configured one
    temperature: float
    max_output_tokens: int
    body: str
    variables: frozenset[str]
    samples: tuple[str, ...] = ()  # ids of the samples that the gate runs; () means all
    hash: str


@lru_cache(maxsize=64)  # the files are taken in, looked at for changes, and read to be used
def parse(text: str, name: str) -> Prompt:
    """A checked prompt from a file's text; ``name`` is the file's name, for messages.

    Raises:
        Misconfigured: with every fault of the file in plain words.
    """
    if len(text) > FILE_LIMIT:
        raise _fault(name, [f"the file has {len(text):,} characters; {FILE_LIMIT:,} are allowed"])
    if _SECRET.search(text):
        raise _fault(name, ["it seems to hold a secret key or token; take it out (keys belong in .env)"])
    text = text.removeprefix("\ufeff")
    if hidden := plain.HIDDEN.search(text):
        line = text.count("\n", 0, hidden.start()) + 1
        seen = f"there is an invisible character (U+{ord(hidden[0]):04X}); write the line anew"
        raise _fault(name, [seen], line=line)
    split = FRONT.match(text)
    if not split:
        raise _fault(name, ["it must begin with a block of settings between two lines of ---"])
    front = _front(split[1], name)
    body = (split[2] or "").strip()
    task = front.get("task", "story")
    faults = [*_front_faults(front), *_body_faults(body, task if isinstance(task, str) else "")]
    used = frozenset(VARIABLE.findall(body))
    declared = front.get("variables")
    if isinstance(declared, list) and all(isinstance(one, str) for one in declared):
        # A slip in a name is told once, as an unknown variable, not as three faults.
        known = KNOWN.get(task, frozenset()) if isinstance(task, str) else frozenset[str]()
        meant = {near for v in used - known for near in difflib.get_close_matches(v, known, n=1)}
        unused = sorted({*declared} - used - meant)
        faults += [f"variable {v!r} is listed at the top but never used" for v in unused]
        unlisted = sorted((used & known if known else used) - {*declared})
        faults += [f"{{{{ {v} }}}} is used but not listed at the top" for v in unlisted]
    if faults:
        raise _fault(name, list(dict.fromkeys(faults)))
    return _prompt(front, body, used)


def render(prompt: Prompt, values: Mapping[str, str | int]) -> str:
    """The body with its variables filled in, in one pass: what stands in a value is never scanned again.

    Raises:
        Misconfigured: a variable has no value.
    """
    missing = sorted(prompt.variables - values.keys())
    if missing:
        raise _fault(prompt.name, [f"no value for {{{{ {one} }}}}" for one in missing])

    def fill(match: re.Match[str]) -> str:
        return _CONTROL.sub("", str(values[match[1]]))[:VALUE_LIMIT]

    return VARIABLE.sub(fill, prompt.body)


def _fault(name: str, faults: list[str], line: int = 0) -> Misconfigured:
    where = {"line": line} if line else {}
    if len(faults) > FAULTS:
        faults = [*faults[:FAULTS], f"and {len(faults) - FAULTS} more"]
    return Misconfigured("; ".join(faults), code=None, hint=_HINT, file=name, **where)


def _front(block: str, name: str) -> dict[str, Any]:
    if len(block) > FRONT_LIMIT:
        raise _fault(
            name, [f"the block at the top has {len(block):,} characters; {FRONT_LIMIT:,} are allowed"]
        )
    try:
        front = plain.read(block)
    except plain.Unreadable as error:
        line = error.line + 1 if error.line else 0  # the block starts on the file's second line
        raise _fault(name, [f"the block at the top: {error.why}"], line=line) from None
    if not isinstance(front, dict):
        raise _fault(name, ["the block at the top must be lines of 'key: value'"])
    return front


def _front_faults(front: Mapping[str, Any]) -> list[str]:
    unknown = [key for key in front if key not in _KEYS]
    faults = [f"unknown key {key[:40]!r}{_near(key, _KEYS)}" for key in unknown]
    faults += [f"the key {key!r} is missing" for key in ("name", "task") if key not in front]
    name, task = front.get("name", "x"), front.get("task", "story")
    if not (isinstance(name, str) and re.fullmatch(r"[a-z0-9_-]{1,40}", name)):
        faults.append("name must be 1 to 40 of the characters a-z 0-9 _ -")
    if not isinstance(task, str) or task not in KNOWN:
        faults.append(f"unknown task {_shown(task)} (there is: {', '.join(sorted(KNOWN))})")
    faults += [
        f"{key} must be text" for key in ("description", "model") if not isinstance(front.get(key, ""), str)
    ]
    faults += _range(front, "temperature", 0, 2)
    faults += _range(front, "max_output_tokens", 100, 8000)
    for key, such in (("variables", "[language, topic]"), ("samples", "[power-deal, latakia-fires]")):
        listed = front.get(key, [])
        if not (isinstance(listed, list) and all(isinstance(one, str) for one in listed)):
            faults.append(f"{key} must be a list of names, such as {such}")
    return faults


def _range(front: Mapping[str, Any], key: str, low: float, high: float) -> list[str]:
    value = front.get(key, low)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    whole = key != "max_output_tokens" or isinstance(value, int)
    if number and whole and low <= value <= high:
        return []
    kind = "a whole number" if key == "max_output_tokens" else "a number"
    return [f"{key} must be {kind} from {low:g} to {high:g}, not {_shown(value)}"]


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _body_faults(body: str, task: str) -> list[str]:
    faults: list[str] = []
    low, high = LENGTHS
    if not low <= len(body) <= high:
        faults.append(f"the text has {len(body)} characters; {low} to {high} are allowed")
    if "{%" in body or "{#" in body:
        faults.append("logic ({% … %}) is not understood, only {{ variable }}")
    rest = VARIABLE.sub("", body)
    if "{{" in rest or "}}" in rest:
        near = next(line.strip() for line in rest.splitlines() if "{{" in line or "}}" in line)
        faults.append(f"a pair of {{{{ }}}} is not closed or holds more than a name, near: {near[:60]}")
    if task in KNOWN:
        used = set(VARIABLE.findall(body))
        faults += [
            f"unknown variable {{{{ {v[:40]} }}}}{_near(v, sorted(KNOWN[task]))}"
            for v in sorted(used - KNOWN[task])[: FAULTS + 1]
        ]
        meant = {near for v in used - KNOWN[task] for near in difflib.get_close_matches(v, KNOWN[task], n=1)}
        missing = sorted(REQUIRED[task] - used - meant)
        faults += [f"{{{{ {v} }}}} must be used somewhere in the text" for v in missing]
    return faults


def _near(word: str, known: tuple[str, ...] | list[str]) -> str:
    near = difflib.get_close_matches(word[:40], known, n=1, cutoff=0.6)
    return f", did you mean {near[0]!r}?" if near else f" (there is: {', '.join(known)})"


def _prompt(front: Mapping[str, Any], body: str, used: frozenset[str]) -> Prompt:
    temperature, tokens = float(front.get("temperature", 0.2)), int(front.get("max_output_tokens", 900))
    model = front.get("model", "default") or "default"
    # Trailing blanks and line ends do not change what a model reads: the same hash, no new summaries.
    settled = "\n".join(line.rstrip() for line in body.splitlines())
    content = json.dumps([front["task"], model, temperature, tokens, settled], ensure_ascii=False)
    return Prompt(
        name=front["name"],
        description=front.get("description", ""),
        task=front["task"],
        model=model,
        temperature=temperature,
        max_output_tokens=tokens,
        body=settled,
        variables=used,
        samples=tuple(front.get("samples", ())),
        hash=hashlib.sha256(content.encode()).hexdigest()[:12],
    )
