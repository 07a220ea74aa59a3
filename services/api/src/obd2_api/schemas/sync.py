"""The documents of `/sync`, as OpenAPI shows them; the request itself is read by `obd2_api.ingest`."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from obd2_api.schemas.wire import WireModel


class SyncTable(WireModel):
    """One table's part of a request."""

    last_synced_id: int = Field(default=0, description="The sender's cursor before this batch; information only.")
    rows: list[dict[str, Any]] = Field(
        default=[],
        description="Rows as in the Pi's SQLite, snake_case, the primary key as `id`.",
    )


class DriveCounter(WireModel):
    """The sender's count of drives."""

    last_drive_id: int = Field(gt=0, description="The last drive id minted.")


class SyncRequest(WireModel):
    """A batch of rows of one device."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "deviceId": "chi-eclipse-01",
                    "batchId": "chi-eclipse-01-2026-07-11T18:02:44Z",
                    "tables": {
                        "realtime_data": {
                            "lastSyncedId": 4100,
                            "rows": [
                                {
                                    "timestamp": "2026-07-11T18:02:39Z",
                                    "parameter_name": "RPM",
                                    "value": 812.25,
                                    "unit": "revolutions_per_minute",
                                    "profile_id": "daily",
                                    "data_source": "real",
                                    "drive_id": 33,
                                    "id": 4101,
                                },
                            ],
                        },
                    },
                },
            ],
        },
    )
    device_id: str = Field(min_length=1, max_length=255, description="Who sends.")
    batch_id: str = Field(
        min_length=1, max_length=255, description="The sender's label of the batch; need not be unique."
    )
    tables: dict[str, SyncTable] = Field(description="Table name -> rows. May be empty.")
    drive_counter: DriveCounter | None = Field(default=None, description="Sent before the Pi shuts down.")


class SyncedTableCounts(WireModel):
    """What became of one table's rows; inserted + updated + errors is the number received."""

    inserted: int = Field(description="Rows that were not stored before.")
    updated: int = Field(description="Rows that were stored before, changed or not.")
    errors: int = Field(description="Rows in quarantine; the same as `quarantined`.")
    unchanged: int = Field(description="Those of `updated` that brought nothing new.")
    quarantined: int = Field(description="Rows no column can hold, kept word for word for the operator.")


class SyncReceipt(WireModel):
    """The proof that everything in the request is stored for good."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "batchId": "chi-eclipse-01-2026-07-11T18:02:44Z",
                    "receiptId": "5b1f0c1e-6a0e-4d63-9f4e-0c8f6f6f5a10",
                    "syncedAt": "2026-07-11T18:02:44.918204Z",
                    "epoch": 1,
                    "tablesProcessed": {
                        "realtime_data": {
                            "inserted": 1,
                            "updated": 1,
                            "errors": 0,
                            "unchanged": 1,
                            "quarantined": 0,
                        },
                    },
                    "driveDataReceived": False,
                    "autoAnalysisTriggered": False,
                },
            ],
        },
    )

    status: Literal["ok"] = "ok"
    batch_id: str = Field(description="As in the request.")
    receipt_id: str = Field(description="The request's entry in the sync history.")
    synced_at: datetime = Field(description="When it was stored, UTC.")
    epoch: int = Field(description="Which life of the device's database the rows belong to, counted from 1.")
    tables_processed: dict[str, SyncedTableCounts]
    drive_data_received: bool = Field(description="The batch holds the end of a drive.")
    auto_analysis_triggered: bool = Field(description="The batch made an analysis of a finished drive due.")
