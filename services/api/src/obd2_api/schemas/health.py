"""The server's state as `/health` tells it."""

from typing import Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from obd2_api.schemas.wire import DeviceId, WireModel

UpOrDown = Literal["up", "down"]


class Components(WireModel):
    """What the server stands on."""

    api: UpOrDown
    mysql: UpOrDown = Field(description="The database, whichever engine it is.")
    ollama: UpOrDown
    ollama_model: str = Field(
        description="The model's name when Ollama has it, `not_loaded` when not, `unknown` when Ollama is down.",
    )


class LastSync(WireModel):
    """The latest request of a device that was stored."""

    device_id: DeviceId
    synced_at: AwareDatetime
    batch_id: str | None


class DeviceState(WireModel):
    """One device's comings."""

    model_config = ConfigDict(from_attributes=True)

    device_id: DeviceId
    display_name: str
    open_epoch: int = Field(
        description="The present life of its database.",
    )
    last_seen_at: AwareDatetime
    last_success_at: AwareDatetime | None = Field(description="The last request that was stored.")
    last_failure_at: AwareDatetime | None = Field(description="The last request that was not.")
    last_failure_reason: str | None = Field(description="Why it was not.")
    shared_id_suspected_at: AwareDatetime | None = Field(
        description="The last sign that two devices send under this id; null when there was none in the last 30 days.",
    )


class TriggerDecision(WireModel):
    """The latest decision to compute or analyse something without being asked."""

    kind: str = Field(description="drive_facts or analysis.")
    reason: str | None = Field(description="drive_end, newer_drive, late_rows …")
    device_id: str | None
    epoch: int | None
    drive_id: int | None
    state: str = Field(description="queued, running, done or dead.")
    decided_at: AwareDatetime


class LastBackup(WireModel):
    """The latest backup received."""

    model_config = ConfigDict(from_attributes=True)

    device_id: DeviceId
    type: str
    filename: str
    received_at: AwareDatetime
    state: str
    verification: str


class RestoreDrill(WireModel):
    """The last time a backup was really restored, to see that it can be."""

    device_id: str | None = Field(description="Whose backup; _server is a dump of the server's own database.")
    outcome: Literal["ok", "failed"]
    finished_at: AwareDatetime
    age_seconds: float = Field(description="How long ago that was.")
    reason: str | None = Field(description="Why it failed.")


class ServiceState(WireModel):
    """One running part of the server."""

    service: str
    instance: str
    version: str
    started_at: AwareDatetime
    beat_at: AwareDatetime = Field(description="Its last sign of life.")
    is_alive: bool = Field(description="Whether that is recent.")
    details: dict[str, Any] = Field(description="What it tells about its work.")


class DiskState(WireModel):
    """Room for backups."""

    free_bytes: int
    total_bytes: int


class KeyRotationState(WireModel):
    """The exchange of the shared key, while the previous one is valid, too."""

    model_config = ConfigDict(from_attributes=True)

    begun_at: AwareDatetime = Field(description="When the api first ran with both keys.")
    previous_used_at: AwareDatetime | None = Field(
        description="When the previous key was last used, to within five minutes; null: not since then.",
    )


class Health(WireModel):
    """The server's state; members the database would tell are null while it is down."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "degraded",
                    "reasons": ["Ollama does not have the model llama3.1:8b"],
                    "version": "1.0.0",
                    "build": "1.0.0-9c41d7e 9c41d7e",
                    "uptime": "3d 4h 12m",
                    "driveCount": 29,
                    "lastAnalysis": "2026-07-11T18:09:31Z",
                    "components": {"api": "up", "mysql": "up", "ollama": "up", "ollamaModel": "not_loaded"},
                    "databaseFault": None,
                    "lastSync": {
                        "deviceId": "chi-eclipse-01",
                        "syncedAt": "2026-07-11T18:02:44.918204Z",
                        "batchId": "chi-eclipse-01-2026-07-11T18:02:44Z",
                    },
                    "schemaVersion": "0001",
                    "quarantinedRows": 0,
                    "pendingAnalyses": 0,
                    "pendingDrives": 1,
                    "deadJobs": 0,
                    "lastTrigger": {
                        "kind": "drive_facts",
                        "reason": "drive_end",
                        "deviceId": "chi-eclipse-01",
                        "epoch": 1,
                        "driveId": 33,
                        "state": "queued",
                        "decidedAt": "2026-07-11T18:02:44.918204Z",
                    },
                    "lastBackup": None,
                    "disk": {"freeBytes": 361000000000, "totalBytes": 480000000000},
                    "devices": [],
                    "services": [],
                    "restoreDrills": [],
                    "keyRotation": None,
                },
            ],
        },
    )
    status: Literal["healthy", "degraded", "unhealthy"] = Field(
        description="degraded: Ollama is down or lacks the model, or a service is silent; unhealthy: the database "
        "is down, damaged or full.",
    )
    reasons: list[str] = Field(description="Why it is not healthy; empty when it is.")
    version: str
    build: str | None = Field(description="Tag and source revision of the image that answers; null outside of one.")
    uptime: str = Field(description="Since the api started: days, hours, minutes.")
    drive_count: int | None = Field(description="Drives known.")
    last_analysis: AwareDatetime | None = Field(description="When the last analysis was finished.")
    components: Components
    database_fault: str | None = Field(
        description="Why the database cannot be relied on: damage, no room, a server that only reads; else null.",
    )
    last_sync: LastSync | None
    schema_version: str | None = Field(description="Revision of the database's schema.")
    quarantined_rows: int | None = Field(description="Rows put aside and not yet dealt with.")
    pending_analyses: int | None = Field(description="Analyses waiting or running.")
    pending_drives: int | None = Field(description="Drives whose facts wait to be computed again.")
    dead_jobs: int | None = Field(description="Jobs given up after repeated failure.")
    last_trigger: TriggerDecision | None
    last_backup: LastBackup | None
    disk: DiskState | None = Field(description="Room where backups are kept; null when it cannot be told.")
    devices: list[DeviceState] | None
    services: list[ServiceState] | None
    restore_drills: list[RestoreDrill] | None = Field(description="The last restore drill of each device.")
    key_rotation: KeyRotationState | None = Field(description="Null while there is one shared key.")
