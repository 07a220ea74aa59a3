"""Whatever stands in a request: it is refused for its envelope, or every row of it is accounted for."""

import json
import math
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obd2_common.db.database import Database
from obd2_common.errors import InvalidInputError
from obd2_common.synced_specs import SYNCED_TABLES
from support.ingest_setup import Server
from support.pi_rows import EXAMPLES

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**65), 2**65),
        st.floats(),
        st.text(st.characters(codec=None), max_size=6),
        st.sampled_from([math.inf, -math.inf, math.nan, "x" * 256, "x" * 70_000, 2**63, -(2**63), 1e308, 5e-324]),
        st.datetimes().map(str),
        st.datetimes().map(lambda moment: f"{moment.isoformat(timespec='seconds')}Z"),
        st.sampled_from(["2025-11-02 01:30:00.000001", "2026-03-08 02:30:00.000001", "drive_end", "real", "\x00", "'"]),
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
KEYS = st.one_of(st.integers(1, 5), st.sampled_from(["daily", "5", 5.0, -1, 0, 2**63 - 1, True, None, ""]), VALUES)


@st.composite
def rows(draw: st.DrawFn, table: str) -> Any:  # noqa: ANN401 - anything JSON can be
    """A row of a table with a few things wrong, or anything."""
    if draw(st.integers(0, 9)) == 0:
        return draw(VALUES)
    example = EXAMPLES.get(table, {"id": 1})
    row: dict[str, Any] = {**example, SYNCED_TABLES[table].key if table in SYNCED_TABLES else "id": draw(KEYS)}
    for column in draw(st.sets(st.sampled_from([*example, "new", "other"]), max_size=3)):
        if draw(st.booleans()):
            row[column] = draw(VALUES)
        else:
            row.pop(column, None)
    return row


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A request of the Pi's form, its tables drawn and here and there something odd in their place."""
    names = draw(st.lists(st.sampled_from([*EXAMPLES, *EXAMPLES, "startup_log", "no table \x00"]), max_size=3))
    tables: dict[str, Any] = {
        name: {"lastSyncedId": draw(VALUES), "rows": draw(st.lists(rows(name), max_size=5))} for name in names
    }
    document: dict[str, Any] = {"deviceId": "any", "batchId": "any", "tables": tables}
    if draw(st.integers(0, 4)) == 0:
        document[draw(st.sampled_from(["deviceId", "batchId", "tables", "driveCounter", "new"]))] = draw(VALUES)
    if draw(st.integers(0, 9)) == 0:
        tables[draw(st.text(max_size=3))] = draw(VALUES)
    return document


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(requests(), min_size=1, max_size=4))
def test_every_row_of_any_request_is_accounted_for(database: Database, documents: list[dict[str, Any]]) -> None:
    server = Server(database)
    inserted = {name: server.count(name) for name in SYNCED_TABLES}

    for document in documents:
        try:
            receipt = server.take(json.dumps(document).encode())
        except InvalidInputError:
            continue
        json.dumps(receipt.as_json(), allow_nan=False).encode()
        received = {name: len(content.get("rows", [])) for name, content in document["tables"].items()}
        counted = {name: table.inserted + table.updated + table.quarantined for name, table in receipt.tables.items()}
        assert counted == received
        for name in SYNCED_TABLES.keys() & receipt.tables.keys():
            inserted[name] += receipt.tables[name].inserted

    assert {name: server.count(name) for name in SYNCED_TABLES} == inserted
