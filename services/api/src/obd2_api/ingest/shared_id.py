"""Keeps the rows of two devices under one id apart.

Such devices look like one database that is rebuilt again and again. Their ids and times cannot tell which of them sent
a row, but each one's ids go on where it stopped. So rows are placed one by one: a row that is stored somewhere stays
there, and new rows go on in the epoch whose last id is nearest below them.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from obd2_api.ingest.decode import DecodedRows
from obd2_api.ingest.state import FIRST_EPOCH, DeviceState
from obd2_api.ingest.stored import Match
from obd2_common.shared_id import SUSPICION_LASTS
from obd2_common.synced_specs import SyncedTable

REBUILD_TAKES = timedelta(hours=1)
"""Nobody rebuilds a database twice within this time."""
LIKELY_REBUILDS = 2
"""More of them within `SUSPICION_LASTS` are none."""


def opened_too_often(state: DeviceState, now: datetime) -> bool:
    """Tell whether one more epoch now would be more than one device's rebuilds explain."""
    ages = [now - epoch.opened_at for number, epoch in state.epochs.items() if number > FIRST_EPOCH]
    return any(age < REBUILD_TAKES for age in ages) or sum(age < SUSPICION_LASTS for age in ages) >= LIKELY_REBUILDS


def sort_out(
    spec: SyncedTable,
    decoded: DecodedRows,
    matches: dict[int, Match],
    *,
    high_water: dict[int, int | None],
    open_epoch: int,
) -> dict[int | None, list[int]]:
    """Tell which rows of a table belong to which epoch.

    Args:
        spec: the table.
        decoded: its rows.
        matches: epoch -> how the rows compare with it; the first one is preferred where several are as good.
        high_water: epoch -> the largest id stored there.
        open_epoch: takes rows that nothing can be told about.

    Returns:
        Epoch -> indexes of the rows; under None those that no epoch can take.
    """
    if not spec.identity or not len(decoded):
        return {open_epoch: list(range(len(decoded)))}
    held = {epoch: match.known_keys(decoded) for epoch, match in matches.items()}
    parts: dict[int | None, list[int]] = defaultdict(list)
    new: list[int] = []
    for index, key in enumerate(decoded.ids):
        epoch = next((number for number, keys in held.items() if key in keys), None)
        (new if epoch is None else parts[epoch]).append(index)
    if new:
        keys = {decoded.ids[index] for index in new}
        able = [epoch for epoch, match in matches.items() if keys.isdisjoint(match.conflicts)]
        lowest = min(keys)
        best = max(able, key=lambda epoch: _nearness(held[epoch], high_water[epoch], lowest), default=None)
        parts[best].extend(new)
    return {epoch: sorted(indexes) for epoch, indexes in parts.items()}


def _nearness(held: set[Any], high_water: int | None, lowest: int) -> tuple[bool, bool, int]:
    """Rate an epoch for new rows: it holds others of the batch, its ids end below them, and closely."""
    is_below = high_water is not None and high_water < lowest
    return bool(held), is_below, high_water - lowest if is_below and high_water is not None else 0
