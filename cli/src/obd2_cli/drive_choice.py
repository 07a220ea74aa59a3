"""How operators name a drive on the command line."""

from sqlmodel import Session

from obd2_api.repository import drives
from obd2_cli.operator_choices import device_named
from obd2_common.errors import NotFoundError
from obd2_common.tables.drives import Drive


def drive_named(session: Session, drive_key: str, device: str | None, epoch: int | None) -> Drive:
    """Return a drive by its key, without an epoch from the latest that has it.

    Raises:
        NotFoundError: the device has no such drive.
    """
    chosen = device_named(session, device)
    found = drives.find_drive(session, chosen, drive_key, source_epoch=epoch)
    if found is None:
        raise NotFoundError(f"{chosen} has no drive {drive_key}; `obd2 drives list` shows those it has")
    return found
