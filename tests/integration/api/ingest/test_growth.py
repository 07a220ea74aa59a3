"""The Pi grows columns and tables; taking them up is one class or column, one entry and one migration."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Column, Double, MetaData
from sqlalchemy.orm import registry

from obd2_api.ingest.replay import replay
from obd2_common.db.database import Database
from obd2_common.migrate import upgrade
from obd2_common.promotion import promote_column
from obd2_common.synced_specs import SYNCED_TABLES, Kind, SyncedTable
from obd2_common.tables.columns import moment, short_text, text
from obd2_common.tables.synced import SyncedRow
from support.ingest_setup import Server, Stored
from support.pi_rows import Row, reading, readings


class OwnRegistry(SyncedRow, registry=registry()):
    """Keeps the invented table out of the schema all other tests share."""


class StartupLog(OwnRegistry, table=True):
    """A table the server does not have yet."""

    __tablename__ = "startup_log"
    started_at: datetime | None = moment()
    started_at_raw: str | None = text()
    boot_reason: str | None = short_text()


STARTUP_LOG = SyncedTable(StartupLog, identity=("started_at", "boot_reason"))


@pytest.fixture
def server(empty_database: Database) -> Server:
    upgrade(empty_database)
    return Server(empty_database)


def boots(first: int, last: int) -> list[Row]:
    return [
        {"id": number, "started_at": f"2026-07-11T17:00:{number:02}Z", "boot_reason": "power"}
        for number in range(first, last + 1)
    ]


def take_up_startup_log(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    StartupLog.__table__.create(server.database.engine)  # type: ignore[attr-defined]
    monkeypatch.setitem(SYNCED_TABLES, "startup_log", STARTUP_LOG)


def stored_boots(server: Server) -> list[Stored]:
    rows = server.database.read(
        lambda session: session.connection().execute(StartupLog.__table__.select()).mappings().all()  # type: ignore[attr-defined]
    )
    return [dict(row) for row in rows]


def test_another_table_is_taken_up_by_a_class_an_entry_and_a_migration(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_up_startup_log(server, monkeypatch)

    steps = [
        server.counts("startup_log", [*boots(1, 3), {"id": None}]),
        server.counts("startup_log", boots(1, 5)),
        server.counts("startup_log", [{**boot, "boot_reason": "other"} for boot in boots(1, 2)]),
    ]

    assert steps == [(3, 0, 0, 1), (2, 3, 3, 0), (2, 0, 0, 0)]
    assert [(row["source_epoch"], row["source_id"]) for row in stored_boots(server)] == [
        *((1, number) for number in range(1, 6)),
        *((2, number) for number in range(1, 3)),
    ]
    assert {row["started_at_raw"] for row in stored_boots(server)} == {boot["started_at"] for boot in boots(1, 5)}


def test_rows_that_came_before_their_table_was_known_are_stored_by_replaying_them(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.counts("startup_log", boots(1, 3)) == (0, 0, 0, 3)
    take_up_startup_log(server, monkeypatch)

    result = replay(server.ingest, [row["quarantine_id"] for row in server.rows("quarantine")])

    assert (result.stored, dict(result.kept)) == (3, {})
    assert [row["source_id"] for row in stored_boots(server)] == [1, 2, 3]
    assert server.count("quarantine") == 0


def add_vcell(server: Server, monkeypatch: pytest.MonkeyPatch) -> int:
    """Do what a migration and the change of the model beside it do; return how many rows got their value."""
    spec = SYNCED_TABLES["realtime_data"]
    grown = spec.table.to_metadata(MetaData())
    grown.append_column(Column("vcell", Double))
    model: Any = type("GrownRealtimeData", (), {"__table__": grown})
    monkeypatch.setitem(SYNCED_TABLES, "realtime_data", replace(spec, model=model))
    with server.database.engine.begin() as connection:
        Operations(MigrationContext.configure(connection)).add_column("realtime_data", Column("vcell", Double))
        return promote_column(connection, "realtime_data", "vcell", Kind.REAL)


def columns_of(server: Server) -> dict[int, tuple[Any, Any]]:
    table = SYNCED_TABLES["realtime_data"].table
    rows = server.database.read(lambda session: session.connection().execute(table.select()).mappings().all())
    return {row["source_id"]: (row["vcell"], row["extra"]) for row in rows}


def test_an_unknown_column_is_promoted_with_its_data(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        reading(1, vcell=4.1),
        reading(2, vcell=4, other="kept"),
        reading(3, vcell=None),
        reading(4, other="kept"),
        reading(5),
    ]
    odd = reading(6, vcell="full")
    server.counts("realtime_data", [*rows, odd])

    promoted = add_vcell(server, monkeypatch)

    assert promoted == 3
    assert columns_of(server) == {
        1: (4.1, None),
        2: (4.0, {"other": "kept"}),
        3: (None, None),
        4: (None, {"other": "kept"}),
        5: (None, None),
        6: (None, {"vcell": "full"}),
    }
    assert [row["column_name"] for row in server.rows("unknown_columns")] == ["other"]
    assert server.counts("realtime_data", rows) == (0, 5, 5, 0)
    assert server.counts("realtime_data", [reading(5, vcell=3.9), odd]) == (0, 1, 0, 1)
    assert columns_of(server)[5] == (3.9, None)


def test_thousands_of_rows_are_promoted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.counts("realtime_data", readings(1, 2500, vcell=3.5))
    server.counts("realtime_data", readings(1, 700, vcell=3.6), device="another")

    assert add_vcell(server, monkeypatch) == 3200

    stored = server.database.read(
        lambda session: (
            session.connection().exec_driver_sql("SELECT COUNT(*), SUM(vcell), COUNT(extra) FROM realtime_data").one()
        )
    )
    assert (stored[0], round(stored[1], 6), stored[2]) == (3200, 2500 * 3.5 + 700 * 3.6, 0)
