"""The Pi stand-in against a real server process: what contract section 11 asks of the Pi's own client."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlmodel import Session, col, select

from obd2_cli.push import PushResult, PushTarget, TableStatus, Verdict, push_database
from obd2_cli.push.wire import DELTA_TABLE_KEYS
from obd2_cli.simulate import DatabasePlan, DriveKind, plan_drives, write_pi_database
from obd2_common.db.database import Database
from obd2_common.tables import synced
from obd2_common.tables.devices import DeviceEpoch
from support.embedded_server import KEY, embedded_server

DEVICE = "chi-eclipse-01"
TABLES = {table.__tablename__: table for table in synced.__dict__.values() if hasattr(table, "__tablename__")}


@pytest.fixture
def pi_database(tmp_path: Path) -> Path:
    """A Pi's file with something in each of the ten tables, and more than one batch of readings."""
    drives = plan_drives(2, seed=5, kinds=(DriveKind.SHORT_HOP,))
    write_pi_database(tmp_path / "obd.db", DatabasePlan(drives, seed=5, fills_every_table=True))
    return tmp_path / "obd.db"


def rows_of(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in DELTA_TABLE_KEYS
        }


def stored_rows(session: Session) -> dict[str, int]:
    return {name: session.exec(select(func.count()).select_from(TABLES[name])).one() for name in DELTA_TABLE_KEYS}


def outcomes(result: PushResult) -> set[TableStatus]:
    return {receipt.status for receipt in result.tables.values()}


def test_all_ten_tables_ping_and_counter_arrive_and_a_second_run_sends_nothing(
    tmp_path: Path, pi_database: Path, database_url: str, database: Database
) -> None:
    source = rows_of(pi_database)
    (tmp_path / "server").mkdir()

    with embedded_server(tmp_path / "server", DATABASE_URL=database_url) as server:
        target = PushTarget(url=server.url, device_id=DEVICE, api_key=KEY, is_faithful=True)
        first = push_database(pi_database, target, is_flushed=True)
        second = push_database(pi_database, target, is_flushed=True)
        again = push_database(pi_database, target, is_fresh=True)
        health = server.get("/api/v1/health").json()
        stored = database.read(stored_rows)
        epochs = database.read(
            lambda session: [
                (epoch.source_epoch, epoch.drive_counter)
                for epoch in session.exec(select(DeviceEpoch).where(col(DeviceEpoch.source_device) == DEVICE))
            ]
        )

    assert all(count > 0 for count in source.values())
    assert source["realtime_data"] > 2 * 500
    assert outcomes(first) == {TableStatus.OK}
    assert (first.is_ok, first.ping, first.counter) == (True, Verdict.OK, Verdict.OK)
    assert {name: receipt.counts["inserted"] for name, receipt in first.tables.items()} == source
    assert (second.is_ok, second.rows_sent, second.ping, second.counter) == (True, 0, Verdict.OK, Verdict.OK)
    assert {name: receipt.counts["updated"] for name, receipt in again.tables.items()} == source
    assert {name: receipt.counts["unchanged"] for name, receipt in again.tables.items()} == source
    assert stored == source
    assert epochs == [(1, 2)]
    assert health["quarantinedRows"] == 0
    assert health["lastSync"]["deviceId"] == DEVICE


def test_a_pi_with_the_wrong_key_is_refused_and_keeps_its_rows_for_later(tmp_path: Path, pi_database: Path) -> None:
    with embedded_server(tmp_path) as server:
        refused = push_database(pi_database, PushTarget(url=server.url, device_id=DEVICE, api_key="wrong"))
        accepted = push_database(pi_database, PushTarget(url=server.url, device_id=DEVICE, api_key=KEY))

    assert not refused.is_ok
    assert outcomes(refused) == {TableStatus.FAILED}
    assert {receipt.tries for receipt in refused.tables.values()} == {1}
    assert accepted.is_ok
    assert accepted.rows_sent == sum(rows_of(pi_database).values())


def test_no_release_is_503_and_a_published_one_is_told_word_for_word(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as server:
        answer = server.get("/api/v1/release/current")

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.content)["detail"] == "No release is published"
