"""Decides which life of a device's database the rows of a request belong to.

Row ids start again when the Pi's database is rebuilt. A stored id that comes back with other immutable content gives
the rebuild away. The request then belongs to an earlier epoch that fits (a late duplicate), or opens the next one.
What looks like one rebuild after the other is two devices under one id; their rows are sorted out one by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlmodel import Session

from obd2_api.ingest.decode import BadRow, DecodedRows
from obd2_api.ingest.shared_id import SortedOut, TableEnd, opened_too_often, sort_out
from obd2_api.ingest.state import RECENT_EPOCHS, DeviceState, load_epoch, open_next_epoch, suspect_shared_id
from obd2_api.ingest.stored import Match, match_rows
from obd2_common.shared_id import is_shared_id_suspected
from obd2_common.synced_specs import SyncedTable

log = structlog.get_logger(__name__)
DOUBTFUL_EPOCH = "doubtful_epoch"
PROBED_KEYS = 4
EPOCHS_PER_QUERY = 100
Batch = Sequence[tuple[SyncedTable, DecodedRows]]


@dataclass(frozen=True, slots=True)
class PlacedRows:
    """Rows of one table that belong to one epoch, and how they compare with those stored there."""

    spec: SyncedTable
    decoded: DecodedRows
    match: Match


@dataclass(frozen=True, slots=True)
class Placement:
    """What of a request belongs to one epoch."""

    epoch: int
    tables: list[PlacedRows]

    @property
    def conflicts(self) -> list[tuple[str, str]]:
        """Return table and key of the rows that cannot be the stored ones."""
        return [(placed.spec.name, str(key)) for placed in self.tables for key in placed.match.conflicts]

    @property
    def same(self) -> int:
        """Count the known rows that prove the epoch fits; tables whose every column may change prove nothing."""
        return sum(placed.match.same for placed in self.tables if placed.match.has_identity)

    @property
    def fits(self) -> bool:
        """Tell whether it holds some of the rows and contradicts none."""
        return self.same > 0 and not self.conflicts

    @property
    def has_news(self) -> bool:
        """Tell whether some rows are not stored in this epoch."""
        return any(p.match.same < len(p.decoded) for p in self.tables if p.match.has_identity)


def place_batch(
    session: Session,
    state: DeviceState,
    batch: Batch,
    *,
    now: datetime,
    zone: ZoneInfo,
    compare_all: bool,
    sent_up_to: Mapping[str, int],
) -> list[Placement]:
    """Choose the epoch of a request's rows, opening a new one where none fits.

    Args:
        session: holds the device's lock.
        state: the device; its open epoch changes when a new one opens.
        batch: the decoded tables of the request.
        now: aware UTC.
        zone: the Pi's local zone.
        compare_all: look for every row, not only for those at or below the cursor.
        sent_up_to: table name -> the id up to which the sender was acknowledged, where it says so.

    Returns:
        One placement of all rows, or several when two devices share the id; the one with most rows first.
    """

    @cache
    def in_epoch(epoch: int) -> Placement:
        tables = []
        for spec, decoded in batch:
            keys = decoded.ids
            if not compare_all and not spec.has_text_key:
                high = state.cursor(epoch, spec.name).high_water_id
                # New rows are the rule.
                is_above = high is None or (bool(keys) and min(keys) > high)
                keys = [] if is_above else [key for key in keys if key <= high]
            owner = (state.source_device, epoch)
            match = match_rows(session.connection(), spec, decoded, owner=owner, keys=keys, zone=zone)
            tables.append(PlacedRows(spec, decoded, match))
        return Placement(epoch, tables)

    newest = in_epoch(state.open_epoch)
    if not newest.conflicts and (len(state.epochs) == 1 or not newest.has_news):
        return [newest]
    older = [in_epoch(epoch) for epoch in sorted(state.epochs, reverse=True) if epoch != state.open_epoch]
    if not is_shared_id_suspected(state.shared_id_suspected_at, now):
        fitting = [placement for placement in older if placement.fits]
        complete = [placement for placement in fitting if not placement.has_news]
        if complete:
            return complete[:1]
        if not newest.conflicts and not fitting:
            return [newest]
        if not fitting and not opened_too_often(state, now):
            remote = _remote_epochs(session, state, newest)
            late = [placement for epoch in remote if (placement := in_epoch(epoch)).fits]
            return late[:1] or [in_epoch(_open_epoch(session, state, newest.conflicts[0], now))]
    if newest.conflicts:
        older += [in_epoch(epoch) for epoch in _remote_epochs(session, state, newest)]
    return _place_each(session, state, [newest, *older], now=now, zone=zone, sent_up_to=sent_up_to)


def _remote_epochs(session: Session, state: DeviceState, newest: Placement) -> list[int]:
    """Return the epochs before the recent ones that hold some of the rows the open one contradicts, the latest first.

    Only asked when a new epoch would be opened: a late duplicate of a database rebuilt long ago belongs there.
    """
    numbers = range(1, min(state.epochs))
    found: set[int] = set()
    for placed in newest.tables:
        keys, columns = placed.match.conflicts[:PROBED_KEYS], placed.spec.table.c
        for start in range(0, len(numbers) if keys else 0, EPOCHS_PER_QUERY):
            query = select(columns.source_epoch).where(
                columns.source_device == state.source_device,
                columns.source_epoch.in_(numbers[start : start + EPOCHS_PER_QUERY]),
                columns.source_id.in_(keys),
            )
            found.update(session.connection().execute(query.distinct()).scalars())
    latest = sorted(found, reverse=True)[:RECENT_EPOCHS]
    for epoch in latest:
        load_epoch(session, state, epoch)
    return latest


def _place_each(
    session: Session,
    state: DeviceState,
    known: list[Placement],
    *,
    now: datetime,
    zone: ZoneInfo,
    sent_up_to: Mapping[str, int],
) -> list[Placement]:
    """Place rows one by one: what an epoch holds stays there, the rest goes on where it fits best.

    Args:
        session: holds the device's lock.
        state: the device.
        known: the request compared with every epoch, the open one first.
        now: aware UTC.
        zone: the Pi's local zone.
        sent_up_to: as in `place_batch`.
    """
    latest = state.open_epoch
    placed: dict[int, Placement] = {}
    for position, (spec, decoded) in enumerate([(rows.spec, rows.decoded) for rows in known[0].tables]):
        matches = {placement.epoch: placement.tables[position].match for placement in known}
        cursors = {epoch: state.cursor(epoch, spec.name) for epoch in matches}
        sorted_out = sort_out(
            spec,
            decoded,
            matches,
            ends={epoch: TableEnd(cursor.high_water_id, cursor.high_water_time) for epoch, cursor in cursors.items()},
            open_epoch=state.open_epoch,
            zone=zone,
            sent_up_to=sent_up_to.get(spec.name),
        )
        if sorted_out.doubtful:
            _set_aside(state, spec, decoded, sorted_out)
        is_first = True
        for target, indexes in sorted_out.parts.items():
            epoch = target
            if epoch is None:
                trigger = (spec.name, str(decoded.ids[indexes[0]]))
                epoch = state.open_epoch if state.open_epoch != latest else _open_epoch(session, state, trigger, now)
            rows = decoded if len(indexes) == len(decoded) else decoded.take(indexes)
            if is_first and rows is not decoded:
                rows.bad, rows.superseded = decoded.bad, decoded.superseded
            is_first = False
            match = matches.get(epoch) or Match({}, [], has_identity=bool(spec.identity))
            placed.setdefault(epoch, Placement(epoch, [])).tables.append(PlacedRows(spec, rows, match))
            if epoch != latest and not match.known_keys(decoded).issuperset(rows.ids):
                suspect_shared_id(session, state, now)
    return sorted(placed.values(), key=_row_count, reverse=True)


def _set_aside(state: DeviceState, spec: SyncedTable, decoded: DecodedRows, sorted_out: SortedOut) -> None:
    """Send rows to the quarantine that may be of several epochs; a replay puts them into the one that is open now."""
    decoded.bad += [
        BadRow(decoded.positions[index], DOUBTFUL_EPOCH, None, str(decoded.ids[index])) for index in sorted_out.doubtful
    ]
    sorted_out.parts.setdefault(state.open_epoch, [])
    log.warning("epoch_doubtful", device_id=state.source_device, table=spec.name, rows=len(sorted_out.doubtful))


def _row_count(placement: Placement) -> int:
    return sum(len(rows.decoded) for rows in placement.tables)


def _open_epoch(session: Session, state: DeviceState, trigger: tuple[str, str], now: datetime) -> int:
    table, key = trigger
    reason = f"{table} row {key} came again with other content"
    epoch = open_next_epoch(session, state, reason=reason, trigger=trigger, now=now)
    log.warning("epoch_opened", device_id=state.source_device, epoch=epoch, table=table)
    return epoch
