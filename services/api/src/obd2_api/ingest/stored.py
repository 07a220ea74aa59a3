"""Compares rows that came with rows already stored: the same, changed, or of another database."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, select

from obd2_api.ingest.decode import DecodedRows
from obd2_api.ingest.values import ABSENT
from obd2_common.pitime import parse_pi_time
from obd2_common.row_digests import holds_exactly
from obd2_common.row_text import stored_name
from obd2_common.synced_specs import Kind, SyncedTable

_KEYS_PER_QUERY = 1000
_DENSE = 2
"""A range of ids is read whole when at least every second id of it is wanted."""


@dataclass(slots=True)
class Match:
    """How the rows of a batch compare with one epoch's stored rows.

    Args:
        stored: key -> wire column -> stored value, times as their raw text, unknown columns under `extra`.
        conflicts: keys whose immutable content differs: these rows cannot be the stored ones.
        has_identity: the table has immutable columns, so that an equal row proves something.
        identical: how many rows are known to be stored exactly as they came, when that holds for all of them.
    """

    stored: dict[Any, dict[str, Any]]
    conflicts: list[Any]
    has_identity: bool
    identical: int = 0

    @property
    def same(self) -> int:
        """Return how many rows are known and have the same identity."""
        return self.identical or len(self.stored) - len(self.conflicts)

    def known_keys(self, decoded: DecodedRows) -> set[Any]:
        """Return the keys of the rows that are stored with the same identity."""
        return set(decoded.ids) if self.is_identical else self.stored.keys() - set(self.conflicts)

    @property
    def is_identical(self) -> bool:
        """Tell whether every row is stored exactly as it came."""
        return self.identical > 0


def match_rows(
    connection: Connection,
    spec: SyncedTable,
    decoded: DecodedRows,
    *,
    owner: tuple[str, int],
    keys: Sequence[Any],
    zone: ZoneInfo,
) -> Match:
    """Fetch the stored rows with the given keys and compare their identity.

    Args:
        connection: in the request's transaction.
        spec: the table.
        decoded: the rows that came.
        owner: source_device and source_epoch.
        keys: those of ``decoded.ids`` that may be stored.
        zone: the Pi's local zone, for comparing times written differently.
    """
    if keys and len(keys) == len(decoded) and _holds_all(connection, spec, decoded, owner):
        return Match({}, [], has_identity=bool(spec.identity), identical=len(decoded))
    wanted = set(keys)
    stored = {key: row for row in _fetch(connection, spec, owner, keys) if (key := row.pop("source_id")) in wanted}
    conflicts: list[Any] = []
    if stored and spec.identity:
        identity = [
            (name, decoded.columns[name], spec.columns[name]) for name in spec.identity if name in decoded.columns
        ]
        for index, key in enumerate(decoded.ids):
            row = stored.get(key)
            if row is not None and any(
                _differs(values[index], row[name], kind, zone) for name, values, kind in identity
            ):
                conflicts.append(key)
    return Match(stored, conflicts, has_identity=bool(spec.identity))


def is_changed(decoded: DecodedRows, index: int, stored: dict[str, Any]) -> bool:
    """Tell whether a row brings anything its stored version does not have."""
    for name, values in decoded.columns.items():
        value = values[index]
        if value is not ABSENT and value != stored[name]:
            return True
    extra = decoded.extras[index]
    return extra is not None and merge_extra(stored["extra"], extra) != stored["extra"]


def merge_extra(stored: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any] | None:
    """Join unknown columns; a null never replaces a value that is there."""
    if not stored or not new:
        return new or stored
    return {**stored, **{name: value for name, value in new.items() if value is not None or name not in stored}}


def _holds_all(connection: Connection, spec: SyncedTable, decoded: DecodedRows, owner: tuple[str, int]) -> bool:
    if spec.has_text_key or decoded.has_absent or any(decoded.extras):
        return False
    return holds_exactly(connection, spec, owner, decoded.ids, decoded.columns)


def _differs(value: object, stored: object, kind: Kind, zone: ZoneInfo) -> bool:
    if value is ABSENT or value is None or stored is None or value == stored:
        return False
    if kind is not Kind.TIME:
        return True
    times = parse_pi_time(str(value), zone), parse_pi_time(str(stored), zone)
    return times[0] is None or times[1] is None or times[0].utc != times[1].utc


def _fetch(
    connection: Connection,
    spec: SyncedTable,
    owner: tuple[str, int],
    keys: Sequence[Any],
) -> Iterable[dict[str, Any]]:
    if not keys:
        return
    table = spec.table
    names = [stored_name(name, kind) for name, kind in spec.columns.items()]
    query = select(
        table.c.source_id,
        *(table.c[name].label(wire) for name, wire in zip(names, spec.columns, strict=True)),
        table.c.extra,
    ).where(table.c.source_device == owner[0], table.c.source_epoch == owner[1])
    for part in _key_conditions(query, spec, keys):
        for row in connection.execute(part).mappings():
            yield dict(row)


def _key_conditions(query: Select[Any], spec: SyncedTable, keys: Sequence[Any]) -> Iterable[Select[Any]]:
    column = spec.table.c.source_id
    if not spec.has_text_key and max(keys) - min(keys) < _DENSE * len(keys):
        yield query.where(column.between(min(keys), max(keys)))
        return
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        yield query.where(column.in_(keys[start : start + _KEYS_PER_QUERY]))


def extra_text(extra: dict[str, Any] | None) -> str | None:
    """Write unknown columns as the JSON text their column stores."""
    return None if extra is None else json.dumps(extra, ensure_ascii=False)
