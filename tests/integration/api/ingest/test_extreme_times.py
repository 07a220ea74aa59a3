"""Times at the ends of the calendar are kept as they came, take no part, and fail no later batch."""

from importlib import import_module
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from obd2_common.db.database import Database
from obd2_common.synced_specs import SYNCED_TABLES, Kind
from obd2_common.time_range import is_in_range
from support.ingest_setup import Server
from support.pi_rows import EXAMPLES, Row, example, reading, readings

MIGRATION = import_module("obd2_common.migrations.versions.0014_times_in_range")
TIME_COLUMNS = [
    (name, column) for name, spec in SYNCED_TABLES.items() for column, kind in spec.columns.items() if kind is Kind.TIME
]
EXTREMES = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0999-12-31 23:59:59",
    "1000-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "1970-01-01 00:00:00.000001",
    "1989-12-31T23:59:59.999999Z",
    "1990-01-01T00:00:00Z",
    "2099-12-31T23:59:59Z",
    "2100-01-01T00:00:00-14:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999-14:00",
    "9999-12-31 23:59:59.999999",
    "9999-12-31T23:59:59.999999+14:00",
]
AUTUMN = ["2026-11-01 01:30:00.000001", "2026-11-01 01:10:00.000001", "2099-10-25 01:30:00.000001"]
TEXTS = st.sampled_from([*EXTREMES, *AUTUMN, "2026-07-11T18:02:39Z"])


def is_stored_in_range(server: Server) -> bool:
    return all(
        row[column] is None or is_in_range(row[column]) for name, column in TIME_COLUMNS for row in server.rows(name)
    )


@st.composite
def requests(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Rows of some tables, every time column of which is drawn."""
    tables = {}
    for name in draw(st.lists(st.sampled_from(sorted(EXAMPLES)), min_size=1, max_size=3, unique=True)):
        spec = SYNCED_TABLES[name]
        rows: list[Row] = []
        for number in range(draw(st.integers(1, 4))):
            moments = {column: draw(TEXTS) for column, kind in spec.columns.items() if kind is Kind.TIME}
            key: Any = f"key {number}" if spec.has_text_key else draw(st.integers(1, 9))
            more: Row = {"drive_id": draw(st.sampled_from([None, 33, 34]))} if "drive_id" in spec.columns else {}
            more |= {"event_type": "drive_end"} if name == "connection_log" and draw(st.booleans()) else {}
            rows.append({**EXAMPLES[name], **moments, **more, spec.key: key})
        tables[name] = rows
    return tables


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(requests(), min_size=1, max_size=4))
def test_no_time_fails_a_batch_or_a_later_one(database: Database, sent: list[dict[str, list[Row]]]) -> None:
    server = Server(database)

    for tables in [*sent, *sent, {"realtime_data": [reading(7, drive_id=None), *readings(8, 9)]}]:
        receipt = server.send(tables)
        counts = receipt.tables.values()
        assert sum(table.inserted + table.updated for table in counts) == sum(map(len, tables.values()))

    assert is_stored_in_range(server)
    assert server.count("quarantine") == 0


@pytest.mark.parametrize("stamp", EXTREMES)
@pytest.mark.parametrize(("name", "column"), TIME_COLUMNS)
@pytest.mark.databases("sqlite")
def test_each_time_column_keeps_each_text(database: Database, name: str, column: str, stamp: str) -> None:
    server = Server(database)
    server.send({name: [example(name, **{column: stamp})]})
    server.send({"realtime_data": [reading(10, drive_id=None), reading(11)]})

    (row, *_) = server.rows(name)
    assert row[f"{column}_raw"] == stamp
    assert row[column] is not None or row["row_flags"].startswith("time_out_of_range")
    assert is_stored_in_range(server)


@pytest.mark.parametrize("stamp", ["9999-12-31T23:59:59Z", "2099-12-31T23:59:59Z"])
def test_a_drive_end_in_the_far_future_does_not_end_the_rows_that_come_later(server: Server, stamp: str) -> None:
    server.send({"connection_log": [example("connection_log", event_type="drive_end", drive_id=1, timestamp=stamp)]})

    receipt = server.send({"realtime_data": [reading(10, drive_id=None), reading(20, drive_id=None)]})

    assert receipt.tables["realtime_data"].inserted == 2
    assert [row["reason"] for row in server.rows("jobs") if row["drive_id"] == 0] == ["rows"]


def test_what_an_earlier_version_stored_beyond_the_range_is_mended(server: Server) -> None:
    server.send(
        {"realtime_data": readings(1, 3), "connection_log": [example("connection_log", event_type="drive_end")]}
    )
    with server.database.engine.begin() as connection:
        connection.execute(text("UPDATE realtime_data SET timestamp = '9999-12-31 23:59:59' WHERE source_id = 1"))
        connection.execute(
            text("UPDATE realtime_data SET timestamp = '0999-01-01 00:00:00', row_flags = 'x' WHERE source_id = 2")
        )
        connection.execute(text("UPDATE device_epochs SET last_drive_end_at = '9999-12-31 23:59:59'"))
        connection.execute(text("UPDATE sync_cursors SET high_water_time = '9999-12-31 23:59:59'"))

    with server.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        MIGRATION.upgrade()

    flags = {row["source_id"]: (row["timestamp"], row["row_flags"]) for row in server.rows("realtime_data")}
    assert flags[1] == (None, "time_out_of_range")
    assert flags[2] == (None, "x,time_out_of_range")
    assert flags[3][0] is not None
    assert {row["high_water_time"] for row in server.rows("sync_cursors")} == {None}
    assert server.rows("device_epochs")[0]["last_drive_end_at"] is None
    assert server.counts("realtime_data", [reading(4, drive_id=None)]) == (1, 0, 0, 0)
