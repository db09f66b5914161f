"""Alembic's scripts, one per version of the schema. ``migration.py`` runs them on both databases.

A new version: add ``versions/v0002_words.py`` by hand (the test that compares a migrated database with
``schema`` prints what is missing). SQLite gets its scripts run on a copy, so ``op.batch_alter_table`` is
safe.
"""
