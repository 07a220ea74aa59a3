"""What the server holds of one device, table by table."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from obd2_common.row_digests import Block, stored_blocks, stored_row_digests, table_digest
from obd2_common.synced_specs import SYNCED_TABLES, SyncedTable
from obd2_common.tables.devices import Device, DeviceEpoch, QuarantinedRow, SyncCursor

MAX_GAPS = 1000


@dataclass(frozen=True, slots=True)
class TableState:
    """What the server holds of one table in one epoch.

    Args:
        table: its name.
        row_count: rows stored.
        high_water_id: the largest id, None for tables keyed by text.
        min_time, max_time: the range of the rows' main time, UTC.
        gaps: ranges of ids, both ends included, that are missing between the smallest and the largest.
        are_gaps_cut: there are more gaps than are listed.
        digest: of all rows' content; None for tables keyed by text.
        blocks: the same in parts of 10 000 ids, to find a difference.
        quarantined_ids: ids of this table's rows that lie in quarantine.
    """

    table: str
    row_count: int
    high_water_id: int | None = None
    min_time: datetime | None = None
    max_time: datetime | None = None
    gaps: list[tuple[int, int]] = field(default_factory=list)
    are_gaps_cut: bool = False
    digest: str | None = None
    blocks: list[Block] = field(default_factory=list)
    quarantined_ids: list[str] = field(default_factory=list)


def open_epoch(session: Session, source_device: str) -> int | None:
    """Return a device's open epoch, None when the device is not known."""
    return session.exec(select(Device.open_epoch).where(col(Device.source_device) == source_device)).first()


def has_epoch(session: Session, source_device: str, source_epoch: int) -> bool:
    """Tell whether a device has an epoch."""
    return session.get(DeviceEpoch, (source_device, source_epoch)) is not None


def table_states(session: Session, source_device: str, source_epoch: int, names: list[str]) -> list[TableState]:
    """Describe the named tables of one device and epoch; tables nothing ever came for are left out."""
    cursors = session.exec(
        select(SyncCursor.table_name)
        .where(col(SyncCursor.source_device) == source_device, col(SyncCursor.source_epoch) == source_epoch)
        .order_by(col(SyncCursor.table_name)),
    )
    return [
        _table_state(session, SYNCED_TABLES[name], (source_device, source_epoch))
        for name in cursors
        if name in SYNCED_TABLES and name in names
    ]


def table_counts(session: Session, source_device: str, source_epoch: int, names: list[str]) -> list[TableState]:
    """Describe tables by the books alone, without reading a row; rows put aside count as quarantined too."""
    cursors = session.exec(
        select(SyncCursor)
        .where(col(SyncCursor.source_device) == source_device, col(SyncCursor.source_epoch) == source_epoch)
        .order_by(col(SyncCursor.table_name)),
    )
    quarantined: dict[str, list[str]] = defaultdict(list)
    for name, source_id in session.exec(
        select(QuarantinedRow.table_name, QuarantinedRow.source_id).where(
            col(QuarantinedRow.source_device) == source_device,
            col(QuarantinedRow.source_epoch) == source_epoch,
            col(QuarantinedRow.source_id).is_not(None),
        ),
    ):
        quarantined[name].append(str(source_id))
    return [
        TableState(
            cursor.table_name,
            cursor.row_count,
            cursor.high_water_id,
            quarantined_ids=quarantined[cursor.table_name],
        )
        for cursor in cursors
        if cursor.table_name in names
    ]


def row_digests(
    session: Session,
    spec: SyncedTable,
    owner: tuple[str, int],
    *,
    first_id: int,
    last_id: int,
) -> dict[int, str]:
    """Return id -> digest of the rows of a range of ids."""
    return stored_row_digests(session.connection(), spec, owner, first_id=first_id, last_id=last_id)


def _table_state(session: Session, spec: SyncedTable, owner: tuple[str, int]) -> TableState:
    table = spec.table
    time = table.c[spec.time_column] if spec.time_column else None
    mine = (table.c.source_device == owner[0], table.c.source_epoch == owner[1])
    wanted: list[Any] = [func.count()]
    if time is not None:
        wanted += [func.min(time), func.max(time)]
    row_count, *times = session.connection().execute(select(*wanted).where(*mine)).one()
    min_time, max_time = times or (None, None)
    quarantined = [row_id for row_id in _quarantined_ids(session, spec.name, owner) if row_id is not None]
    if spec.has_text_key:
        return TableState(spec.name, row_count, None, min_time, max_time, quarantined_ids=quarantined)
    blocks = stored_blocks(session.connection(), spec, owner)
    gaps = _gaps(session, spec, owner)
    return TableState(
        spec.name,
        row_count,
        max((block.last_id for block in blocks), default=None),
        min_time,
        max_time,
        gaps[:MAX_GAPS],
        len(gaps) > MAX_GAPS,
        table_digest(blocks),
        blocks,
        quarantined,
    )


def _gaps(session: Session, spec: SyncedTable, owner: tuple[str, int]) -> list[tuple[int, int]]:
    # A window function walks the primary key once; table names are ours.
    statement = text(
        f"SELECT source_id + 1, next_id - 1 FROM (SELECT source_id, LEAD(source_id) OVER (ORDER BY source_id) "  # noqa: S608
        f"AS next_id FROM {spec.name} WHERE source_device = :device AND source_epoch = :epoch) AS pairs "
        "WHERE next_id > source_id + 1 ORDER BY source_id LIMIT :most",
    )
    parameters = {"device": owner[0], "epoch": owner[1], "most": MAX_GAPS + 1}
    return [(first, last) for first, last in session.connection().execute(statement, parameters)]


def _quarantined_ids(session: Session, table_name: str, owner: tuple[str, int]) -> list[str | None]:
    return list(
        session.exec(
            select(QuarantinedRow.source_id).where(
                col(QuarantinedRow.source_device) == owner[0],
                col(QuarantinedRow.source_epoch) == owner[1],
                col(QuarantinedRow.table_name) == table_name,
                col(QuarantinedRow.state) == "open",
            ),
        ),
    )
