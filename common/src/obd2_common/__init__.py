"""Nouns shared by every service: tables, settings, time, errors, database access, migrations."""

__version__ = "0.1.0"
