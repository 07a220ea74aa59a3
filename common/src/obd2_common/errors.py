"""Errors a caller can act on; anything else is a bug and may crash."""


class Obd2Error(Exception):
    """Root of every error OBD2-Server raises on purpose."""


class ConfigurationError(Obd2Error):
    """A setting is missing or cannot be used; the message names it."""


class DatabaseUnavailableError(Obd2Error):
    """The database could not take the work, even after retries; nothing was stored."""


class SchemaMismatchError(Obd2Error):
    """The database's schema is not the one this version needs; the message names the difference."""


class NotFoundError(Obd2Error):
    """What was asked for does not exist."""


class InvalidInputError(Obd2Error):
    """The input cannot be accepted as it is; the message says what to change."""


class ConflictError(Obd2Error):
    """What was asked for contradicts what is there; the message says what."""
