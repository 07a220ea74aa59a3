"""Decides which life of a device's database a request belongs to.

Row ids start again when the Pi's database is rebuilt. A stored id that comes back with other immutable content gives
the rebuild away. The request then belongs to an earlier epoch that fits (a late duplicate), or opens the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlmodel import Session

from obd2_api.ingest.decode import DecodedRows
from obd2_api.ingest.state import DeviceState, open_next_epoch
from obd2_api.ingest.stored import Match, match_rows
from obd2_common.synced_specs import SyncedTable

log = structlog.get_logger(__name__)
Batch = Sequence[tuple[SyncedTable, DecodedRows]]


@dataclass(frozen=True, slots=True)
class Placement:
    """The epoch of a request and, per table, the rows of it already stored there."""

    epoch: int
    matches: dict[str, Match]


def place_batch(
    session: Session,
    state: DeviceState,
    batch: Batch,
    *,
    now: datetime,
    zone: ZoneInfo,
    compare_all: bool,
) -> Placement:
    """Choose the epoch for all tables of one request, opening a new one where none fits.

    Args:
        session: holds the device's lock.
        state: the device; its open epoch changes when a new one opens.
        batch: the decoded tables of the request.
        now: aware UTC.
        zone: the Pi's local zone.
        compare_all: look for every row, not only for those at or below the cursor.
    """

    def in_epoch(epoch: int) -> Placement:
        matches = {}
        for spec, decoded in batch:
            keys = decoded.ids
            if not compare_all and not spec.has_text_key:
                high = state.cursor(epoch, spec.name).high_water_id
                keys = [] if high is None else [key for key in keys if key <= high]
            owner = (state.source_device, epoch)
            matches[spec.name] = match_rows(session.connection(), spec, decoded, owner=owner, keys=keys, zone=zone)
        return Placement(epoch, matches)

    newest = in_epoch(state.open_epoch)
    if not _conflicts(newest) and (_same(newest) or len(state.epochs) == 1):
        return newest
    for epoch in sorted(state.epochs, reverse=True):
        if epoch != state.open_epoch:
            older = in_epoch(epoch)
            if _same(older) and not _conflicts(older):
                return older
    if not _conflicts(newest):
        return newest
    table, key = _conflicts(newest)[0]
    epoch = open_next_epoch(
        session,
        state,
        reason=f"{table} row {key} came again with other content",
        trigger=(table, key),
        now=now,
    )
    log.warning("epoch_opened", device_id=state.source_device, epoch=epoch, table=table)
    return in_epoch(epoch)


def _conflicts(placement: Placement) -> list[tuple[str, str]]:
    return [(table, str(key)) for table, match in placement.matches.items() for key in match.conflicts]


def _same(placement: Placement) -> int:
    """Count the known rows that prove the epoch fits; tables whose every column may change prove nothing."""
    return sum(match.same for match in placement.matches.values() if match.has_identity)
