"""Finds out whether a backup can be read: hash, gzip, SQLite, JSON and log checks with bounded memory and output.

Received files are checked in a process of its own: see `checking`.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from obd2_backup import sqlite_check
from obd2_backup.packing import UNPACKING_ERRORS, open_unpacked
from obd2_common.backups.names import content_kind
from obd2_common.backups.spool import free_bytes
from obd2_common.file_hash import sha256_of

CHUNK_BYTES = 1 << 20
WHOLE_JSON_BYTES = 8 << 20
"""Up to here a JSON document is parsed as one; longer files must hold one document per line."""
MAX_JSON_LINE_BYTES = 1 << 20
DUMP_END = b"-- Dump completed"
DUMP_TAIL_BYTES = 256
SCRATCH_RESERVE_BYTES = 256 << 20
"""Free space that unpacking leaves alone, so that checking a backup never stops uploads."""


class _TooLargeError(Exception):
    """The unpacked content passes the bound."""


@dataclass(frozen=True)
class Verdict:
    """What a check found: ``ok``, ``damaged``, or ``unchecked`` when it could not be decided."""

    status: str
    detail: str | None = None


@dataclass(frozen=True)
class Check:
    """How a backup is to be checked."""

    filename: str
    """Its name in the vault; the extension tells what it must hold."""
    size_bytes: int
    sha256: str
    scratch: Path
    """Where it may be unpacked; the file is gone afterwards."""
    max_expanded_bytes: int
    is_thorough: bool = False
    """Compare indexes with their tables as well (slower)."""


def verify(path: Path, check: Check) -> Verdict:
    """Return the verdict on a file; a file that cannot be read through is damaged, never an error.

    Raises:
        FileNotFoundError: the file is gone.
    """
    try:
        if difference := _difference(path, check):
            return Verdict("damaged", difference)
        return _content_verdict(path, check)
    except _TooLargeError:
        return Verdict("unchecked", "unpacked, it is larger than the check may go or the disk has room for")
    except UNPACKING_ERRORS as error:
        return Verdict("damaged", f"unpacking: {error}")
    finally:
        check.scratch.unlink(missing_ok=True)


def verify_described(path: str, check: dict[str, Any]) -> dict[str, Any]:
    """Do what `verify` does, with what JSON can carry."""
    return asdict(verify(Path(path), Check(**{**check, "scratch": Path(check["scratch"])})))


def _difference(path: Path, check: Check) -> str | None:
    size_bytes = path.stat().st_size
    if size_bytes != check.size_bytes:
        return f"holds {size_bytes} bytes, {check.size_bytes} were received"
    if sha256_of(path) != check.sha256:
        return "its SHA-256 is not that of the file received"
    return None


def _content_verdict(path: Path, check: Check) -> Verdict:
    kind, packing = content_kind(check.filename)
    database = path
    with open_unpacked(path, packing) as stream:
        if kind == "json":
            problem = _json_problem(stream, check)
        elif kind == "log":
            problem = _log_problem(_chunks(stream, check))
        elif kind == "dump":
            problem = _dump_problem(_chunks(stream, check))
        else:
            problem = None
        if kind == "sqlite" and packing:
            database = check.scratch
            _unpack(stream, check)
        if packing:
            # The checksum of packed data stands at its end, so even a file already judged is read to there.
            for _chunk in _chunks(stream, check):
                pass
    if kind == "sqlite":
        problem = sqlite_check.problem(database, is_thorough=check.is_thorough)
    return Verdict("damaged", problem) if problem else Verdict("ok")


def _chunks(stream: IO[bytes], check: Check) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK_BYTES):
        if stream.tell() > check.max_expanded_bytes:
            raise _TooLargeError
        yield chunk


def _unpack(stream: IO[bytes], check: Check) -> None:
    check.scratch.parent.mkdir(parents=True, exist_ok=True)
    with check.scratch.open("wb") as scratch:
        for chunk in _chunks(stream, check):
            if free_bytes(check.scratch.parent) < SCRATCH_RESERVE_BYTES:
                raise _TooLargeError
            scratch.write(chunk)


def _json_problem(stream: IO[bytes], check: Check) -> str | None:
    whole = stream.read(WHOLE_JSON_BYTES + 1)
    if len(whole) <= WHOLE_JSON_BYTES and _is_json(whole):
        return None
    stream.seek(0)
    number = 0
    while line := stream.readline(MAX_JSON_LINE_BYTES):
        if stream.tell() > check.max_expanded_bytes:
            raise _TooLargeError
        number += 1
        if line.strip() and not _is_json(line):
            return f"neither one JSON document nor one per line: line {number} does not parse"
    return None if number else "holds no JSON"


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _log_problem(chunks: Iterator[bytes]) -> str | None:
    """A power cut while a log grows can leave a file of zero bytes only; anything else is worth keeping as a log."""
    is_empty, has_text = True, False
    for chunk in chunks:
        is_empty = False
        has_text = has_text or bool(chunk.strip(b"\0"))
    return None if is_empty or has_text else "holds nothing but zero bytes"


def _dump_problem(chunks: Iterator[bytes]) -> str | None:
    """A dump that ran to its end says so in its last line."""
    tail = b""
    for chunk in chunks:
        tail = (tail + chunk)[-DUMP_TAIL_BYTES:]
    return None if DUMP_END in tail else "the dump does not run to its end"
