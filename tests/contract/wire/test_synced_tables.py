"""What the wire may carry fits the tables that store it, and a Pi's database fits both."""

from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Double

from obd2_common.db.types import BodyText, KeyText, UtcDateTime
from obd2_common.synced_specs import DELTA_TABLES, PI_ONLY_TABLES, SYNCED_TABLES, Kind, SyncedTable
from support.pi_files import PI_NAMES, wire_rows

TABLES = [pytest.param(table, id=name) for name, table in SYNCED_TABLES.items()]
SERVER_COLUMNS = {
    "source_device",
    "source_epoch",
    "source_id",
    "synced_at",
    "sync_batch_id",
    "row_flags",
    "extra",
}
STORED_AS = {
    Kind.TEXT: BodyText,
    Kind.NAME: KeyText,
    Kind.WHOLE: BigInteger,
    Kind.REAL: Double,
    Kind.TIME: UtcDateTime,
}


def test_the_ten_delta_tables_come_in_the_order_the_pi_sends_them() -> None:
    assert DELTA_TABLES == (
        "ai_recommendations",
        "alert_log",
        "battery_health_log",
        "calibration_sessions",
        "connection_log",
        "drive_summary",
        "dtc_freeze_frame",
        "dtc_log",
        "realtime_data",
        "statistics",
    )
    assert not PI_ONLY_TABLES & set(SYNCED_TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_every_column_of_the_wire_has_its_place(table: SyncedTable) -> None:
    columns = table.table.columns

    for name, kind in table.columns.items():
        assert isinstance(columns[name].type, STORED_AS[kind]), name
        if kind is Kind.TIME:
            assert isinstance(columns[f"{name}_raw"].type, BodyText), name


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_no_column_the_wire_does_not_fill(table: SyncedTable) -> None:
    raw_texts = {f"{name}_raw" for name, kind in table.columns.items() if kind is Kind.TIME}

    assert set(table.table.columns.keys()) == SERVER_COLUMNS | set(table.columns) | raw_texts


@pytest.mark.parametrize("table", TABLES)
def test_what_the_pi_fills_may_be_absent(table: SyncedTable) -> None:
    required = {column.name for column in table.table.columns if not column.nullable}

    assert required <= SERVER_COLUMNS - {"row_flags", "extra"}


@pytest.mark.parametrize("table", TABLES)
def test_the_natural_key_is_device_epoch_and_pi_key(table: SyncedTable) -> None:
    assert table.table.primary_key.columns.keys() == ["source_device", "source_epoch", "source_id"]
    assert table.table.foreign_keys == set()


@pytest.mark.parametrize("table", TABLES)
def test_identity_and_choices_name_columns_of_the_table(table: SyncedTable) -> None:
    assert {*table.identity, *table.choices} <= set(table.columns)
    assert bool(table.identity) != table.has_text_key


@pytest.mark.parametrize("name", PI_NAMES)
def test_a_pi_database_has_no_column_the_server_does_not_know(pi_files: dict[str, Path], name: str) -> None:
    unknown = {
        f"{table_name}.{column}"
        for table_name, table in SYNCED_TABLES.items()
        for row in wire_rows(pi_files[name], table_name)
        for column in row
        if column not in {*table.columns, table.key}
    }

    assert unknown == set()
