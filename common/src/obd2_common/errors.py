"""Errors a caller can act on, and the statuses a program ends with; anything else is a bug and may crash."""

EXIT_FAILED = 1
"""The work was begun and failed, or its result is not good."""
EXIT_REFUSED = 2
"""Nothing was begun: an argument, a setting, the database or what was asked for is at fault."""


class Obd2Error(Exception):
    """Root of every error OBD2-Server raises on purpose."""


class ConfigurationError(Obd2Error):
    """A setting is missing or cannot be used; the message names it."""


class DatabaseUnavailableError(Obd2Error):
    """The database could not take the work, even after retries; nothing was stored."""


class StorageFaultError(DatabaseUnavailableError):
    """The database's file or disk is damaged, full or read-only, which trying again does not mend; the log has it."""


class SchemaMismatchError(Obd2Error):
    """The database's schema is not the one this version needs; the message names the difference."""


class NotFoundError(Obd2Error):
    """What was asked for does not exist."""


class InvalidInputError(Obd2Error):
    """The input cannot be accepted as it is; the message says what to change."""


class ConflictError(Obd2Error):
    """What was asked for contradicts what is there; the message says what."""
