"""Nouns shared by every service: tables, settings, time, errors, database access, migrations."""
