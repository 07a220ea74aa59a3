"""What is done with the content of a backup in a process of its own: write it to a file, or to standard output."""

import os
import sys
from pathlib import Path

from obd2_backup import sqlite_check
from obd2_backup.packing import UNPACKING_ERRORS, open_unpacked
from obd2_common.backups.names import content_kind

CHUNK_BYTES = 1 << 20
SANDBOX_LINE = b"/*M!999999\\- enable the sandbox mode */"
"""First line of newer MariaDB dumps, which other clients take for an error."""


def unpack(file: str, target: str, *, is_unpacked: bool) -> str | None:
    """Write a backup, or what it holds, to a file on the disk and return what is wrong with it, if anything."""
    kind, packing = content_kind(Path(file).name) if is_unpacked else ("", "")
    try:
        with open_unpacked(Path(file), packing) as source, Path(target).open("wb") as writing:
            while chunk := source.read(CHUNK_BYTES):
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
    except UNPACKING_ERRORS as error:
        return str(error)
    return sqlite_check.problem(Path(target)) if kind == "sqlite" else None


def print_sql(file: str) -> str | None:
    """Write the statements of a dump to standard output, so that the clients of both kinds of database take them.

    Returns what is wrong with the dump, if anything; that may show at its end only.
    """
    output = sys.stdout.buffer
    try:
        with open_unpacked(Path(file), content_kind(Path(file).name)[1]) as source:
            first = source.readline(len(SANDBOX_LINE) + 2)
            if not first.startswith(SANDBOX_LINE):
                output.write(first)
            while chunk := source.read(CHUNK_BYTES):
                output.write(chunk)
        output.flush()
    except UNPACKING_ERRORS as error:
        return str(error)
    return None
