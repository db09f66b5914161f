"""Kinds of columns: what both databases can store, and read back alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    Text,
    literal_column,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from bot.types import DeliveryState


def clean(value: str) -> str:
    """The text without NUL, lone surrogates replaced by "?": what both databases can store."""
    if "\x00" in value:
        value = value.replace("\x00", "")
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode(errors="replace").decode()
    return value


class Words(TypeDecorator[str]):
    """Text, cleaned on the way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it can be stored."""
        del dialect
        return None if value is None else clean(value)


def json_text(value: Any) -> str:
    """As it stands in a column of :class:`Json`; for what goes into many rows and is to be made once."""
    return clean(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


class Json(TypeDecorator[Any]):
    """A JSON-able value as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Compact JSON; None stays NULL."""
        del dialect
        return None if value is None else json_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The value again."""
        del dialect
        return None if value is None else json.loads(value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, to the microsecond."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """``timestamptz`` where there is one."""
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Fixed width, so that text sorts as time does."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime must not reach the store: {value!r}")
        if dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        del dialect
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        found: datetime = value
        return found.astimezone(UTC)


# SQLite's row id must be spelled INTEGER.
BigId = BigInteger().with_variant(Integer(), "sqlite")
metadata = MetaData()


def serial() -> Column[int]:
    """An id that the database gives."""
    return Column("id", BigId, primary_key=True, autoincrement=True)


def words(name: str, *, default: str | None = "") -> Column[str]:
    """Text that is never missing."""
    return Column(name, Words, nullable=False, server_default=default)


def number(name: str) -> Column[int]:
    """A count, 0 at first."""
    return Column(name, BigId, nullable=False, server_default=text("0"))


def flag(name: str) -> Column[bool]:
    """Yes or no."""
    return Column(name, Boolean, nullable=False)


def instant(name: str, *, nullable: bool = True) -> Column[datetime]:
    """A moment, UTC."""
    return Column(name, Instant, nullable=nullable)


def is_state(column: ColumnElement[str], *states: str) -> ColumnElement[bool]:
    """The condition as partial indexes spell it: literals, one as ``=``, several as ``IN``."""
    literals: list[ColumnElement[str]] = [literal_column(f"'{DeliveryState(state)}'") for state in states]
    return column == literals[0] if len(literals) == 1 else column.in_(literals)
