"""The state of an upload that comes in several connections."""

from typing import Literal

from pydantic import AwareDatetime, Field

from obd2_api.schemas.wire import WireModel


class UploadState(WireModel):
    """How far an upload is; the headers say the same."""

    upload_id: str = Field(description="Also the id of the backup it becomes.")
    state: Literal["open", "complete"]
    offset: int = Field(description="Bytes that are safe; the next part begins here.", examples=[1048576])
    length: int = Field(description="Bytes in all.", examples=[63210455])
    expires_at: AwareDatetime = Field(description="Until when an open upload may rest.")
