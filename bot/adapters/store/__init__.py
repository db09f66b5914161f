"""All SQL. One class for SQLite and PostgreSQL, one file per group of rows.

``open_store`` gives the store, ``migrate`` brings a database up to date (and makes a new one), ``backup`` and
``restore`` copy it, ``FolderLock`` keeps a second bot off the same folder.
"""

from bot.adapters.store.backup import backup, restore
from bot.adapters.store.engine import sqlite_version, warnings
from bot.adapters.store.folder import FolderLock
from bot.adapters.store.migration import migrate, newest_version, schema_version
from bot.adapters.store.store import SqlStore, SqlTx, open_store

__all__ = [
    "FolderLock",
    "SqlStore",
    "SqlTx",
    "backup",
    "migrate",
    "newest_version",
    "open_store",
    "restore",
    "schema_version",
    "sqlite_version",
    "warnings",
]
