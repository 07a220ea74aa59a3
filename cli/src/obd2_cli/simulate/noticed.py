"""What the Pi notices in a drive's readings: trouble codes, alerts, its own power loss and statistics."""

import json
from datetime import timedelta

import numpy as np

from obd2_cli.simulate.pi_clock import modified_text, stamp, time_text
from obd2_cli.simulate.plan import DrivePlan, FaultName
from obd2_cli.simulate.sensors import PARAMETERS, Readings

Row = dict[str, object]
TimedRow = tuple[float, Row]
"""The second of the drive at which the Pi wrote a row, and the row."""

SILENCE_BEFORE_END_SECONDS = 61.0
COOLANT_ALERT_C = 104.4
FREEZE_FRAME_NAMES = {
    name: "RUN_TIME" if name == "RUNTIME_SEC" else name
    for name in (
        *("ENGINE_LOAD", "COOLANT_TEMP", "SHORT_FUEL_TRIM_1", "LONG_FUEL_TRIM_1", "RPM", "SPEED"),
        *("TIMING_ADVANCE", "INTAKE_TEMP", "MAF", "THROTTLE_POS", "RUNTIME_SEC"),
    )
}
"""Parameter -> key in a freeze frame."""


def trouble_code_row(plan: DrivePlan, code: str, description: str, at_second: float) -> Row:
    """Return the row of dtc_log for a code set at this second and still there at the drive's end."""
    return {
        "dtc_code": code,
        "description": description,
        "status": "stored",
        "first_seen_timestamp": stamp(plan, at_second),
        "last_seen_timestamp": stamp(plan, plan.seconds),
        "drive_id": plan.drive_id,
        "data_source": plan.data_source,
        "_sync_modified_at": modified_text(plan.started_at + timedelta(seconds=plan.seconds + 0.5)),
    }


def freeze_frame_row(plan: DrivePlan, readings: Readings, at_second: float) -> Row:
    """Return the row of dtc_freeze_frame with the last values read before this second; its dtc_log_id is missing."""
    count = int(np.searchsorted(readings.at_seconds, at_second))
    indexes, values = readings.parameter[:count].tolist(), readings.value[:count].tolist()
    latest = {PARAMETERS[index].name: value for index, value in zip(indexes, values, strict=True)}
    frame = {sent_as: latest[name] for name, sent_as in FREEZE_FRAME_NAMES.items() if name in latest}
    return {
        "captured_at_timestamp_utc": stamp(plan, at_second),
        "pid_responses_json": json.dumps(frame),
        "vehicle_info_vin": None,
        "notes": None,
        "data_source": plan.data_source,
    }


def alert_rows(plan: DrivePlan, readings: Readings) -> list[TimedRow]:
    """Return the first reading above the coolant limit, the one alert that does fire on the Pi."""
    names = [parameter.name for parameter in PARAMETERS]
    is_hot = (readings.parameter == names.index("COOLANT_TEMP")) & (readings.value > COOLANT_ALERT_C)
    if not is_hot.any():
        return []
    first = int(np.argmax(is_hot))
    at_second = float(readings.at_seconds[first])
    row: Row = {
        "timestamp": stamp(plan, at_second),
        "alert_type": "coolant_temp_critical",
        "parameter_name": "COOLANT_TEMP",
        "value": float(readings.value[first]),
        "threshold": COOLANT_ALERT_C,
        "profile_id": plan.profile_id,
        "drive_id": plan.drive_id,
    }
    return [(at_second, row)]


def power_loss_row(plan: DrivePlan, generator: np.random.Generator) -> TimedRow:
    """Return the drain of the Pi's own battery after the key was turned; it stays open when power was cut."""
    at_second = plan.seconds + 2.0
    seconds = int(generator.integers(170, 230))
    volts = round(float(generator.uniform(4.05, 4.18)), 3)
    is_open = plan.severity(FaultName.MISSING_DRIVE_END) > 0
    end_volts = None if is_open else round(volts - 0.0004 * seconds, 3)
    ended_at = plan.started_at + timedelta(seconds=at_second + seconds)
    return at_second, {
        "start_timestamp": stamp(plan, at_second),
        "end_timestamp": None if is_open else time_text(ended_at),
        "start_soc": volts,
        "end_soc": end_volts,
        "start_vcell_v": volts,
        "end_vcell_v": end_volts,
        "runtime_seconds": None if is_open else seconds,
        "load_class": "production",
        "data_source": plan.data_source,
        "_sync_modified_at": None if is_open else modified_text(ended_at),
    }


def statistics_rows(plan: DrivePlan, readings: Readings) -> list[TimedRow]:
    """Return what the Pi computes of each parameter when a drive ends, in order of their names."""
    written_at = plan.seconds + SILENCE_BEFORE_END_SECONDS
    rows: list[TimedRow] = []
    for index, parameter in sorted(enumerate(PARAMETERS), key=lambda each: each[1].name):
        values = readings.value[(readings.parameter == index) & (readings.at_seconds >= 0.0)]
        if not values.size:
            continue
        mean = float(values.mean())
        deviation = float(values.std(ddof=1)) if values.size > 1 else 0.0
        distinct, counts = np.unique(values, return_counts=True)
        row: Row = {
            "parameter_name": parameter.name,
            "analysis_date": stamp(plan, written_at),
            "profile_id": plan.profile_id,
            "max_value": float(values.max()),
            "min_value": float(values.min()),
            "avg_value": mean,
            "mode_value": float(distinct[np.argmax(counts)]),
            "std_1": deviation,
            "std_2": 2.0 * deviation,
            "outlier_min": mean - 2.0 * deviation,
            "outlier_max": mean + 2.0 * deviation,
            "sample_count": int(values.size),
            "created_at": stamp(plan, written_at),
            "data_source": plan.data_source,
            "drive_id": None,
        }
        rows.append((written_at, row))
    return rows
