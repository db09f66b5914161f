"""Fixtures for everybody."""

from tests.databases import (
    _postgres_database,
    _sqlite_template,
    postgres_server,
    postgres_url,
    sqlite_store,
    sqlite_url,
    store,
    store_clock,
    store_url,
)

__all__ = [
    "_postgres_database",
    "_sqlite_template",
    "postgres_server",
    "postgres_url",
    "sqlite_store",
    "sqlite_url",
    "store",
    "store_clock",
    "store_url",
]
