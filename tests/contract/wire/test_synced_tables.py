"""What the wire may carry fits the tables that store it, and a Pi's database fits both."""

from pathlib import Path

import pytest

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
WIRE = {
    "ai_recommendations": """
                timestamp:time recommendation:text priority_rank:whole is_duplicate_of:whole profile_id:name
        created_at:time
    """,
    "alert_log": """
                timestamp:time alert_type:text parameter_name:name value:real threshold:real profile_id:name
        drive_id:whole
    """,
    "battery_health_log": """
                start_timestamp:time end_timestamp:time start_soc:real end_soc:real start_vcell_v:real
        end_vcell_v:real runtime_seconds:whole ambient_temp_c:real load_class:text notes:text data_source:name
    """,
    "calibration_sessions": """
                start_time:time end_time:time notes:text profile_id:name data_source:name created_at:time
    """,
    "connection_log": """
                timestamp:time event_type:name mac_address:text success:whole error_message:text retry_count:whole
        data_source:name drive_id:whole
    """,
    "drive_summary": """
                drive_start_timestamp:time ambient_temp_at_start_c:real starting_battery_v:real
        barometric_kpa_at_start:real data_source:name
    """,
    "dtc_freeze_frame": """
                dtc_log_id:whole captured_at_timestamp_utc:time pid_responses_json:text vehicle_info_vin:text
        notes:text data_source:name
    """,
    "dtc_log": """
                dtc_code:name description:text status:text first_seen_timestamp:time last_seen_timestamp:time
        drive_id:whole data_source:name
    """,
    "realtime_data": """
                timestamp:time parameter_name:name value:real unit:text profile_id:name data_source:name
        drive_id:whole
    """,
    "statistics": """
                parameter_name:name analysis_date:time profile_id:name max_value:real min_value:real avg_value:real
        mode_value:real std_1:real std_2:real outlier_min:real outlier_max:real sample_count:whole created_at:time
        data_source:name drive_id:whole
    """,
    "profiles": """
                name:text description:text polling_interval_ms:whole data_source:name created_at:time
        updated_at:time
    """,
    "vehicle_info": """
                vin:text make:text model:text year:whole engine:text fuel_type:text transmission:text
        drive_type:text body_class:text plant_city:text plant_country:text raw_api_response:text created_at:time
        updated_at:time
    """,
}
"""What the Pi sends for each table, in its column order, with the kind of value."""


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
def test_the_wire_carries_what_the_pi_sends(table: SyncedTable) -> None:
    columns = [f"{name}:{kind.value}" for name, kind in table.columns.items()]

    assert columns == WIRE[table.name].split()


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
