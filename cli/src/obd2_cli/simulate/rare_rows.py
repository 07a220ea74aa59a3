"""Rows of the tables in which a Pi rarely has anything, so that a database can show all ten synced tables."""

import sqlite3
from datetime import timedelta
from zoneinfo import ZoneInfo

from obd2_cli.simulate.noticed import Row
from obd2_cli.simulate.pi_clock import time_text
from obd2_cli.simulate.plan import DrivePlan

_PI_ZONE = ZoneInfo("America/Chicago")


def insert_row(connection: sqlite3.Connection, table: str, row: Row) -> int:
    """Insert a row and return its key; table and column names come from this program, never from input."""
    marks = ", ".join("?" * len(row))
    statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"  # noqa: S608
    key = connection.execute(statement, tuple(row.values())).lastrowid
    return key or 0


def add_rare_rows(connection: sqlite3.Connection, plan: DrivePlan) -> None:
    """Add recommendations, a calibration session, an alert and a cleared code around this drive."""
    ended_at = plan.started_at + timedelta(seconds=plan.seconds)
    naive_utc = (ended_at + timedelta(minutes=5)).strftime("%Y-%m-%d %H:%M:%S")
    advice: Row = {
        "timestamp": naive_utc,
        "recommendation": "Look at the coolant level before the next drive.",
        "priority_rank": 3,
        "profile_id": plan.profile_id,
        "created_at": naive_utc,
    }
    original = insert_row(connection, "ai_recommendations", advice)
    insert_row(connection, "ai_recommendations", advice | {"is_duplicate_of": original, "priority_rank": 5})
    local = plan.started_at.astimezone(_PI_ZONE).replace(tzinfo=None)
    session: Row = {
        "start_time": (local + timedelta(seconds=30, microseconds=250_731)).isoformat(sep=" "),
        "end_time": (local + timedelta(seconds=90, microseconds=118_204)).isoformat(sep=" "),
        "notes": "idle at 20 \u00b0C",
        "profile_id": plan.profile_id,
        "data_source": plan.data_source,
        "created_at": naive_utc,
    }
    insert_row(connection, "calibration_sessions", session)
    alert: Row = {
        "timestamp": time_text(plan.started_at + timedelta(seconds=12)),
        "alert_type": "rpm_low",
        "parameter_name": "RPM",
        "value": 588.25,
        "threshold": 600.0,
        "profile_id": plan.profile_id,
        "drive_id": plan.drive_id,
    }
    insert_row(connection, "alert_log", alert)
    code: Row = {
        "dtc_code": "P0443",
        "description": None,
        "status": "cleared",
        "first_seen_timestamp": time_text(plan.started_at + timedelta(seconds=20)),
        "last_seen_timestamp": time_text(plan.started_at + timedelta(seconds=25)),
        "drive_id": plan.drive_id,
        "data_source": plan.data_source,
    }
    code_id = insert_row(connection, "dtc_log", code)
    frame: Row = {
        "dtc_log_id": code_id,
        "captured_at_timestamp_utc": code["first_seen_timestamp"],
        "pid_responses_json": "{}",
        "vehicle_info_vin": "UNKNOWN-TO-ALL",
        "data_source": plan.data_source,
    }
    insert_row(connection, "dtc_freeze_frame", frame)
