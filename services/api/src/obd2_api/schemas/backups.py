"""Backups as the api lists them."""

from pydantic import AwareDatetime, ConfigDict, Field

from obd2_api.schemas.wire import DeviceId, WireModel


class BackupItem(WireModel):
    """One received file."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "backupId": "0b0f7a52-5f0e-4f35-8a52-1f3f0e9a7c11",
                    "deviceId": "chi-eclipse-01",
                    "type": "database",
                    "originalName": "obd.db.gz",
                    "filename": "obd-2026-07-11T18-20-05.db.gz",
                    "path": "chi-eclipse-01/database/obd-2026-07-11T18-20-05.db.gz",
                    "sizeBytes": 63210455,
                    "sha256": "4be0a1",
                    "state": "stored",
                    "verification": "ok",
                    "verificationDetail": None,
                    "receivedAt": "2026-07-11T18:20:05.120044Z",
                    "storedAt": "2026-07-11T18:20:06.884120Z",
                    "verifiedAt": "2026-07-11T18:20:06.880012Z",
                    "rotatedAt": None,
                    "duplicateOf": None,
                    "replicatedAt": None,
                    "keptBecause": ["last 1 of 30", "newest", "newest verified"],
                    "goesNext": False,
                },
            ],
        },
    )
    backup_id: str
    device_id: DeviceId
    type: str = Field(description="database, logs or config.")
    original_name: str = Field(description="The name it was sent under.")
    filename: str = Field(description="The name it is kept under.")
    path: str = Field(description="Where it lies, relative to the vault.")
    size_bytes: int
    sha256: str
    state: str = Field(
        description="spooled (received), stored (in the vault), rotating, rotated (deleted by retention), missing.",
    )
    verification: str = Field(description="pending, ok, damaged or unchecked; a damaged file is kept all the same.")
    verification_detail: str | None = Field(description="What the check found.")
    received_at: AwareDatetime
    stored_at: AwareDatetime | None
    verified_at: AwareDatetime | None
    rotated_at: AwareDatetime | None
    duplicate_of: str | None = Field(description="The backup whose content this one shares on the disk.")
    replicated_at: AwareDatetime | None = Field(description="Since when it has a second copy.")
    kept_because: list[str] | None = Field(
        description="The rules that kept it when its device and type were last looked through; null before that."
    )
    goes_next: bool | None = Field(
        description="Whether it is expected to go when the next backup of its device and type comes; null before that."
    )


class BackupList(WireModel):
    """A page of backups, latest first."""

    backups: list[BackupItem]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last.")
