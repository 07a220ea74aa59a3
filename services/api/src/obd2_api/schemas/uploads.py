"""The receipt of an uploaded backup."""

from typing import Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field

from obd2_api.schemas.wire import WireModel
from obd2_common.tables.backups import Backup


class BackupReceipt(WireModel):
    """The file is safe with the server: every byte, its name and its record are on the disk."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "filename": "obd-2026-07-11T18-20-05-118204.db.gz",
                    "storedAt": "2026-07-11T18:20:05.472113Z",
                    "sizeBytes": 63_210_455,
                    "path": "chi-eclipse-01/database/obd-2026-07-11T18-20-05-118204.db.gz",
                    "bytes": 63_210_455,
                    "rotated": 1,
                    "sha256": "4be03f9b1c6c2f2b1d9a8c5d7e6f80123456789abcdef0123456789abcdef012",
                    "verification": "ok",
                },
            ],
        },
    )
    status: Literal["ok"] = Field(default="ok", description="Always ok; a refused upload is a problem document.")
    filename: str = Field(description="The name it is kept under: the sent name with the time of receipt (UTC).")
    stored_at: AwareDatetime = Field(
        description="When it was put in the vault; while that is pending, when it was received in full.",
    )
    size_bytes: int = Field(description="Size of the file.")
    path: str = Field(description="Its place in the vault.")
    bytes: int = Field(description="The same as sizeBytes.")
    rotated: int = Field(description="How many older backups left the same device and type for it.")
    sha256: str = Field(description="SHA-256 of the file, hexadecimal.")
    verification: Literal["pending", "ok", "damaged", "unchecked"] = Field(
        description="What the check found; pending when it had not ended yet. A damaged file is kept all the same.",
    )
    duplicate_of: str | None = Field(
        default=None,
        description="Only when the content is kept already: the id of the backup whose bytes this one shares.",
    )

    @classmethod
    def of(cls, backup: Backup) -> Self:
        """Return the receipt of a recorded backup."""
        return cls.model_validate(
            {
                "filename": backup.filename,
                "stored_at": backup.stored_at or backup.received_at,
                "size_bytes": backup.size_bytes,
                "path": backup.path,
                "bytes": backup.size_bytes,
                "rotated": backup.rotated_count or 0,
                "sha256": backup.sha256,
                "verification": backup.verification,
                "duplicate_of": backup.duplicate_of,
            },
        )
