"""Every table of the server, as SQLModel classes; importing this package registers them all."""

from obd2_common.tables import analyses, backups, curves, devices, drives, jobs, keys, operations, operators, synced

__all__ = ["analyses", "backups", "curves", "devices", "drives", "jobs", "keys", "operations", "operators", "synced"]
