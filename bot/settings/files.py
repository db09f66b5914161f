"""``config/*.yaml`` as items by (kind, id): checked, with file and line in every complaint.

Four files, each one mapping of ids under its name: ``feeds.yaml``, ``outlets.yaml``, ``topics.yaml``,
``digests.yaml``. What an item may hold is the pydantic model of its kind below.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.errors import Misconfigured
from bot.settings.env import Language, SpokenLanguage, known_chat, known_language, known_zone, nearest

_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml, ten times as fast: in Python the topics alone take a fifth of a second of every start."""
_DEEPEST = 20  # levels; the files have five
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_ID = re.compile(r"^[a-z0-9][a-z0-9._-]{0,63}$")
_ID_HINT = "small letters, digits, dots, dashes; it must never change"


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


def _chat(value: object) -> object:
    if isinstance(value, bool):  # an unquoted yes
        raise ValueError("this is no chat")  # noqa: TRY004 - pydantic makes a complaint of it
    return known_chat(value) if isinstance(value, str) and value != "default" else value


def _zone(value: str) -> str:
    return value if value == "default" else known_zone(value)


def _domain(value: str) -> str:
    if "://" in value or not re.fullmatch(r"[^\s/@:]+\.[^\s/@:]+(/\S*)?", value):
        raise ValueError("write a domain without https://, like bbc.co.uk (or bbc.co.uk/arabic)")
    return value


def _language(value: str) -> str:
    return known_language(value) if value else value


Seconds = Annotated[int, BeforeValidator(_seconds)]
TimeOfDay = Annotated[str, BeforeValidator(_clock_time)]
Domain = Annotated[str, AfterValidator(_domain)]
Terms = dict[Language, list[str]]


class _Item(BaseModel):
    """Descriptions say what is right; they are the hints of complaints."""

    model_config = ConfigDict(extra="forbid")


class FeedItem(_Item):
    """A feed: where it is, whose it is, what it mostly is about."""

    url: str = Field(pattern=r"^https?://[^\s]+$", description="an address with http:// or https://")
    title: str = Field("", description="a text; numbers and dates in quotes")
    outlet: str = Field("", description="an id of outlets.yaml")
    language: Annotated[str, AfterValidator(_language)] = Field(
        "", description='two small letters, in quotes: "no"'
    )
    topics: list[str] = Field([], description="a list of ids of topics.yaml: [syria]")
    interval: Seconds = Field(900, ge=60, le=86400, description="15m, 1h: from a minute to a day")
    full_text: bool = Field(True, description="true or false")


class OutletItem(_Item):
    """An outlet: who publishes, and what readers should know of it."""

    name: str = Field(description="as readers see it")
    domains: list[Domain] = Field([], description="a list: [bbc.co.uk, bbc.com]")
    family: str = Field("", description="one word for all outlets of an owner")
    country: str = Field("", pattern=r"^([A-Z]{2})?$", description='ISO 3166, in quotes: "GB", "NO"')
    state_media: bool = Field(False, description="true or false")
    agency: bool = Field(False, description="true or false")
    weight: float = Field(1.0, gt=0, le=3, description="a number above 0, at most 3; 1.0 is usual")


class DigestItem(_Item):
    """A digest: which chat gets what and when."""

    chat: Annotated[str | int, BeforeValidator(_chat)] = Field(
        "default", description='a chat\'s number, "@channelname", or default'
    )
    thread: int | None = Field(None, description="a forum topic's number")
    topics: list[str] = Field([], description="a list of ids of topics.yaml: [syria]; leave it out for all")
    times: list[TimeOfDay] = Field(["07:30"], min_length=1, description='a list: ["07:30", "18:00"]')
    zone: Annotated[str, AfterValidator(_zone)] = Field("default", description="an IANA name, or default")
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(
        [], description="a list: [mon, fri]; leave it out for every day"
    )
    language: SpokenLanguage = Field("en", description="en, zh (Simplified), zh-Hant (Traditional) or ar")
    length: Literal["brief", "standard", "deep"] = Field("standard", description="brief, standard or deep")
    format: Literal["classic", "rich"] = Field("classic", description="classic or rich")
    quiet_day: Literal["line", "nothing"] = Field("line", description="line or nothing")
    silent: bool = Field(False, description="true or false")
    night: bool = Field(False, description="true or false")


