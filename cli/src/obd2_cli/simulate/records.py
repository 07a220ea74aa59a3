"""Everything the Pi writes because of one drive, each row with the moment at which it was written."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from obd2_cli.simulate.car import Signals, drive_signals
from obd2_cli.simulate.noticed import (
    SILENCE_BEFORE_END_SECONDS,
    Row,
    TimedRow,
    alert_rows,
    freeze_frame_row,
    power_loss_row,
    statistics_rows,
    trouble_code_row,
)
from obd2_cli.simulate.pi_clock import modified_text, stamp, wrong_clock_seconds
from obd2_cli.simulate.plan import DrivePlan, FaultName
from obd2_cli.simulate.sensors import Readings, read_before_mint, read_sensors

ADAPTER_ADDRESS = "00:00:5E:00:53:AF"
SERIAL_DEVICE = "/dev/rfcomm0"
SHORTEST_LEAD_SECONDS = 10.0
LEAD_SECONDS_BY_SEVERITY = 32.0


@dataclass(frozen=True, slots=True)
class DriveRecord:
    """What the Pi wrote because of one drive.

    Args:
        plan: the drive.
        readings: every reading, those before the drive's id was minted included.
        rows: table name -> rows in the order written, realtime_data left out. A row of dtc_freeze_frame follows
            the row of dtc_log it belongs to at the same second and lacks its id.
    """

    plan: DrivePlan
    readings: Readings
    rows: dict[str, list[TimedRow]]


def record_drive(plan: DrivePlan) -> DriveRecord:
    """Simulate one drive and everything the Pi notes about it."""
    signals = drive_signals(plan)
    generator = np.random.default_rng([plan.seed, plan.drive_id, 1])
    readings = read_sensors(signals, plan, generator)
    lead_seconds = _lead_seconds(plan)
    if lead_seconds:
        readings = _joined(read_before_mint(signals, plan.car_type, lead_seconds, generator), readings)
    codes = signals.trouble_codes
    rows: dict[str, list[TimedRow]] = {
        "connection_log": _connection_events(plan, lead_seconds, generator),
        "drive_summary": [(0.0, _summary_row(plan, signals))],
        "dtc_log": [(at, trouble_code_row(plan, code, text, at)) for code, text, at in codes],
        "dtc_freeze_frame": [(at, freeze_frame_row(plan, readings, at)) for _, _, at in codes],
        "alert_log": alert_rows(plan, readings),
        "battery_health_log": [power_loss_row(plan, generator)],
        "statistics": [] if plan.severity(FaultName.MISSING_DRIVE_END) else statistics_rows(plan, readings),
    }
    return DriveRecord(plan=plan, readings=readings, rows=rows)


def _lead_seconds(plan: DrivePlan) -> int:
    """Return for how long the Pi logged without a drive id before it opened the drive."""
    severity = plan.severity(FaultName.PRE_MINT)
    return round(SHORTEST_LEAD_SECONDS + LEAD_SECONDS_BY_SEVERITY * severity) if severity else 0


def _joined(first: Readings, second: Readings) -> Readings:
    return Readings(
        at_seconds=np.concatenate((first.at_seconds, second.at_seconds)),
        parameter=np.concatenate((first.parameter, second.parameter)),
        value=np.concatenate((first.value, second.value)),
    )


def _connection_events(plan: DrivePlan, lead_seconds: int, generator: np.random.Generator) -> list[TimedRow]:
    """Return the adapter's usual struggle before, the drive's start and end, and the silence after."""
    events: list[TimedRow] = []
    at_second = -lead_seconds - float(generator.integers(40, 70))
    for attempt in range(int(generator.integers(2, 6))):
        events.append(_event(plan, at_second, "connect_attempt", ADAPTER_ADDRESS, retry_count=attempt))
        at_second += 2.0 + 2.0 * attempt
    events.append(_event(plan, -lead_seconds - 4.0, "connect_success", SERIAL_DEVICE, success=1))
    profile = f"profile:{plan.profile_id}"
    events.append(_event(plan, 0.0, "drive_start", profile, success=1, drive_id=plan.drive_id))
    if plan.severity(FaultName.MISSING_DRIVE_END):
        return events
    ended = plan.seconds + SILENCE_BEFORE_END_SECONDS
    events += [
        _event(plan, plan.seconds + 5.0, "ecu_silent_wait", SERIAL_DEVICE),
        _event(plan, ended, "drive_end", profile, success=1, drive_id=plan.drive_id),
        _event(plan, ended + 1.0, "disconnect", SERIAL_DEVICE),
    ]
    for attempt in range(int(generator.integers(2, 5))):
        at_second = ended + 20.0 + 30.0 * attempt
        events.append(_event(plan, at_second, "connect_attempt", ADAPTER_ADDRESS, retry_count=attempt))
    reason = "adapter does not answer"
    events += [
        _event(plan, ended + 170.0, "connect_failure", ADAPTER_ADDRESS, error_message=reason, retry_count=4),
        _event(plan, ended + 180.0, "shutdown_graceful", "power_loss", success=1),
    ]
    return events


def _event(plan: DrivePlan, at_second: float, event_type: str, address: str, **more: object) -> TimedRow:
    row: Row = {
        "timestamp": stamp(plan, at_second),
        "event_type": event_type,
        "mac_address": address,
        "success": 0,
        "error_message": None,
        "retry_count": 0,
        "data_source": plan.data_source,
        "drive_id": None,
    }
    return at_second, row | more


def _summary_row(plan: DrivePlan, signals: Signals) -> Row:
    return {
        "drive_id": plan.drive_id,
        "drive_start_timestamp": stamp(plan, 0.0),
        "ambient_temp_at_start_c": float(round(signals.start.ambient_c)) if signals.is_cold_start else None,
        "starting_battery_v": 12.4,
        "barometric_kpa_at_start": float(round(signals.at("BAROMETRIC_KPA", 0.0))),
        "data_source": plan.data_source,
        "_sync_modified_at": modified_text(plan.started_at + timedelta(seconds=18.25 + wrong_clock_seconds(plan))),
    }
