"""Oldest first; the order is in their ``down_revision``."""
