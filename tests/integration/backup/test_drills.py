"""Restore drills: good backups are really opened and dumps really loaded; what does not come back is told."""

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import URL, insert, make_url

from obd2_backup import storing
from obd2_backup.drilling import DrillPlan, drill_next
from obd2_backup.dumping import dump
from obd2_backup.metrics import read_metrics
from obd2_common.backups.names import SERVER_DEVICE
from obd2_common.db.database import Database
from obd2_common.metrics import DatabaseMetrics
from obd2_common.tables.backups import BackupRun
from obd2_common.tables.devices import SyncCursor
from obd2_common.tables.synced import ConnectionLog
from support.backup_samples import database_bytes
from support.backup_setup import BackupSetup
from support.database_sources import DatabaseSource, SqliteSource
from support.table_digests import table_digests

WEEK = timedelta(days=7)


@pytest.fixture
def backups(tmp_path: Path, database: Database) -> BackupSetup:
    return BackupSetup.at(tmp_path, database)


@pytest.fixture
def scratch_url(database_source: DatabaseSource) -> Iterator[URL | None]:
    """An empty database for dumps of a server; none is needed for SQLite."""
    if isinstance(database_source, SqliteSource):
        yield None
        return
    empty = database_source.empty()
    yield make_url(next(empty))
    next(empty, None)


def drills(backups: BackupSetup, scratch_url: URL | None = None) -> int:
    """Hold every drill that is due and return how many there were."""
    plan = DrillPlan(WEEK, scratch_url)
    count = 0
    while drill_next(backups.context(), plan):
        count += 1
    return count


def last_drill(backups: BackupSetup) -> BackupRun:
    return backups.runs("drill")[-1]


def add_rows(backups: BackupSetup, first_id: int, count: int) -> None:
    rows = [
        {
            "source_device": "chi-eclipse-01",
            "source_epoch": 1,
            "source_id": first_id + number,
            "synced_at": backups.clock(),
            "sync_batch_id": "batch",
        }
        for number in range(count)
    ]
    table = ConnectionLog.__table__  # type: ignore[attr-defined]
    backups.database.run(lambda session: session.connection().execute(insert(table), rows))


def test_the_newest_good_database_of_each_device_is_opened_and_counted(backups: BackupSetup, tmp_path: Path) -> None:
    backups.upload(gzip.compress(database_bytes(tmp_path, rows=100)), "obd.db.gz", device_id="car-a")
    newest = backups.upload(gzip.compress(database_bytes(tmp_path, rows=250)), "obd.db.gz", device_id="car-a")
    backups.upload(b"damaged", device_id="car-a")
    backups.upload(database_bytes(tmp_path, rows=10), device_id="car-b")
    storing.store_waiting(backups.context())
    cursor = SyncCursor(
        source_device="car-a",
        source_epoch=1,
        table_name="realtime_data",
        high_water_id=240,
        last_synced_at=backups.clock(),
        last_batch_id="batch",
    )
    backups.database.run(lambda session: session.add(cursor))

    assert drills(backups) == 2

    first, second = backups.runs("drill")
    assert {(run.source_device, run.outcome) for run in (first, second)} == {("car-a", "ok"), ("car-b", "ok")}
    run = next(run for run in (first, second) if run.source_device == "car-a")
    assert run.details is not None
    assert run.details["backupId"] == newest
    assert run.details["rows"] == 250
    assert run.details["lastIds"] == {"realtime_data": {"backup": 250, "server": 240}}
    assert backups.spooled_files() == set()


def test_a_drill_is_held_again_only_after_its_interval(backups: BackupSetup, tmp_path: Path) -> None:
    backups.upload(database_bytes(tmp_path))
    storing.store_waiting(backups.context())

    assert drills(backups) == 1
    assert drills(backups) == 0
    backups.clock.advance(days=8)
    assert drills(backups) == 1


@pytest.mark.parametrize("spoil", ["rotten", "gone", "empty"])
def test_a_backup_that_does_not_come_back_fails_its_drill(backups: BackupSetup, tmp_path: Path, spoil: str) -> None:
    content = database_bytes(tmp_path)
    if spoil == "empty":
        with closing(sqlite3.connect(tmp_path / "empty.db")) as connection:
            connection.execute("PRAGMA user_version = 1").close()
        content = (tmp_path / "empty.db").read_bytes()
    backup_id = backups.upload(content)
    storing.store_waiting(backups.context())
    place = backups.vault.path(backups.row(backup_id).path)
    if spoil == "gone":
        place.unlink()
    if spoil == "rotten":
        place.write_bytes(content[:-1] + b"x")

    assert drills(backups) == 1

    assert last_drill(backups).outcome == "failed"
    assert (last_drill(backups).details or {})["reason"]


def test_the_newest_dump_is_loaded_and_compared_with_the_living_database(
    backups: BackupSetup, scratch_url: URL | None
) -> None:
    add_rows(backups, 1, 500)
    dump(backups.context())
    storing.store_waiting(backups.context())
    backups.clock.advance(minutes=5)
    add_rows(backups, 501, 50)
    before = table_digests(backups.database)["connection_log"]

    assert drills(backups, scratch_url) == 1

    assert last_drill(backups).source_device == SERVER_DEVICE
    assert (last_drill(backups).outcome, (last_drill(backups).details or {})["rows"]) == ("ok", 500)
    assert table_digests(backups.database)["connection_log"] == before


def test_a_living_database_that_lost_rows_fails_the_drill(backups: BackupSetup, scratch_url: URL | None) -> None:
    add_rows(backups, 1, 500)
    dump(backups.context())
    storing.store_waiting(backups.context())
    with backups.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM connection_log WHERE source_id > 400")

    drills(backups, scratch_url)

    assert last_drill(backups).outcome == "failed"
    assert "connection_log: 500 rows restored" in (last_drill(backups).details or {})["reason"]


@pytest.mark.databases("server")
def test_a_drill_never_touches_the_living_database(backups: BackupSetup) -> None:
    add_rows(backups, 1, 5)
    dump(backups.context())
    storing.store_waiting(backups.context())

    drills(backups, backups.database.url)

    assert last_drill(backups).outcome == "failed"
    assert table_digests(backups.database)["connection_log"][0] == 5


@pytest.mark.databases("server")
def test_without_a_scratch_database_dumps_are_left_out(backups: BackupSetup) -> None:
    dump(backups.context())
    storing.store_waiting(backups.context())

    assert drills(backups, None) == 0


@pytest.mark.databases("sqlite")
def test_drills_and_dumps_are_told_as_metrics(backups: BackupSetup, tmp_path: Path) -> None:
    backups.upload(database_bytes(tmp_path))
    dump(backups.context())
    storing.store_waiting(backups.context())
    drills(backups)
    registry = CollectorRegistry()
    registry.register(DatabaseMetrics(backups.database, {"backup": read_metrics}))

    text = generate_latest(registry).decode()

    assert 'obd2_restore_drill_success{device="chi-eclipse-01"} 1.0' in text
    assert 'obd2_backup_run_success_timestamp_seconds{kind="dump"} 1.783' in text


@pytest.mark.databases("sqlite")
def test_a_stop_puts_a_drill_off(backups: BackupSetup, tmp_path: Path) -> None:
    backups.upload(database_bytes(tmp_path))
    storing.store_waiting(backups.context())
    context = replace(backups.context(), should_stop=lambda: True)

    assert not drill_next(context, DrillPlan(WEEK, None))
    assert backups.runs("drill") == []
