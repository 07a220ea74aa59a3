"""Devices, the epochs of their databases and how far their tables are."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.tables.devices import Device, DeviceEpoch, SyncCursor, UnknownColumn

LONGEST_NAME = 64


LISTED_EPOCHS = 16
"""How many epochs of a device are listed; `open_epoch` tells how many there are."""


@dataclass(slots=True)
class KnownDevice:
    """A device with everything that is kept about it."""

    device: Device
    epochs: list[DeviceEpoch] = field(default_factory=list)
    cursors: list[SyncCursor] = field(default_factory=list)
    unknown_columns: list[UnknownColumn] = field(default_factory=list)


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
    """Return every device by id, its latest epochs with their tables, oldest first."""
    known = {
        device.source_device: KnownDevice(device)
        for device in session.exec(select(Device).order_by(col(Device.source_device)))
    }
    epochs: dict[str, list[DeviceEpoch]] = defaultdict(list)
    latest = select(DeviceEpoch).join(Device, col(Device.source_device) == col(DeviceEpoch.source_device))
    latest = latest.where(col(DeviceEpoch.source_epoch) > col(Device.open_epoch) - LISTED_EPOCHS)
    for epoch in session.exec(latest.order_by(col(DeviceEpoch.source_epoch))):
        epochs[epoch.source_device].append(epoch)
    cursors: dict[str, list[SyncCursor]] = defaultdict(list)
    tables = select(SyncCursor).join(Device, col(Device.source_device) == col(SyncCursor.source_device))
    tables = tables.where(col(SyncCursor.source_epoch) > col(Device.open_epoch) - LISTED_EPOCHS)
    for cursor in session.exec(tables.order_by(col(SyncCursor.source_epoch), col(SyncCursor.table_name))):
        cursors[cursor.source_device].append(cursor)
    columns: dict[str, list[UnknownColumn]] = defaultdict(list)
    for column in session.exec(
        select(UnknownColumn).order_by(col(UnknownColumn.table_name), col(UnknownColumn.column_name)),
    ):
        columns[column.source_device].append(column)
    for name, device in known.items():
        device.epochs, device.cursors, device.unknown_columns = epochs[name], cursors[name], columns[name]
    return list(known.values())
