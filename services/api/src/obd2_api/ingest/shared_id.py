"""Keeps the rows of two devices under one id apart.

Such devices look like one database that is rebuilt again and again. Their ids and times cannot tell which of them sent
a row, but each one's ids go on where it stopped. So rows are placed one by one: a row that is stored somewhere stays
there, and new rows go on in the epoch for which the sender's cursor, ids and times speak. Where they do not tell,
nothing is mixed: the rows are set aside.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from obd2_api.ingest.decode import DecodedRows
from obd2_api.ingest.state import FIRST_EPOCH, DeviceState
from obd2_api.ingest.stored import Match
from obd2_common.pitime import parse_pi_time
from obd2_common.shared_id import SUSPICION_LASTS
from obd2_common.synced_specs import SyncedTable

REBUILD_TAKES = timedelta(hours=1)
"""Nobody rebuilds a database twice within this time."""
LIKELY_REBUILDS = 2
"""More of them within `SUSPICION_LASTS` are none."""
DOUBTFUL = 0
"""Stands for no epoch where several are as likely."""
USUAL_HOLE = 20
"""Ids that a device leaves out now and then."""
ROWS_PER_SECOND = 200
"""More than any device writes: an end so many ids before a row that came so soon after is another device's."""
CLEARLY = 20
"""By how much one epoch must be nearer than the next, in ids times seconds."""
CLOCK_STEP_SECONDS = 60.0
LONG_AGO_SECONDS = 86_400.0


def opened_too_often(state: DeviceState, now: datetime) -> bool:
    """Tell whether one more epoch now would be more than one device's rebuilds explain."""
    ages = [now - epoch.opened_at for number, epoch in state.epochs.items() if number > FIRST_EPOCH]
    return any(age < REBUILD_TAKES for age in ages) or sum(age < SUSPICION_LASTS for age in ages) >= LIKELY_REBUILDS


@dataclass(frozen=True, slots=True)
class TableEnd:
    """The last row of a table in one epoch; None where nothing came or its time is not known."""

    row_id: int | None
    moment: datetime | None


@dataclass(frozen=True, slots=True)
class SortedOut:
    """Which rows of a table belong to which epoch.

    Args:
        parts: epoch -> indexes of its rows; under None those that no epoch can take.
        doubtful: indexes of rows that several epochs could take and nothing tells which.
    """

    parts: dict[int | None, list[int]]
    doubtful: list[int]


def sort_out(
    spec: SyncedTable,
    decoded: DecodedRows,
    matches: dict[int, Match],
    *,
    ends: dict[int, TableEnd],
    open_epoch: int,
    zone: ZoneInfo,
    sent_up_to: int | None,
) -> SortedOut:
    """Tell which rows of a table belong to which epoch.

    Args:
        spec: the table.
        decoded: its rows.
        matches: epoch -> how the rows compare with it; the first one is preferred where several are as good.
        ends: epoch -> its last row.
        open_epoch: takes rows that nothing can be told about.
        zone: the Pi's local zone.
        sent_up_to: the id up to which the sender was acknowledged, when it says so.
    """
    if not spec.identity or not len(decoded):
        return SortedOut({open_epoch: list(range(len(decoded)))}, [])
    known = {epoch: match.known_keys(decoded) for epoch, match in matches.items()}
    parts: dict[int | None, list[int]] = defaultdict(list)
    new: list[int] = []
    for index, key in enumerate(decoded.ids):
        epoch = next((number for number, keys in known.items() if key in keys), None)
        (new if epoch is None else parts[epoch]).append(index)
    if not new:
        return SortedOut(dict(parts), [])
    keys = {decoded.ids[index] for index in new}
    able = [epoch for epoch, match in matches.items() if keys.isdisjoint(match.conflicts)]
    first = min(new, key=decoded.ids.__getitem__)
    row = TableEnd(decoded.ids[first], _moment(spec, decoded, first, zone))
    best = _best([epoch for epoch in able if known[epoch]] or able, ends, row, sent_up_to)
    if best == DOUBTFUL:
        return SortedOut(dict(parts), new)
    parts[best].extend(new)
    return SortedOut({epoch: sorted(indexes) for epoch, indexes in parts.items()}, [])


def _best(able: list[int], ends: dict[int, TableEnd], row: TableEnd, sent_up_to: int | None) -> int | None:
    """Return the epoch that new rows go on in, the first of which is given; `DOUBTFUL` when nothing tells."""
    below = {epoch: gap for epoch in able if (gap := _id_gap(ends[epoch], row)) > 0}
    if not below:
        return able[0] if able else None
    told = [epoch for epoch in below if ends[epoch].row_id == sent_up_to]
    if len(told) == 1:
        return told[0]
    nearest = min(below, key=below.__getitem__)
    if below[nearest] <= USUAL_HOLE or len(below) == 1:
        return nearest
    # A hole in the ids, as after a clean-up: the nearest id alone tells little, the time between the rows tells more.
    seconds = {epoch: _seconds_between(ends[epoch], row) for epoch in below}
    if any(gap is None for gap in seconds.values()):
        return nearest
    distances = sorted(
        (below[epoch] * gap, epoch) for epoch, gap in seconds.items() if gap and below[epoch] <= gap * ROWS_PER_SECOND
    )
    if not distances or (len(distances) > 1 and distances[1][0] < CLEARLY * distances[0][0]):
        return DOUBTFUL
    return distances[0][1]


def _id_gap(end: TableEnd, row: TableEnd) -> int:
    return 0 if end.row_id is None or row.row_id is None else row.row_id - end.row_id


def _seconds_between(end: TableEnd, row: TableEnd) -> float | None:
    """Return by how much a row is later than an end, at least one second; None where a time is not known."""
    if end.moment is None or row.moment is None:
        return None
    # A clock that was set back says nothing about how long ago the last row was.
    seconds = (row.moment - end.moment).total_seconds()
    return max(seconds, 1.0) if seconds > -CLOCK_STEP_SECONDS else LONG_AGO_SECONDS


def _moment(spec: SyncedTable, decoded: DecodedRows, index: int, zone: ZoneInfo) -> datetime | None:
    values = decoded.columns.get(spec.time_column or "", [])
    time = parse_pi_time(values[index], zone) if values and isinstance(values[index], str) else None
    return None if time is None else time.utc
