"""Proves that the server holds what a Pi database holds, by digests, and sends again what it does not."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from obd2_api.ingest.decode import decode_rows
from obd2_cli.push.results import receipt_counts
from obd2_cli.push.source import SourceTable, open_source, source_tables
from obd2_cli.push.transport import PushTarget, Sleep, Verdict, send
from obd2_cli.push.wire import JsonObject, batch_identifier, table_body, wire_row
from obd2_common.clock import Clock, utc_now
from obd2_common.errors import NotFoundError, Obd2Error
from obd2_common.row_digests import BLOCK_ROWS, Block, blocks_of_rows, digest_of
from obd2_common.row_text import row_texts
from obd2_common.synced_specs import SYNCED_TABLES, SyncedTable

STATE_PATH = "/api/v1/sync/state"
ROWS_PATH = "/api/v1/sync/rows"
SYNC_PATH = "/api/v1/sync"
STATE_TIMEOUT_SECONDS = 300.0
HEAL_ROWS = 500


class VerificationError(Obd2Error):
    """The server did not answer what a verification needs."""


@dataclass(slots=True)
class TableProof:
    """What is known of one table after a verification.

    Args:
        table: its name.
        row_count: rows in the file.
        proven: rows the server holds exactly as the file does.
        quarantined: rows the server keeps in quarantine.
        healed: rows that were missing or different and are proven now.
        different: keys of rows that still differ, the first few.
        only_on_server: rows the server holds and the file does not, as after a clean-up.
    """

    table: str
    row_count: int = 0
    proven: int = 0
    quarantined: int = 0
    healed: int = 0
    different: list[int] = field(default_factory=list)
    only_on_server: int = 0

    @property
    def is_proven(self) -> bool:
        """Tell whether every row of the file is with the server, in its table or in quarantine."""
        return not self.different and self.proven + self.quarantined == self.row_count


@dataclass(frozen=True, slots=True)
class _Session:
    """What every question of one verification needs."""

    target: PushTarget
    source: sqlite3.Connection
    epoch: int
    sleep: Sleep
    clock: Clock


def verify_database(
    source: Path,
    target: PushTarget,
    *,
    sleep: Sleep = time.sleep,
    clock: Clock = utc_now,
    on_table: Callable[[str], None] | None = None,
) -> list[TableProof]:
    """Compare a Pi database with the server's open epoch of the device, and send again what is missing or differs.

    Both sides compute the same digests from their own rows; rows are only sent where they disagree. Columns the
    server does not know are not part of the digests.

    Args:
        source: the Pi's database, read only.
        target: the server.
        sleep: waits between retries.
        clock: names the batches.
        on_table: told the name of each table before it is compared.

    Raises:
        VerificationError: the server refused or does not answer.
        NotFoundError: the server knows nothing of the device.
    """
    with open_source(source) as connection:
        state = _ask(target, STATE_PATH, sleep, deviceId=target.device_id)
        session = _Session(target, connection, int(state["epoch"]), sleep, clock)
        proofs = []
        for table in source_tables(connection):
            if on_table is not None:
                on_table(table.name)
            proofs.append(_verify_table(session, table, state["tables"].get(table.name)))
        return proofs


def _verify_table(session: _Session, table: SourceTable, stored: dict[str, Any] | None) -> TableProof:
    spec = SYNCED_TABLES[table.name]
    proof = TableProof(table.name)
    blocks = {int(block["number"]): block for block in stored["blocks"]} if stored else {}
    quarantined = set(stored["quarantinedIds"]) if stored else set()
    for rows in _blocks_of_file(session.source, table):
        proof.row_count += len(rows)
        in_quarantine = [row for row in rows if str(row["id"]) in quarantined]
        proof.quarantined += len(in_quarantine)
        expected = [row for row in rows if str(row["id"]) not in quarantined]
        if not expected:
            continue
        (own,) = _digest(spec, expected) or (None,)
        theirs = blocks.pop(int(str(expected[0]["id"])) // BLOCK_ROWS, None)
        if own is not None and theirs is not None and own.digest == theirs["digest"]:
            proof.proven += own.row_count
        else:
            _look_into(session, spec, proof, expected)
    proof.only_on_server += sum(int(block["rowCount"]) for block in blocks.values())
    return proof


def _look_into(session: _Session, spec: SyncedTable, proof: TableProof, rows: list[JsonObject]) -> None:
    """Compare a block row by row, send again what is not the same, and compare those once more."""
    theirs = _row_digests(session, spec, rows)
    own = _own_digests(spec, rows)
    known = {int(str(row["id"])) for row in rows}
    proof.only_on_server += len(theirs.keys() - known)
    suspects = [row for row in rows if theirs.get(int(str(row["id"]))) != own.get(int(str(row["id"])), "")]
    proof.proven += len(rows) - len(suspects)
    for start in range(0, len(suspects), HEAL_ROWS):
        _heal(session, spec, proof, suspects[start : start + HEAL_ROWS], theirs)


def _heal(
    session: _Session,
    spec: SyncedTable,
    proof: TableProof,
    rows: list[JsonObject],
    before: dict[int, str],
) -> None:
    body = table_body(
        session.target.device_id,
        batch_identifier(session.target.device_id, session.clock()),
        spec.name,
        last_synced_id=0,
        rows=rows,
    )
    answer = send(session.target, SYNC_PATH, body, sleep=session.sleep)
    counts = receipt_counts(answer.body, spec.name) if answer.verdict is Verdict.OK else None
    if counts is None:
        raise VerificationError(f"{spec.name}: rows could not be sent again: {answer.detail or 'no receipt'}")
    after, own = _row_digests(session, spec, rows), _own_digests(spec, rows)
    # The server compared these value by value; only the way it writes a rare number made their digests differ.
    are_all_known = counts["unchanged"] == len(rows)
    proof.quarantined += counts["quarantined"]
    for row in rows:
        key = int(str(row["id"]))
        if are_all_known or (key in own and after.get(key) == own[key]):
            proof.proven += 1
            proof.healed += before.get(key) != after.get(key)
        elif key in after or not counts["quarantined"]:
            proof.different.append(key)


def _blocks_of_file(connection: sqlite3.Connection, table: SourceTable) -> Iterator[list[JsonObject]]:
    """Yield the file's rows as sent, one block of ids after the other."""
    statement = f"SELECT * FROM {table.name} ORDER BY {table.key}"  # noqa: S608 - constants
    block: list[JsonObject] = []
    for values in connection.execute(statement):
        row = wire_row(table.columns, values, table.key)
        if block and int(str(row["id"])) // BLOCK_ROWS != int(str(block[0]["id"])) // BLOCK_ROWS:
            yield block
            block = []
        block.append(row)
    if block:
        yield block