class TopicItem(_Item):
    """A topic: names, a description, and the words that tell it. See the comments in topics.yaml."""

    names: dict[SpokenLanguage, str] = Field(description="a name per language: {en: Syria, zh: 叙利亚}")
    description: str = Field("", description="a text")
    include: Terms = Field({}, description='lists of terms per language: {en: [Syria], "no": [Syria]}')
    matter: Terms = Field({}, description="lists of terms per language: {en: [government, troops]}")
    context: Terms = Field({}, description='lists of terms per language: {en: [ceasefire], "no": [fred]}')
    exclude: Terms = Field({}, description="lists of terms per language: {en: [Syrian hamster]}")
    sides: list[Terms] = Field([], description="two or more: [{en: [US]}, {en: [China]}]")
    also: list[Terms] = Field([], description="a second set of sides: [{en: [China]}, {en: [Japan]}]")
    examples: list[str] = Field([], description="a list of headlines")
    threshold: float = Field(1.0, gt=0, description="a number above 0; 1.0 is usual")
    order: int = Field(0, description="a whole number")


KINDS: dict[str, tuple[str, type[_Item]]] = {
    "feed": ("feeds", FeedItem),
    "outlet": ("outlets", OutletItem),
    "topic": ("topics", TopicItem),
    "digest": ("digests", DigestItem),
}


@dataclass(frozen=True, slots=True)
class _Read:
    """An item as it stands in a file."""

    body: dict[str, Any]
    path: Path
    line: int
    node: yaml.Node

    def place(self, *location: str | int) -> dict[str, Any]:
        """File and line of a value in it, for a complaint."""
        return {"file": self.path, "line": _line(self.node, location, self.line)}


def read_config(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """All items of the folder's files: (kind, id) -> body in normal form (JSON-able, defaults left out).

    Raises:
        Misconfigured: a missing folder, broken YAML, an unknown key, a bad value, an outlet or a topic that
            the files beside do not have, an address that stands twice: file, line, what is right.
    """
    if not folder.is_dir():
        raise Misconfigured(
            "no such folder", hint="set DATELINE_CONFIG, or run in the checkout", folder=folder
        )
    read = {
        kind: _read_file(path, name, model)
        for kind, (name, model) in KINDS.items()
        if (path := folder / f"{name}.yaml").is_file()
    }
    _check_names(read)
    _check_twice(read.get("feed", {}), "url")
    _check_twice(read.get("outlet", {}), "domains")
    return {(kind, ident): item.body for kind, items in read.items() for ident, item in items.items()}


def read_topics(path: Path) -> dict[str, dict[str, Any]]:
    """The topics of one file, for measuring another than the installed one. Raises as :func:`read_config`."""
    if not path.is_file():
        raise Misconfigured("no such topic file", hint="a file like config/topics.yaml", file=path)
    return {ident: item.body for ident, item in _read_file(path, "topics", TopicItem).items()}


def check_item(kind: str, ident: str, body: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """One item's body in normal form, for what comes from a chat, the command line or an OPML file.

    Raises:
        Misconfigured: as :func:`read_config`, naming ``where`` instead of file and line.
    """
    model = KINDS[kind][1]
    if not _ID.match(ident):
        raise Misconfigured(f"{ident!r} cannot be an id", hint=_ID_HINT, where=where)
    try:
        return model.model_validate(body).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        message, hint, _ = _explain(error, model)
        raise Misconfigured(message, hint=hint, where=where, item=ident) from None


_NAMED = (("feed", "outlet", "outlet"), ("feed", "topics", "topic"), ("digest", "topics", "topic"))


def _check_names(read: Mapping[str, Mapping[str, _Read]]) -> None:
    """Outlets and topics that items name; a file that is not there is no witness."""
    for kind, key, target in _NAMED:
        if target not in read:
            continue
        known = read[target]
        for item in read.get(kind, {}).values():
            for place, name in enumerate(_listed(item.body.get(key))):
                if name not in known:
                    hint = nearest(name, known, f"add it to {KINDS[target][0]}.yaml, or mend the name")
                    raise Misconfigured(f"no such {target}: {name}", hint=hint, **item.place(key, place))


def _check_twice(items: Mapping[str, _Read], key: str) -> None:
    """Two feeds of one address are asked twice; of two outlets with one domain the second is never found."""
    seen: dict[str, str] = {}
    for ident, item in items.items():
        for place, value in enumerate(_listed(item.body.get(key))):
            if value in seen:
                hint = "take one of them out"
                raise Misconfigured(f"{seen[value]} has {value} too", hint=hint, **item.place(key, place))
            seen[value] = ident


def _listed(value: Any) -> Collection[str]:
    return value if isinstance(value, list) else [value] if value else []


def _read_file(path: Path, name: str, model: type[_Item]) -> dict[str, _Read]:
    root = _parsed(path)
    top = {} if root is None else _mapping(root, path)
    for key, (line, _) in top.items():
        if key != name:
            raise Misconfigured(f"unknown key {key}", hint=nearest(key, [name]), file=path, line=line)
    items: dict[str, _Read] = {}
    for _, body in top.values():
        for ident, (line, node) in ({} if _is_null(body) else _mapping(body, path)).items():
            if not _ID.match(ident):
                raise Misconfigured(f"{ident!r} cannot be an id", hint=_ID_HINT, file=path, line=line)
            items[ident] = _Read(_item(node, model, path, line), path, line, node)
    return items


def _parsed(path: Path) -> yaml.Node | None:
    try:
        text = path.read_text(encoding="utf-8-sig")
        with suppress(yaml.YAMLError):
            if _shallow(text):
                return yaml.compose(text, Loader=_FAST)
        return yaml.compose(text, Loader=yaml.SafeLoader)  # tells better what is wrong
    except UnicodeDecodeError:
        raise Misconfigured("cannot read: this is no text", hint="save it as UTF-8", file=path) from None
    except yaml.YAMLError as error:
        raise _unreadable(error, path, 1) from None


def _shallow(text: str) -> bool:
    """Whether it is safe to compose in C, which ends the process where a text is nested 100,000 deep."""
    depth = 0
    for event in yaml.parse(text, Loader=_FAST):
        depth += isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent)
        depth -= isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent)
        if depth > _DEEPEST:
            return False
    return True


