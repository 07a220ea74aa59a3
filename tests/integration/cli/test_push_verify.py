"""A Pi database compared with what a real server holds, and mended."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from obd2_cli.push import PushTarget, TableProof, ask_server, push_database, verify_database
from obd2_cli.simulate import DatabasePlan, DriveKind, DrivePlan, write_pi_database
from obd2_common.db.database import Database
from obd2_common.errors import NotFoundError
from support.api_server import KEY, ApiServer, serve_api

DEVICE = "chi-eclipse-01"


@pytest.fixture
def server(database: Database) -> Iterator[ApiServer]:
    with serve_api(database, ollama_base_url="http://127.0.0.1:9") as running:
        yield running


@pytest.fixture
def target(server: ApiServer) -> PushTarget:
    return PushTarget(server.url, DEVICE, KEY)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "obd.db"
    drive = DrivePlan(DriveKind.SHORT_HOP, datetime(2026, 6, 1, 13, tzinfo=UTC), drive_id=3, duration_seconds=100)
    write_pi_database(path, DatabasePlan((drive,), fills_every_table=True))
    return path


def change(database: Database, statement: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(statement))


def proofs(source: Path, target: PushTarget) -> dict[str, TableProof]:
    return {proof.table: proof for proof in verify_database(source, target)}


def test_after_a_push_every_row_of_every_table_is_proven(source: Path, target: PushTarget) -> None:
    push_database(source, target)

    found = proofs(source, target)

    assert len(found) == 10
    assert all(proof.is_proven and proof.row_count == proof.proven > 0 for proof in found.values())
    assert sum(proof.healed for proof in found.values()) == 0


def test_what_the_server_lost_or_changed_is_found_and_mended(
    source: Path, target: PushTarget, database: Database
) -> None:
    push_database(source, target)
    change(database, "DELETE FROM realtime_data WHERE source_id BETWEEN 100 AND 119")
    change(database, "UPDATE realtime_data SET unit = 'furlong' WHERE source_id = 7")
    change(database, "DELETE FROM connection_log WHERE source_id = 1")

    mended, again = proofs(source, target), proofs(source, target)

    assert mended["realtime_data"].healed == 21
    assert mended["connection_log"].healed == 1
    assert all(proof.is_proven for proof in (*mended.values(), *again.values()))
    assert sum(proof.healed for proof in again.values()) == 0


def test_a_row_in_quarantine_counts_as_held(source: Path, target: PushTarget) -> None:
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("UPDATE realtime_data SET value = 9e999 WHERE id = 5")
        connection.commit()
    push_database(source, target)

    readings = proofs(source, target)["realtime_data"]

    assert readings.is_proven
    assert (readings.quarantined, readings.proven) == (1, readings.row_count - 1)


def test_rows_the_pi_has_deleted_do_no_harm(source: Path, target: PushTarget) -> None:
    push_database(source, target)
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("DELETE FROM realtime_data WHERE id < 50")
        connection.commit()

    readings = proofs(source, target)["realtime_data"]

    assert readings.is_proven
    assert readings.only_on_server == 49


def test_a_device_the_server_does_not_know_cannot_be_compared(source: Path, target: PushTarget) -> None:
    with pytest.raises(NotFoundError, match=DEVICE):
        verify_database(source, target)


def test_what_the_server_says_of_itself_agrees_with_the_cursors(source: Path, target: PushTarget) -> None:
    with closing(sqlite3.connect(source)) as pi, pi:
        pi.execute("INSERT INTO alert_log (alert_type, parameter_name, value, threshold) VALUES ('x', 'RPM', 9e999, 1)")
    before = ask_server(target)
    push_database(source, target, ask=ask_server)

    again = push_database(source, target, ask=ask_server)

    assert before == {}
    assert (again.rows_sent, again.rewound) == (0, {})


def test_rows_the_server_lost_at_the_end_of_a_table_are_sent_again(
    source: Path, target: PushTarget, database: Database
) -> None:
    push_database(source, target)
    change(database, "DELETE FROM realtime_data WHERE source_id > 100")
    change(database, "UPDATE sync_cursors SET high_water_id = 100 WHERE table_name = 'realtime_data'")

    again = push_database(source, target, ask=ask_server)

    assert again.rewound["realtime_data"][1] == 100
    assert proofs(source, target)["realtime_data"].is_proven
