"""Keeps the rows no column can hold, word for word, once each."""

import base64
import hashlib
import zlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, func
from sqlmodel import Session

from obd2_api.ingest.decode import BadRow
from obd2_api.ingest.verbatim import RowTexts
from obd2_api.ingest.write import Stamp
from obd2_common.db import dialect
from obd2_common.db.types import KEY_TEXT_CHARACTERS
from obd2_common.tables.devices import QuarantinedRow

QUARANTINE: Table = QuarantinedRow.__table__  # type: ignore[attr-defined]
PLAIN_LIMIT_BYTES = 1_000_000
PLAIN, PACKED = "json", "json+zlib+base64"
OPEN = "open"


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
    new = dialect.incoming(connection, QUARANTINE)
    statement = dialect.upsert(
        connection,
        QUARANTINE,
        key=("source_device", "row_digest"),
        update={
            "last_received_at": new.last_received_at,
            "times_received": QUARANTINE.c.times_received + new.times_received,
            "reason": new.reason,
            "column_name": func.coalesce(new.column_name, QUARANTINE.c.column_name),
        },
    )
    table_texts = texts.of(table_name)
    kept: dict[str, dict[str, Any]] = {}
    for row in bad:
        text = table_texts[row.position].encode(errors="backslashreplace").decode()
        digest = hashlib.sha256(f"{table_name}\0{text}".encode()).hexdigest()
        if digest in kept:
            kept[digest]["times_received"] += 1
            continue
        stored, encoding = pack(text)
        kept[digest] = {
            "source_device": stamp.source_device,
            "source_epoch": stamp.source_epoch,
            "table_name": table_name[:KEY_TEXT_CHARACTERS],
            "source_id": row.source_id,
            "receipt_id": receipt_id,
            "batch_id": stamp.batch_id,
            "received_at": stamp.received_at,
            "last_received_at": stamp.received_at,
            "times_received": 1,
            "reason": row.reason,
            "column_name": row.column,
            "row_text": stored,
            "row_encoding": encoding,
            "row_digest": digest,
            "state": OPEN,
        }
    connection.execute(statement, list(kept.values()))


def pack(text: str) -> tuple[str, str]:
    """Return a row's text as it is stored, and its encoding: long texts are compressed to fit any packet limit."""
    data = text.encode()
    if len(data) <= PLAIN_LIMIT_BYTES:
        return text, PLAIN
    return base64.b64encode(zlib.compress(data)).decode(), PACKED


def unpack(stored: str, encoding: str) -> str:
    """Return the text that `pack` stored."""
    return stored if encoding == PLAIN else zlib.decompress(base64.b64decode(stored)).decode()
