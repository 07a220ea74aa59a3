"""What the Pi noted beside its drives, for people: its cars, its own battery, calibrations and advice."""

from collections.abc import Iterator
from datetime import datetime

from obd2_api.repository.pi_notes import DeviceNotes
from obd2_cli.report import formatting
from obd2_common.tables.synced import BatteryHealthLog


def note_lines(notes: DeviceNotes) -> Iterator[str]:
    """Yield a line for each of the Pi's notes, its times in UTC."""
    for car in notes.vehicles:
        told = [str(part) for part in (car.year, car.make, car.model, car.engine) if part]
        yield formatting.plain(f"car {car.source_id}" + (f": {' '.join(told)}" if told else ""))
    if notes.lacks_era:
        yield (
            f"{len(notes.vehicles)} cars under one device: begin an era where the car changed (obd2 eras), "
            "or their drives are compared with each other"
        )
    for loss in notes.power_losses:
        yield f"own battery {_time(loss.start_timestamp)}: {_drain(loss)}"
    for session in notes.calibrations:
        yield formatting.plain(
            f"calibration {_time(session.start_time)}" + (f": {session.notes}" if session.notes else "")
        )
    for advice in notes.recommendations:
        yield formatting.plain(f"the Pi advised {_time(advice.timestamp)}: {advice.recommendation}")


def _drain(loss: BatteryHealthLog) -> str:
    volts = f"{formatting.measured(loss.start_soc, 'V')} to {formatting.measured(loss.end_soc, 'V')}"
    return f"cell {volts}, lasted {formatting.duration(loss.runtime_seconds)}"


def _time(moment: datetime | None) -> str:
    return formatting.UNKNOWN if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
