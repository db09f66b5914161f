"""``config/*.yaml`` as items by (kind, id): checked, with file and line in every complaint.

Four files, each one mapping of ids under its name: ``feeds.yaml``, ``outlets.yaml``, ``topics.yaml``,
``digests.yaml``. What an item may hold is the pydantic model of its kind below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.errors import Misconfigured
from bot.settings.env import Zone, nearest

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_ID = re.compile(r"^[a-z0-9][a-z0-9._-]{0,63}$")


def _seconds(value: object) -> object:
    match = re.fullmatch(r"(\d+)\s*([smhd])", value) if isinstance(value, str) else None
    return int(match[1]) * _UNITS[match[2]] if match else value


def _clock_time(value: object) -> object:
    if isinstance(value, int):  # YAML reads an unquoted 7:30 as the sexagesimal number 450
        value = f"{value // 60}:{value % 60:02}"
    if isinstance(value, str) and (match := re.fullmatch(r"(\d{1,2}):(\d\d)", value.strip())):
        hours, minutes = int(match[1]), int(match[2])
        if hours < 24 and minutes < 60:
            return f"{hours:02}:{minutes:02}"
    raise ValueError('write a time of day as "07:30"')


Seconds = Annotated[int, BeforeValidator(_seconds)]
TimeOfDay = Annotated[str, BeforeValidator(_clock_time)]
Terms = dict[str, list[str]]


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FeedItem(_Item):
    """A feed: where it is, whose it is, what it mostly is about."""

    url: str = Field(pattern=r"^https?://[^\s]+$")
    title: str = ""
    outlet: str = ""
    language: str = Field("", pattern=r"^([a-z]{2})?$")
    topics: list[str] = []
    interval: Seconds = Field(900, ge=60, le=86400)
    full_text: bool = True


class OutletItem(_Item):
    """An outlet: who publishes, and what readers should know of it."""

    name: str
    domains: list[str] = []
    family: str = ""
    country: str = Field("", pattern=r"^([A-Z]{2})?$")
    state_media: bool = False
    agency: bool = False


class DigestItem(_Item):
    """A digest: which chat gets what and when."""

    chat: str | int = "default"
    thread: int | None = None
    topics: list[str] = []
    times: list[TimeOfDay] = Field(["07:30"], min_length=1)
    zone: Zone | Literal["default"] = "default"
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = []
    language: str = "en"
    length: Literal["brief", "standard", "deep"] = "standard"
    quiet_day: Literal["line", "nothing"] = "line"
    silent: bool = False


class TopicItem(_Item):
    """A topic: names, a description, and the words that tell it. See the comments in topics.yaml."""

    names: dict[str, str]
    description: str = ""
    include: Terms = {}
    context: Terms = {}
    exclude: Terms = {}
    sides: list[Terms] = []
    examples: list[str] = []
    threshold: float = Field(1.0, gt=0)
    order: int = 0


KINDS: dict[str, tuple[str, type[_Item]]] = {
    "feed": ("feeds", FeedItem),
    "outlet": ("outlets", OutletItem),
    "topic": ("topics", TopicItem),
    "digest": ("digests", DigestItem),
}


def read_config(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """All items of the folder's files: (kind, id) -> body in normal form (JSON-able, defaults left out).

    Raises:
        Misconfigured: a missing folder, broken YAML, an unknown key, a bad value: file, line, what is right.
    """
    if not folder.is_dir():
        raise Misconfigured(
            "no such folder", hint="set DATELINE_CONFIG, or run in the checkout", folder=folder
        )
    items: dict[tuple[str, str], dict[str, Any]] = {}
    for kind, (name, model) in KINDS.items():
        path = folder / f"{name}.yaml"
        if path.is_file():
            for ident, body in _read_file(path, name, model).items():
                items[kind, ident] = body
    return items


def read_topics(path: Path) -> dict[str, dict[str, Any]]:
    """The topics of one file, for measuring another than the installed one. Raises as :func:`read_config`."""
    if not path.is_file():
        raise Misconfigured("no such topic file", file=path)
    return _read_file(path, "topics", TopicItem)


def check_item(kind: str, ident: str, body: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """One item's body in normal form, for what comes from a chat, the command line or an OPML file.

    Raises:
        Misconfigured: as :func:`read_config`, naming ``where`` instead of file and line.
    """
    model = KINDS[kind][1]
    try:
        return model.model_validate(body).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        message, _ = _explain(error, model)
        raise Misconfigured(message, where=where, item=ident) from None


def _read_file(path: Path, name: str, model: type[_Item]) -> dict[str, dict[str, Any]]:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = (
            error.problem_mark.line + 1
            if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark
            else 1
        )
        problem = getattr(error, "problem", None) or "this is no YAML in UTF-8"
        raise Misconfigured(f"cannot read: {problem}", file=path, line=line) from None
    if root is None:
        return {}
    top = _mapping(root, path)
    for key, (line, _) in top.items():
        if key != name:
            raise Misconfigured(f"unknown key {key}", hint=nearest(key, [name]), file=path, line=line)
    items: dict[str, dict[str, Any]] = {}
    for ident, (line, node) in _mapping(top[name][1], path).items():
        if not _ID.match(ident):
            hint = "lower-case letters, digits, dots, dashes; it must never change"
            raise Misconfigured(f"{ident!r} cannot be an id", hint=hint, file=path, line=line)
        items[ident] = _item(node, model, path, line)
    return items


def _mapping(node: yaml.Node, path: Path) -> dict[str, tuple[int, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        hint = "write `name: value` lines, indented alike"
        raise Misconfigured(
            "expected names with values here", hint=hint, file=path, line=node.start_mark.line + 1
        )
    found: dict[str, tuple[int, yaml.Node]] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if key.value in found:
            raise Misconfigured(f"{key.value} stands here twice", file=path, line=line)
        found[str(key.value)] = (line, value)
    return found


def _item(node: yaml.Node, model: type[_Item], path: Path, line: int) -> dict[str, Any]:
    loader = yaml.SafeLoader("")
    try:
        body = loader.construct_document(node)
    finally:
        loader.dispose()
    try:
        return model.model_validate(body).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        message, location = _explain(error, model)
        hint = ""
        if error.errors()[0]["type"] == "extra_forbidden":
            hint = nearest(str(location[-1]), list(model.model_fields))
        raise Misconfigured(message, hint=hint, file=path, line=_line(node, location, line)) from None


def _explain(error: ValidationError, model: type[_Item]) -> tuple[str, tuple[Any, ...]]:
    first = error.errors()[0]
    location = first["loc"]
    dotted = ".".join(str(part) for part in location)
    if first["type"] == "extra_forbidden":
        return f"unknown key {dotted}; {nearest(str(location[-1]), list(model.model_fields))}", location
    if first["type"] == "missing":
        return f"{dotted} is missing", location
    return f"{dotted} is not right: {first['msg'].removeprefix('Value error, ')}", location


def _line(node: yaml.Node, location: tuple[Any, ...], line: int) -> int:
    """The line of the value at this path, as deep as the path can be followed."""
    for step in location:
        if isinstance(node, yaml.MappingNode):
            hit = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if hit is None:
                break
            line, node = hit[0].start_mark.line + 1, hit[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line
