"""Keeps the rows no column can hold, word for word, once each."""

import base64
import hashlib
import zlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlmodel import Session

from obd2_api.ingest.decode import BadRow
from obd2_api.ingest.times import sql_time
from obd2_api.ingest.verbatim import RowTexts
from obd2_api.ingest.write import Stamp
from obd2_common.db.bulk import insert_columns
from obd2_common.db.types import KEY_TEXT_CHARACTERS
from obd2_common.tables.devices import QuarantinedRow

QUARANTINE: Table = QuarantinedRow.__table__  # type: ignore[attr-defined]
PLAIN_LIMIT_BYTES = 1_000_000
PLAIN, PACKED = "json", "json+zlib+base64"
OPEN = "open"
ROWS_AT_ONCE = 1000
COLUMNS = ("row_text", "row_encoding", "row_digest", "times_received", "source_id", "reason", "column_name")
"""Those that differ from row to row."""


def quarantine_rows(
    session: Session,
    table_name: str,
    bad: Sequence[BadRow],
    *,
    texts: RowTexts,
    stamp: Stamp,
    receipt_id: str,
) -> None:
    """Store rows with why they could not be stored elsewhere; a row sent again only counts up.

    Args:
        session: in the request's transaction.
        table_name: as the request names it.
        bad: the rows, by their position in the request.
        texts: the exact text of the request's rows.
        stamp: device, epoch, batch and time of receipt.
        receipt_id: the request's entry in the history.
    """
    if not bad:
        return
    connection = session.connection()
    received_at = sql_time(stamp.received_at)
    constants: dict[str, str | int | None] = {
        "source_device": stamp.source_device,
        "source_epoch": stamp.source_epoch,
        "table_name": table_name[:KEY_TEXT_CHARACTERS],
        "receipt_id": receipt_id,
        "batch_id": stamp.batch_id,
        "received_at": received_at,
        "last_received_at": received_at,
        "state": OPEN,
    }
    # In parts, because the texts of a whole request would take as much memory as the request again.
    for start in range(0, len(bad), ROWS_AT_ONCE):
        insert_columns(
            connection,
            QUARANTINE.name,
            _columns(table_name, bad[start : start + ROWS_AT_ONCE], texts),
            constants=constants,
            key=("source_device", "row_digest"),
            update=("last_received_at", "reason", "column_name"),
            add=("times_received",),
        )


def _columns(table_name: str, bad: Sequence[BadRow], texts: RowTexts) -> dict[str, list[Any]]:
    """Return what is kept of some rows, the same text once."""
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    places: dict[str, int] = {}
    for row, raw in zip(bad, texts.of(table_name, [row.position for row in bad]), strict=True):
        text = raw.encode(errors="backslashreplace").decode()
        digest = hashlib.sha256(f"{table_name}\0{text}".encode()).hexdigest()
        place = places.setdefault(digest, len(places))
        if place < len(columns["row_digest"]):
            columns["times_received"][place] += 1
            continue
        values = (*pack(text), digest, 1, row.source_id, row.reason, row.column)
        for name, value in zip(COLUMNS, values, strict=True):
            columns[name].append(value)
    return columns


def pack(text: str) -> tuple[str, str]:
    """Return a row's text as it is stored, and its encoding: long texts are compressed to fit any packet limit."""
    data = text.encode()
    if len(data) <= PLAIN_LIMIT_BYTES:
        return text, PLAIN
    return base64.b64encode(zlib.compress(data)).decode(), PACKED


def unpack(stored: str, encoding: str) -> str:
    """Return the text that `pack` stored."""
    return stored if encoding == PLAIN else zlib.decompress(base64.b64decode(stored)).decode()