def _unreadable(error: yaml.YAMLError, path: Path, line: int) -> Misconfigured:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    problem = getattr(error, "problem", None) or "this is no YAML"
    hint = "indent with spaces alike, close quotes and brackets, quote what holds `: ` or begins with @ or *"
    return Misconfigured(
        f"cannot read: {problem}", hint=hint, file=path, line=mark.line + 1 if mark else line
    )


def _is_null(node: yaml.Node) -> bool:
    """Whether nothing stands there: all that did may have been taken out."""
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


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
            hint = "take one of them out, or name it otherwise"
            raise Misconfigured(f"{key.value} stands here twice", hint=hint, file=path, line=line)
        found[str(key.value)] = (line, value)
    return found


def _item(node: yaml.Node, model: type[_Item], path: Path, line: int) -> dict[str, Any]:
    if not _is_null(node):
        _mapping(node, path)  # complains of what stands twice, of which YAML would keep the last
    loader = yaml.SafeLoader("")
    try:
        body = loader.construct_document(node)
    except yaml.YAMLError as error:
        raise _unreadable(error, path, line) from None
    finally:
        loader.dispose()
    try:
        return model.model_validate(body or {}).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        message, hint, location = _explain(error, model)
        raise Misconfigured(message, hint=hint, file=path, line=_line(node, location, line)) from None


def _explain(error: ValidationError, model: type[_Item]) -> tuple[str, str, tuple[str | int, ...]]:
    """The first complaint: what, what is right, and where in the item."""
    first = error.errors()[0]
    kind, location = first["type"], first["loc"]
    field = model.model_fields.get(str(location[0])) if location else None
    right = f"{location[0]}: {field.description}" if field and field.description else ""
    dotted = ".".join(str(part) for part in location if part != "[key]")
    if kind == "extra_forbidden":
        return f"unknown key {dotted}", nearest(str(location[-1]), list(model.model_fields)), location
    if kind == "missing":
        return f"{dotted} is missing", right, location
    said = repr(first["input"]) if kind == "string_pattern_mismatch" else first["msg"]
    return f"{dotted} is not right: {said.removeprefix('Value error, ')}", right, location


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
