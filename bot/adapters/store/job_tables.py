"""Procrastinate's tables, in a PostgreSQL schema of their own beside ours.

Jobs are hints, so there is nothing in them to migrate: where the installed Procrastinate wants other tables
than those that are there, they are dropped and made anew, and the next plan names again what is due.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

SCHEMA = "dateline_jobs"
"""Where the tables are; whoever works with jobs connects with this as its ``search_path``."""


def apply_job_tables(connection: Connection) -> bool:
    """Make the tables inside the open transaction, under its lock; whether there was anything to do.

    Nothing where Procrastinate is not installed: then this installation runs in one process.
    """
    wanted = _script()
    if not wanted:
        return False
    stamp = f"procrastinate {hashlib.sha256(wanted.encode()).hexdigest()[:16]}"
    query = text("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = :name")
    if connection.execute(query, {"name": SCHEMA}).scalar() == stamp:
        return False
    driver: Any = connection.connection.driver_connection
    before = connection.execute(text("SHOW search_path")).scalar()
    connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
    connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    connection.execute(text(f"SET LOCAL search_path TO {SCHEMA}"))
    driver.execute(wanted)  # many statements at once: only without parameters, which SQLAlchemy always sends
    connection.execute(text(f"COMMENT ON SCHEMA {SCHEMA} IS '{stamp}'"))
    connection.execute(text("SELECT set_config('search_path', :path, true)"), {"path": before})
    return True


def _script() -> str:
    """Procrastinate's own script, "" where it is not installed; found without importing the package."""
    found = importlib.util.find_spec("procrastinate")
    if found is None or not found.submodule_search_locations:
        return ""
    return (Path(found.submodule_search_locations[0]) / "sql" / "schema.sql").read_text(encoding="utf-8")
