"""Trouble codes over all drives: each code of a device once, as the latest drive that had it tells."""

from sqlmodel import Session, and_, col, select

from obd2_api.schemas.trouble_codes import CodeOverDrives
from obd2_common.tables.drives import Drive, DriveTroubleCode
from obd2_common.time_range import EARLIEST

_SAME_DRIVE = and_(
    col(Drive.source_device) == col(DriveTroubleCode.source_device),
    col(Drive.source_epoch) == col(DriveTroubleCode.source_epoch),
    col(Drive.drive_key) == col(DriveTroubleCode.drive_key),
)


def codes_over_drives(session: Session, source_device: str | None, status: str | None) -> list[CodeOverDrives]:
    """Return every code of every device and epoch, the one seen last first.

    Args:
        session: reads.
        source_device: only of this device.
        status: only codes whose latest drive tells this status.
    """
    query = select(DriveTroubleCode, Drive.started_at).join(Drive, _SAME_DRIVE)
    if source_device is not None:
        query = query.where(col(DriveTroubleCode.source_device) == source_device)
    found: dict[tuple[str, int, str], CodeOverDrives] = {}
    ordered = sorted(session.exec(query), key=lambda row: (row[1] or EARLIEST, row[0].drive_key))
    for code, _ in ordered:
        key = (code.source_device, code.source_epoch, code.code)
        earlier = found.get(key)
        seen = [each.first_seen_at for each in (earlier, code) if each is not None and each.first_seen_at is not None]
        found[key] = CodeOverDrives(
            device_id=code.source_device,
            epoch=code.source_epoch,
            code=code.code,
            status=code.status,
            description=code.description,
            first_seen_at=min(seen, default=None),
            last_seen_at=code.last_seen_at,
            drive_count=1 if earlier is None else earlier.drive_count + 1,
            latest_drive_key=code.drive_key,
        )
    chosen = [code for code in found.values() if status is None or code.status == status]
    return sorted(chosen, key=lambda code: (code.last_seen_at or EARLIEST, code.code), reverse=True)
