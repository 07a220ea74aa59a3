"""Rows of a drive as the analyzer reads them, for tests: signals given as functions or constants of time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

Signal = float | Callable[[float], float]
DriveRow = tuple[int, float | None, str | None, float | None, str | None, str | None, str | None, int | None]

NOON = 1_752_235_200.0
"""2025-07-11 12:00:00 UTC."""

UNITS = {
    "RPM": "revolutions_per_minute",
    "SPEED": "kilometer_per_hour",
    "COOLANT_TEMP": "degree_Celsius",
    "INTAKE_TEMP": "degree_Celsius",
    "ENGINE_LOAD": "percent",
    "THROTTLE_POS": "percent",
    "SHORT_FUEL_TRIM_1": "percent",
    "LONG_FUEL_TRIM_1": "percent",
    "MAF": "gps",
    "TIMING_ADVANCE": "degree",
    "O2_B1S1": "volt",
    "BATTERY_V": "V",
    "FUEL_SYSTEM_STATUS": "CL",
}

HEALTHY: Mapping[str, Signal] = {
    "RPM": 2200.0,
    "SPEED": 60.0,
    "COOLANT_TEMP": 89.0,
    "INTAKE_TEMP": 30.0,
    "ENGINE_LOAD": 35.0,
    "SHORT_FUEL_TRIM_1": 0.0,
    "LONG_FUEL_TRIM_1": -0.78125,
    "MAF": 12.0,
    "TIMING_ADVANCE": 15.0,
    "O2_B1S1": lambda second: 0.1 if int(second) % 4 < 2 else 0.8,
    "BATTERY_V": 14.1,
    "FUEL_SYSTEM_STATUS": 2.0,
}

ALL_BUT_RPM = tuple(name for name in HEALTHY if name != "RPM")


def drive_rows(
    duration_seconds: float = 600.0,
    *,
    signals: Mapping[str, Signal] | None = None,
    started_at: float = NOON,
    every_seconds: float = 2.0,
    first_id: int = 1,
    drive_id: int | None = 7,
    data_source: str | None = "real",
    profile_id: str | None = "daily",
    without: Sequence[str] = (),
) -> list[DriveRow]:
    """Return the rows of a healthy warm drive, some of its signals replaced.

    A signal that is a function gets the seconds since the start of the drive.
    """
    shown = {name: signal for name, signal in {**HEALTHY, **(signals or {})}.items() if name not in without}
    rows: list[DriveRow] = []
    for step in range(int(duration_seconds / every_seconds) + 1):
        second = step * every_seconds
        for name, signal in shown.items():
            value = signal(second) if callable(signal) else signal
            rows.append(
                (
                    first_id + len(rows),
                    started_at + second,
                    name,
                    value,
                    UNITS.get(name, ""),
                    profile_id,
                    data_source,
                    drive_id,
                )
            )
    return rows


def between(start: float, end: float, inside: float, outside: float) -> Callable[[float], float]:
    """Return a signal with one value from start to before end (in seconds), another otherwise."""
    return lambda second: inside if start <= second < end else outside


def at(seconds: float) -> datetime:
    """Return the moment this long after noon."""
    return datetime.fromtimestamp(NOON + seconds, UTC)


def engine_rows(duration_seconds: float, *, after: float, first_id: int) -> list[DriveRow]:
    """Return rows of the engine speed alone and of no drive, as while cranking; `after` in seconds after noon."""
    return drive_rows(duration_seconds, without=ALL_BUT_RPM, started_at=NOON + after, first_id=first_id, drive_id=None)


def read_every(seconds: float, rows: Sequence[DriveRow], *names: str) -> list[DriveRow]:
    """Return the rows as if some of the signals were read only every so many seconds."""
    return [row for row in rows if row[2] not in names or ((row[1] or 0.0) - NOON) % seconds == 0]
