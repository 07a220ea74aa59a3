"""`/devices`: who sends, how far it is, and what people call it."""

from typing import Annotated

from fastapi import APIRouter, Query

from obd2_api.dependencies import DatabaseDep
from obd2_api.repository.devices import KnownDevice, find_device, name_device, page_of_devices
from obd2_api.request_parameters import NamedDeviceDep, PageCursor, PageSize
from obd2_api.schemas.device_notes import DeviceNotesDocument
from obd2_api.schemas.devices import (
    DeviceChange,
    DeviceDocument,
    DeviceList,
    EpochDocument,
    TableCursor,
    UnknownColumnDocument,
    UnknownUnitDocument,
)
from obd2_api.schemas.wire import problem_responses
from obd2_common.errors import NotFoundError

router = APIRouter(tags=["sync"])


@router.get("/devices", summary="List the devices")
def read_devices(
    database: DatabaseDep,
    *,
    unknown_columns: Annotated[
        bool, Query(alias="unknownColumns", description="Whether to list columns not known yet.")
    ] = False,
    limit: PageSize = 50,
    cursor: PageCursor = None,
) -> DeviceList:
    """Return a page of devices by id, with the epochs of their databases, the state of their tables, and unknown units.

    More than one epoch means that the device's database was rebuilt or restored, or that two devices share an id.
    """
    page = database.read(
        lambda session: page_of_devices(session, with_columns=unknown_columns, limit=limit, cursor=cursor)
    )
    devices = [_document(device, with_columns=unknown_columns) for device in page.rows]
    return DeviceList(devices=devices, next_cursor=page.next_cursor)


@router.patch("/devices/{device}", summary="Name a device", responses=problem_responses(s404="No such device"))
def change_device(database: DatabaseDep, device: NamedDeviceDep, change: DeviceChange) -> DeviceDocument:
    """Give a device a name for people; lists show it beside the id, which stays what everything goes by."""
    database.run(lambda session: name_device(session, device, change.display_name))
    found = database.read(lambda session: find_device(session, device))
    if found is None:
        raise NotFoundError("No such device")
    return _document(found, with_columns=False)


def _document(known: KnownDevice, *, with_columns: bool) -> DeviceDocument:
    return DeviceDocument.model_validate(
        {
            **known.device.model_dump(),
            "device_id": known.device.source_device,
            "epochs": [
                EpochDocument(
                    epoch=epoch.source_epoch,
                    opened_at=epoch.opened_at,
                    reason=epoch.reason,
                    drive_counter=epoch.drive_counter,
                    max_drive_id=epoch.max_drive_id,
                    tables=[
                        TableCursor(
                            table=cursor.table_name,
                            row_count=cursor.row_count,
                            high_water_id=cursor.high_water_id,
                            last_synced_at=cursor.last_synced_at,
                        )
                        for cursor in known.cursors
                        if cursor.source_epoch == epoch.source_epoch
                    ],
                )
                for epoch in known.epochs
            ],
            "notes": DeviceNotesDocument.model_validate(known.notes),
            "unknown_columns": None
            if not with_columns
            else [
                UnknownColumnDocument(
                    table=column.table_name,
                    column=column.column_name,
                    first_seen_at=column.first_seen_at,
                    last_seen_at=column.last_seen_at,
                    row_count=column.row_count,
                )
                for column in known.unknown_columns
            ],
            "unknown_units": [UnknownUnitDocument.model_validate(unit) for unit in known.unknown_units],
        },
    )
