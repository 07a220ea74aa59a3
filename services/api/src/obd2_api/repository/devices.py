"""Devices, the epochs of their databases and how far their tables are."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from obd2_api.paging import Page, SortKey, read_page
from obd2_api.repository.pi_notes import DeviceNotes, device_notes
from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.tables.devices import Device, DeviceEpoch, SyncCursor, UnknownColumn
from obd2_common.tables.drives import Drive

UNIT_UNKNOWN = "unit_unknown"
"""The reason by which the analyzer leaves out rows whose unit it does not know."""


@dataclass(slots=True)
class UnknownUnit:
    """A unit some parameter comes in and nobody here knows: in how many rows of how many drives."""

    parameter: str
    unit: str
    row_count: int = 0
    drive_count: int = 0


LONGEST_NAME = 64
_BY_ID: tuple[SortKey[Device], ...] = (SortKey(col(Device.source_device), str, lambda device: device.source_device),)
LISTED_EPOCHS = 16
"""How many epochs of a device are listed; `open_epoch` tells how many there are."""


@dataclass(slots=True)
class KnownDevice:
    """A device with everything that is kept about it."""

    device: Device
    epochs: list[DeviceEpoch] = field(default_factory=list)
    cursors: list[SyncCursor] = field(default_factory=list)
    unknown_columns: list[UnknownColumn] = field(default_factory=list)
    notes: DeviceNotes = field(default_factory=DeviceNotes)
    unknown_units: list[UnknownUnit] = field(default_factory=list)


def name_device(session: Session, source_device: str, display_name: str) -> None:
    """Give a device a name for people.

    Raises:
        NotFoundError: it never sent anything.
        InvalidInputError: the name is not 1 to 64 printable characters.
    """
    name = display_name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidInputError(f"a name has 1 to {LONGEST_NAME} printable characters")
    device = session.get(Device, source_device)
    if device is None:
        raise NotFoundError(f"no device {source_device} has ever sent anything")
    device.display_name = name
    session.add(device)


def display_names(session: Session) -> dict[str, str]:
    """Return what people call each device; the id of one that nobody named."""
    return dict(session.exec(select(Device.source_device, Device.display_name)).all())


def named(source_device: str, names: Mapping[str, str]) -> str:
    """Return a device's id, after its name if it has one of its own."""
    name = names.get(source_device, source_device)
    return source_device if name == source_device else f"{name} ({source_device})"


def list_devices(session: Session) -> list[KnownDevice]:
    """Return every device by id, its latest epochs with their tables, oldest first, and its unknown columns."""
    return _known(session, session.exec(select(Device).order_by(col(Device.source_device))).all(), with_columns=True)


def page_of_devices(session: Session, *, with_columns: bool, limit: int, cursor: str | None) -> Page[KnownDevice]:
    """Return a page of devices by id, their unknown columns only if asked.

    Raises:
        InvalidInputError: the cursor is not one of ours.
    """
    page = read_page(session, select(Device), _BY_ID, limit=limit, cursor=cursor)
    return Page(_known(session, page.rows, with_columns=with_columns), page.cursor, page.has_more)


def find_device(session: Session, source_device: str) -> KnownDevice | None:
    """Return one device, without its unknown columns."""
    device = session.get(Device, source_device)
    return None if device is None else _known(session, [device], with_columns=False)[0]


def _known(session: Session, devices: Sequence[Device], *, with_columns: bool) -> list[KnownDevice]:
    known = {device.source_device: KnownDevice(device) for device in devices}
    latest = select(DeviceEpoch).join(Device, col(Device.source_device) == col(DeviceEpoch.source_device))
    latest = latest.where(
        col(DeviceEpoch.source_device).in_(known),
        col(DeviceEpoch.source_epoch) > col(Device.open_epoch) - LISTED_EPOCHS,
    )
    for epoch in session.exec(latest.order_by(col(DeviceEpoch.source_epoch))):
        known[epoch.source_device].epochs.append(epoch)
    tables = select(SyncCursor).join(Device, col(Device.source_device) == col(SyncCursor.source_device))
    tables = tables.where(
        col(SyncCursor.source_device).in_(known), col(SyncCursor.source_epoch) > col(Device.open_epoch) - LISTED_EPOCHS
    )
    for cursor in session.exec(tables.order_by(col(SyncCursor.source_epoch), col(SyncCursor.table_name))):
        known[cursor.source_device].cursors.append(cursor)
    if with_columns:
        columns = select(UnknownColumn).where(col(UnknownColumn.source_device).in_(known))
        for column in session.exec(columns.order_by(col(UnknownColumn.table_name), col(UnknownColumn.column_name))):
            known[column.source_device].unknown_columns.append(column)
    units = _unknown_units(session, known)
    for name, device in known.items():
        device.notes = device_notes(session, name)
        device.unknown_units = units[name]
    return list(known.values())


def _unknown_units(session: Session, devices: Collection[str]) -> dict[str, list[UnknownUnit]]:
    """Return the unknown units of each device, by parameter and unit."""
    found: dict[tuple[str, str, str], UnknownUnit] = {}
    query = select(Drive.source_device, Drive.left_out).where(
        col(Drive.source_device).in_(devices), col(Drive.left_out).is_not(None)
    )
    for device, left_out in session.exec(query):
        for left in left_out or ():
            if left["reason"] == UNIT_UNKNOWN:
                key = (device, left["parameter"], left["unit"])
                unit = found.setdefault(key, UnknownUnit(*key[1:]))
                unit.row_count += left["row_count"]
                unit.drive_count += 1
    units: dict[str, list[UnknownUnit]] = defaultdict(list)
    for key in sorted(found):
        units[key[0]].append(found[key])
    return units
