"""What the Pi itself noted: about a drive its start and its alerts."""

from sqlmodel import Session, and_, col, or_, select

from obd2_common.tables.drives import Drive
from obd2_common.tables.synced import AlertLog, DriveSummary

MOST_ALERTS = 100


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
