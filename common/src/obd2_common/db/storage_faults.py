"""What errors of the database drivers say about the storage: that it is damaged, or that nothing can be written.

A server that only reads is not among them: another node may write, so the work is tried again, and
`obd2_common.heartbeat.WriteProof` tells of it.
"""

import re

from obd2_common.db import dialect

DAMAGED = "the database is damaged: stop the server and restore a dump"
_FULL = "the database cannot be written: its server's disk is full"
_READ_ONLY = "the database cannot be written: its server is read-only"
_SQLITE_DAMAGED = frozenset({11, 26})
"""SQLITE_CORRUPT, SQLITE_NOTADB."""
_SQLITE_UNWRITABLE = {
    8: "the database cannot be written: its file or file system is read-only",
    10: "the database's disk reports errors, or is full",
    13: "the database cannot be written: its disk is full",
}
_SERVER_DAMAGED = frozenset({126, 127, 144, 145, 1034, 1035, 1194, 1195, 1712, 1877})
"""Crashed tables and corrupt indexes, as MySQL and MariaDB number them."""
_SERVER_UNWRITABLE = {
    1021: _FULL,
    1036: _READ_ONLY,
    1114: "the database cannot be written: a table is full",
}
_SERVER_REPEATS_A_NUMBER = frozenset({3, 1005, 1025, 1026, 1030})
"""Errors that only pass on what the storage engine or the operating system said, with its number in the text."""
_REPEATED = re.compile(r"(?:errno|errcode|got error):? (\d+)", re.IGNORECASE)
_REPEATED_DAMAGE = frozenset({126, 127, 144, 145, 180})
"""HA_ERR_CRASHED and its kin."""
_REPEATED_UNWRITABLE = {
    5: "the database's disk reports errors",
    28: _FULL,
    30: "the database cannot be written: its server's file system is read-only",
    122: "the database cannot be written: its server's disk quota is used up",
}


def faults(error: BaseException) -> tuple[str | None, str | None]:
    """Return what a driver's error says of damage and of want of room, each None when nothing."""
    lite = getattr(error, "sqlite_errorcode", None)
    if lite is not None:
        primary = lite & 0xFF  # the rest of an extended code
        return DAMAGED if primary in _SQLITE_DAMAGED else None, _SQLITE_UNWRITABLE.get(primary)
    code = dialect.error_code(error)
    if code is None:
        return None, None
    message = " ".join(str(argument) for argument in error.args[1:])
    if code in _SERVER_REPEATS_A_NUMBER and (repeated := _REPEATED.search(message)):
        number = int(repeated[1])
        return DAMAGED if number in _REPEATED_DAMAGE else None, _REPEATED_UNWRITABLE.get(number)
    return DAMAGED if code in _SERVER_DAMAGED else None, _SERVER_UNWRITABLE.get(code)
