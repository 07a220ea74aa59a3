"""What a visitor can choose from: devices, and the parameters a device's drives have."""

from sqlmodel import Session, col, select

from obd2_api.repository.devices import display_names, named
from obd2_common.tables.devices import Device
from obd2_common.tables.drives import Drive, DriveStatistic

NEVER_SHOWN = frozenset({"FUEL_SYSTEM_STATUS", "MIL_ON", "DTC_COUNT", "RUNTIME_SEC"})
"""Labels and counters: neither their mean nor their map says anything."""
LATEST_DRIVES = 20


def chosen_device(session: Session, asked: str) -> tuple[dict[str, str], str]:
    """Return every device with its name, and the one asked for or else the one that sent last."""
    names = display_names(session)
    latest = session.exec(select(Device.source_device).order_by(col(Device.last_seen_at).desc()).limit(1)).first()
    return {device: named(device, names) for device in sorted(names)}, asked or latest or ""


def known_parameters(session: Session, source_device: str) -> list[str]:
    """Return the names of the parameters that the latest drives of a device have statistics of."""
    latest = (
        select(Drive.drive_key)
        .where(col(Drive.source_device) == source_device)
        .order_by(col(Drive.started_at).desc())
        .limit(LATEST_DRIVES)
    )
    keys = list(session.exec(latest))
    query = (
        select(DriveStatistic.parameter_name)
        .where(col(DriveStatistic.source_device) == source_device, col(DriveStatistic.drive_key).in_(keys))
        .distinct()
        .order_by(col(DriveStatistic.parameter_name))
    )
    return [name for name in session.exec(query) if name not in NEVER_SHOWN]
