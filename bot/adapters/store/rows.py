"""Nouns to JSON and back.

Reading is forgiving where versions differ: a key that the class does not know is left out, one that is
missing takes the class's default.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast

from bot.errors import Code

Noun = TypeVar("Noun")


def to_json(value: Any) -> Any:
    """The noun (or a tuple, mapping or single value of one) as JSON-able data."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if dataclasses.is_dataclass(value):
        return {item.name: to_json(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [to_json(item) for item in value]
    raise TypeError(f"no JSON form for {type(value).__name__}")


def from_json(kind: type[Noun], data: Any) -> Noun:
    """The noun that :func:`to_json` made this of.

    Raises:
        ValueError, TypeError, KeyError: the data is of no such noun.
    """
    noun: Noun = _reader(cast("Hashable", kind))(data)
    return noun


def many_from_json(kind: type[Noun], data: Any) -> tuple[Noun, ...]:
    """A tuple of nouns."""
    read = _reader(cast("Hashable", kind))
    return tuple(read(item) for item in data)


def code(value: str | None) -> Code | None:
    """A stored failure code."""
    return Code(value) if value else None


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """The function that reads this type; built once, because hints are slow to resolve."""
    if hasattr(kind, "__supertype__"):  # NewType
        return _reader(kind.__supertype__)
    origin = typing.get_origin(kind)
    if origin is not None:
        return _generic_reader(origin, typing.get_args(kind))
    if kind in (datetime, date, time):
        read: Callable[[Any], Any] = kind.fromisoformat
        return read
    if kind is timedelta:
        return lambda data: timedelta(seconds=data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if dataclasses.is_dataclass(kind):
        return _noun_reader(kind)
    return lambda data: data


def _generic_reader(origin: Any, inner: tuple[Any, ...]) -> Callable[[Any], Any]:
    if origin in (Union, types.UnionType):
        read = _reader(next(option for option in inner if option is not type(None)))
        return lambda data: None if data is None else read(data)
    if origin is tuple:
        if inner[-1] is Ellipsis:
            item = _reader(inner[0])
            return lambda data: tuple(item(one) for one in data)
        items = tuple(_reader(option) for option in inner)
        return lambda data: tuple(read(one) for read, one in zip(items, data, strict=True))
    value = _reader(inner[1])  # a Mapping: keys are strings
    return lambda data: {key: value(item) for key, item in data.items()}


def _noun_reader(kind: Any) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(kind)
    names = {item.name for item in dataclasses.fields(kind)}

    def read(data: Any) -> Any:
        # A field's reader is looked up when it is needed: a noun may hold nouns of its own kind.
        return kind(**{name: _reader(hints[name])(value) for name, value in data.items() if name in names})

    return read
