"""The documents of `/quarantine`."""

from datetime import datetime

from pydantic import Field

from obd2_api.schemas.wire import WireModel


class QuarantineEntry(WireModel):
    """A row that could not be stored in its table."""

    id: int = Field(description="Its number in the quarantine.")
    device_id: str
    epoch: int
    table: str = Field(description="The table it was sent for.")
    source_id: str | None = Field(description="The row's own key, if it has a usable one.")
    reason: str = Field(description="Why: not_finite, out_of_range, too_long, wrong_type, missing_key, unknown_table …")
    column: str | None = Field(description="The column at fault.")
    row: str = Field(description="The row word for word as it came, JSON as text; it need not be valid JSON.")
    receipt_id: str = Field(description="The request that brought it first.")
    batch_id: str
    received_at: datetime
    last_received_at: datetime
    times_received: int
    state: str = Field(description="open or discarded.")


class QuarantineList(WireModel):
    """A page of the quarantine."""

    total: int = Field(description="How many rows match, all pages together.")
    rows: list[QuarantineEntry]
    next_after: int | None = Field(description="Give this as `after` to get the next page; null on the last.")


class ReplayJob(WireModel):
    """Rows that are tried again, and what became of those tried so far."""

    replay_id: str
    state: str = Field(description="queued, running, done, or dead when it was given up.")
    stored: int = Field(description="Rows that are in their table now and left the quarantine.")
    kept: int = Field(description="Rows that still cannot be stored.")
    reasons: dict[str, int] = Field(description="Reason -> how many of those kept.")
    created_at: datetime
    finished_at: datetime | None


class ReplayOutcome(WireModel):
    """What became of rows that were tried again."""

    stored: int = Field(description="Rows that are in their table now and left the quarantine.")
    kept: int = Field(description="Rows that still cannot be stored.")
    reasons: dict[str, int] = Field(description="Reason -> how many of those kept.")
