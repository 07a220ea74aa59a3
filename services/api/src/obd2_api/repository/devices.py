"""Devices, the epochs of their databases and how far their tables are."""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from obd2_common.tables.devices import Device, DeviceEpoch, SyncCursor, UnknownColumn


@dataclass(slots=True)
class KnownDevice:
    """A device with everything that is kept about it."""

    device: Device
    epochs: list[DeviceEpoch] = field(default_factory=list)
    cursors: list[SyncCursor] = field(default_factory=list)
    unknown_columns: list[UnknownColumn] = field(default_factory=list)


def list_devices(session: Session) -> list[KnownDevice]:
    """Return every device by id, its epochs oldest first."""
    known = {
        device.source_device: KnownDevice(device)
        for device in session.exec(select(Device).order_by(col(Device.source_device)))
    }
    epochs: dict[str, list[DeviceEpoch]] = defaultdict(list)
    for epoch in session.exec(select(DeviceEpoch).order_by(col(DeviceEpoch.source_epoch))):
        epochs[epoch.source_device].append(epoch)
    cursors: dict[str, list[SyncCursor]] = defaultdict(list)
    for cursor in session.exec(select(SyncCursor).order_by(col(SyncCursor.source_epoch), col(SyncCursor.table_name))):
        cursors[cursor.source_device].append(cursor)
    columns: dict[str, list[UnknownColumn]] = defaultdict(list)
    for column in session.exec(
        select(UnknownColumn).order_by(col(UnknownColumn.table_name), col(UnknownColumn.column_name)),
    ):
        columns[column.source_device].append(column)
    for name, device in known.items():
        device.epochs, device.cursors, device.unknown_columns = epochs[name], cursors[name], columns[name]
    return list(known.values())
