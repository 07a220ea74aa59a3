"""Tries quarantined rows again, once the server can store what it could not."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from obd2_api.ingest.decode import DecodedRows, decode_rows
from obd2_api.ingest.drive_jobs import collect_changes, schedule_drives
from obd2_api.ingest.quarantine import OPEN, QUARANTINE, unpack
from obd2_api.ingest.receive import UNKNOWN_TABLE, Ingest, keep_account
from obd2_api.ingest.state import load_epoch, lock_device
from obd2_api.ingest.stored import match_rows
from obd2_api.ingest.times import TimeContext
from obd2_api.ingest.write import Stamp, write_rows
from obd2_common.db.pipelining import run_pipelined
from obd2_common.errors import DatabaseUnavailableError
from obd2_common.synced_specs import SYNCED_TABLES, SyncedTable
from obd2_common.tables.devices import QuarantinedRow

KEY_TAKEN = "key_taken"
"""Another row with this key was stored since."""
NOT_JSON = "not_json"


@dataclass(slots=True)
class Replay:
    """What became of the rows.

    Args:
        stored: rows that are in their table now and left the quarantine.
        kept: reason -> rows that still cannot be stored.
    """

    stored: int = 0
    kept: Counter[str] = field(default_factory=Counter)


def replay(ingest: Ingest, quarantine_ids: Sequence[int]) -> Replay:
    """Try rows again, each in a transaction of its own: it is stored and leaves the quarantine, or nothing changes.

    Raises:
        DatabaseUnavailableError: the database did not take a row; those before it are stored.
    """
    result = Replay()
    for quarantine_id in quarantine_ids:
        try:
            ingest.database.run(partial(_replay_one, ingest, quarantine_id=quarantine_id))
        except _StaysError as reason:
            result.kept[str(reason)] += 1
        except DBAPIError as error:
            raise DatabaseUnavailableError("the database did not take the row") from error
        else:
            result.stored += 1
    return result


class _StaysError(Exception):
    """The row cannot be stored yet; the only argument is the reason's code."""


def _replay_one(ingest: Ingest, session: Session, *, quarantine_id: int) -> None:
    """Store one row and take it out of the quarantine.

    Raises:
        _StaysError: it cannot be stored yet; nothing was changed.
    """
    row = session.get(QuarantinedRow, quarantine_id)
    if row is None or row.state != OPEN:
        raise _StaysError("not_open")
    spec, decoded = _decode(row)
    now = ingest.clock()
    connection = session.connection()
    state = lock_device(session, row.source_device, [spec.name], now)
    load_epoch(session, state, row.source_epoch)
    owner = (row.source_device, row.source_epoch)
    match = match_rows(connection, spec, decoded, owner=owner, keys=decoded.ids, zone=ingest.zone)
    if match.conflicts:
        raise _StaysError(KEY_TAKEN)
    stamp = Stamp(row.source_device, row.source_epoch, row.batch_id, now)
    written = write_rows(connection, spec, decoded, match, stamp=stamp, times=TimeContext(ingest.zone, now))
    if written.refused:
        raise _StaysError(written.refused[0].reason)
    keep_account(session, state, spec, decoded, written, stamp=stamp)
    changes = collect_changes({spec.name: (decoded, written)})
    schedule_drives(session, state, stamp, changes, quiet_times=ingest.quiet_times)
    run_pipelined(connection, state.account)
    connection.execute(delete(QUARANTINE).where(QUARANTINE.c.quarantine_id == quarantine_id))


def _decode(row: QuarantinedRow) -> tuple[SyncedTable, DecodedRows]:
    spec = SYNCED_TABLES.get(row.table_name)
    if spec is None:
        raise _StaysError(UNKNOWN_TABLE)
    try:
        decoded = decode_rows(spec, [json.loads(unpack(row.row_text, row.row_encoding))])
    except (ValueError, RecursionError) as error:
        raise _StaysError(NOT_JSON) from error
    if decoded.bad:
        raise _StaysError(decoded.bad[0].reason)
    return spec, decoded
