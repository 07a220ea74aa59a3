"""What the Pi itself noted: about a drive its start and its alerts, about a device its cars and its own battery."""

from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import func
from sqlmodel import Session, and_, col, or_, select

from obd2_common.tables.drives import Drive
from obd2_common.tables.operators import TuneEra
from obd2_common.tables.synced import (
    AiRecommendation,
    AlertLog,
    BatteryHealthLog,
    CalibrationSession,
    DriveSummary,
    VehicleInfo,
)

MOST_ALERTS = 100
NEWEST_NOTES = 5
Note = TypeVar("Note", AiRecommendation, BatteryHealthLog, CalibrationSession)


def start_of(session: Session, drive: Drive) -> DriveSummary | None:
    """Return the Pi's note of a drive's start; a drive it missed has none."""
    if drive.drive_id is None:
        return None
    return session.get(DriveSummary, (drive.source_device, drive.source_epoch, drive.drive_id))


def alerts_of(session: Session, drive: Drive) -> list[AlertLog]:
    """Return the Pi's alerts in a drive, oldest first; those that name no drive by their time."""
    named = or_(col(AlertLog.drive_id).is_(None), col(AlertLog.drive_id) == 0)
    belongs = [and_(named, col(AlertLog.timestamp).between(drive.started_at, drive.ended_at))]
    if drive.drive_id is not None:
        belongs.append(col(AlertLog.drive_id) == drive.drive_id)
    query = select(AlertLog).where(
        col(AlertLog.source_device) == drive.source_device,
        col(AlertLog.source_epoch) == drive.source_epoch,
        or_(*belongs),
    )
    return list(session.exec(query.order_by(col(AlertLog.source_id)).limit(MOST_ALERTS)))


@dataclass(slots=True)
class DeviceNotes:
    """What a device's Pi noted beside its drives, newest first: its cars, power losses, calibrations and advice.

    ``lacks_era`` tells that it was in more cars than its eras can keep apart.
    """

    vehicles: list[VehicleInfo] = field(default_factory=list)
    power_losses: list[BatteryHealthLog] = field(default_factory=list)
    calibrations: list[CalibrationSession] = field(default_factory=list)
    recommendations: list[AiRecommendation] = field(default_factory=list)
    lacks_era: bool = False


def device_notes(session: Session, source_device: str) -> DeviceNotes:
    """Return the newest notes of a device, of whichever epoch, and every car it was in."""
    cars: dict[str, VehicleInfo] = {}
    query = select(VehicleInfo).where(col(VehicleInfo.source_device) == source_device)
    for car in session.exec(query.order_by(col(VehicleInfo.synced_at).desc())):
        cars.setdefault(car.source_id, car)
    eras = session.exec(select(func.count()).where(col(TuneEra.source_device) == source_device)).one()
    return DeviceNotes(
        vehicles=list(cars.values()),
        power_losses=_newest(session, BatteryHealthLog, source_device),
        calibrations=_newest(session, CalibrationSession, source_device),
        recommendations=_newest(session, AiRecommendation, source_device),
        lacks_era=len(cars) - 1 > eras,
    )


def _newest(session: Session, table: type[Note], source_device: str) -> list[Note]:
    query = select(table).where(col(table.source_device) == source_device)
    ordered = query.order_by(col(table.source_epoch).desc(), col(table.source_id).desc())
    return list(session.exec(ordered.limit(NEWEST_NOTES)))
