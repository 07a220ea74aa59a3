"""The documents of `/devices`."""

from datetime import datetime

from pydantic import ConfigDict, Field

from obd2_api.schemas.device_notes import DeviceNotesDocument
from obd2_api.schemas.wire import WireModel


class TableCursor(WireModel):
    """How far one table is."""

    table: str
    row_count: int = Field(description="Rows stored.")
    high_water_id: int | None = Field(description="The largest id stored; null for tables keyed by text.")
    last_synced_at: datetime = Field(description="When the last new or changed row came.")


class EpochDocument(WireModel):
    """One life of a device's database."""

    epoch: int
    opened_at: datetime
    reason: str = Field(description="What opened it: the first contact, or the row that gave a rebuild away.")
    drive_counter: int = Field(description="The largest drive counter the device told; 0 when it never did.")
    max_drive_id: int = Field(description="The largest drive id seen.")
    tables: list[TableCursor]


class UnknownColumnDocument(WireModel):
    """A column the device sends and the server does not know."""

    table: str
    column: str
    first_seen_at: datetime
    last_seen_at: datetime
    row_count: int = Field(description="Rows it came with.")


class UnknownUnitDocument(WireModel):
    """A unit the server does not know; what comes in it is stored and used for nothing."""

    model_config = ConfigDict(from_attributes=True)

    parameter: str
    unit: str = Field(description="As it came.")
    row_count: int = Field(description="Rows of computed drives it came with.")
    drive_count: int = Field(description="Drives these rows belong to.")


class DeviceDocument(WireModel):
    """A device that has sent something."""

    device_id: str
    display_name: str = Field(description="What people call it; its id until somebody names it.")
    open_epoch: int = Field(description="The life of its database that new rows belong to.")
    default_data_source: str | None = Field(description="What rows without data_source count as; null is unknown.")
    first_seen_at: datetime
    last_seen_at: datetime
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure_reason: str | None
    shared_id_suspected_at: datetime | None = Field(
        description="The last sign that two devices send under this id; null when there was never one.",
    )
    request_count: int
    empty_request_count: int = Field(description="Requests that brought no rows.")
    epochs: list[EpochDocument] = Field(description="The latest, at most 16.")
    unknown_columns: list[UnknownColumnDocument] | None = Field(
        description="Columns not known yet; null unless `unknownColumns` asks for them.",
    )
    notes: DeviceNotesDocument = Field(description="What the Pi noted beside its drives.")
    unknown_units: list[UnknownUnitDocument]


class DeviceChange(WireModel):
    """What an operator may say about a device."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"displayName": "Eclipse GST"}]})

    display_name: str = Field(description="1 to 64 printable characters.")


class DeviceList(WireModel):
    """A page of the devices."""

    devices: list[DeviceDocument]
    next_cursor: str | None = Field(description="Give this as `cursor` to get the next page; null on the last.")
