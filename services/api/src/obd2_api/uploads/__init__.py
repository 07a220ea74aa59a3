"""Receiving backups: the form, its digests, the file on its way into the spool, its row."""