def _digest(spec: SyncedTable, rows: list[JsonObject]) -> list[Block]:
    decoded = decode_rows(spec, rows)
    return [] if decoded.bad else blocks_of_rows(spec, decoded.ids, decoded.columns)


def _own_digests(spec: SyncedTable, rows: list[JsonObject]) -> dict[int, str]:
    decoded = decode_rows(spec, rows)
    texts = row_texts(spec, decoded.ids, decoded.columns)
    return {key: digest_of([text]) for key, text in zip(decoded.ids, texts, strict=True)}


def _row_digests(session: _Session, spec: SyncedTable, rows: list[JsonObject]) -> dict[int, str]:
    """Ask for the digests of the whole block these rows belong to."""
    first_of_block = int(str(rows[0]["id"])) // BLOCK_ROWS * BLOCK_ROWS
    answer = _ask(
        session.target,
        ROWS_PATH,
        session.sleep,
        deviceId=session.target.device_id,
        epoch=session.epoch,
        table=spec.name,
        first=first_of_block,
        last=first_of_block + BLOCK_ROWS - 1,
    )
    return {int(key): str(digest) for key, digest in answer["digests"].items()}


def _ask(target: PushTarget, path: str, sleep: Sleep, **parameters: object) -> dict[str, Any]:
    answer = send(target, f"{path}?{urlencode(parameters)}", None, sleep=sleep, timeout_seconds=STATE_TIMEOUT_SECONDS)
    if answer.status == 404:  # noqa: PLR2004 - HTTP's own number
        raise NotFoundError(f"the server knows nothing of {target.device_id}")
    if answer.verdict is not Verdict.OK:
        raise VerificationError(f"the server did not tell what it holds: {answer.detail}")
    document: dict[str, Any] = json.loads(answer.body)
    return document
