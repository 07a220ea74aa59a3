"""The Pi's SQLite schema as simulated files have it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from obd2_cli.pi_schema import RESENT_TABLES, create_pi_database
from obd2_cli.push.source import open_source, source_tables
from obd2_common.errors import InvalidInputError
from obd2_common.synced_specs import DELTA_TABLES, SYNCED_TABLES


def test_a_fresh_database_has_the_columns_the_server_expects_in_the_pis_order(tmp_path: Path) -> None:
    create_pi_database(tmp_path / "obd.db")

    with open_source(tmp_path / "obd.db") as connection:
        columns = {table.name: (table.key, table.columns) for table in source_tables(connection)}

    for name, (key, found) in columns.items():
        assert found == [key, *SYNCED_TABLES[name].columns, *(["_sync_modified_at"] if name in RESENT_TABLES else [])]
    assert tuple(columns) == DELTA_TABLES


def test_a_fresh_database_passes_sqlites_own_check(tmp_path: Path) -> None:
    create_pi_database(tmp_path / "obd.db")

    with closing(sqlite3.connect(tmp_path / "obd.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_an_update_stamps_the_row_with_milliseconds(tmp_path: Path) -> None:
    create_pi_database(tmp_path / "obd.db")

    with closing(sqlite3.connect(tmp_path / "obd.db")) as connection:
        connection.execute("INSERT INTO drive_summary (drive_id) VALUES (7)")
        before = connection.execute("SELECT _sync_modified_at FROM drive_summary").fetchone()[0]
        connection.execute("UPDATE drive_summary SET starting_battery_v = 12.4")
        after = connection.execute("SELECT _sync_modified_at FROM drive_summary").fetchone()[0]

    assert before is None
    assert len(after) == len("2026-07-11T18:02:39.123Z")
    assert after.endswith("Z")


def test_an_update_that_brings_its_own_stamp_keeps_it(tmp_path: Path) -> None:
    create_pi_database(tmp_path / "obd.db")
    own = "2020-01-01T00:00:00.000Z"

    with closing(sqlite3.connect(tmp_path / "obd.db")) as connection:
        connection.execute("INSERT INTO dtc_log (dtc_code, status) VALUES ('P0171', 'stored')")
        connection.execute("UPDATE dtc_log SET _sync_modified_at = ?", (own,))

        assert connection.execute("SELECT _sync_modified_at FROM dtc_log").fetchone() == (own,)


def test_an_existing_file_is_never_touched(tmp_path: Path) -> None:
    path = tmp_path / "obd.db"
    path.write_text("mine")

    with pytest.raises(InvalidInputError, match="exists already"):
        create_pi_database(path)

    assert path.read_text() == "mine"
