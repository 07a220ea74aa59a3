"""What was asked of the analyzer and what it answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import SQLModel

from obd2_common.tables.columns import (
    TABLE_OPTIONS,
    json,
    key,
    key_number,
    long_text,
    moment,
    real,
    short_text,
    text,
    whole,
)


class Analysis(SQLModel, table=True):
    """One answer about one drive or window."""

    __tablename__ = "analyses"
    __table_args__ = (
        Index("ix_analyses_drive", "source_device", "source_epoch", "drive_key", "created_at"),
        Index("ix_analyses_created", "created_at"),
        TABLE_OPTIONS,
    )
    analysis_id: str = key(64)
    job_id: str | None = short_text(36)
    source_device: str | None = short_text()
    source_epoch: int | None = whole()
    drive_key: str | None = short_text(64)
    window_started_at: datetime | None = moment()
    window_ended_at: datetime | None = moment()
    trigger: str = short_text(32, required=True)
    request: dict[str, Any] | None = json()
    status: str = short_text(16, required=True)
    engine: str | None = short_text(16)
    model: str | None = short_text()
    message: str | None = text()
    facts_digest: str | None = short_text(64)
    created_at: datetime = moment(required=True)
    finished_at: datetime | None = moment()
    processing_time_ms: int | None = whole()


class Recommendation(SQLModel, table=True):
    """One recommendation of an analysis, best first.

    ``rule`` and ``signal`` name what it is about, so that the same on another drive is known again; of recommendations
    older than version 2 they are NULL. ``occurrences`` counts the drives that showed the same by then, this one
    included, since ``first_seen_at``.
    """

    __tablename__ = "recommendations"
    __table_args__ = TABLE_OPTIONS
    analysis_id: str = key(64)
    rank: int = key_number()
    category: str = short_text(32, required=True)
    confidence: float = real()
    recommendation: str = text()
    evidence: list[dict[str, Any]] | None = json()
    is_duplicate_of: str | None = short_text(96)
    """``<analysis_id>/<rank>`` of the earlier recommendation this one repeats."""
    rule: str | None = short_text(64)
    signal: str | None = short_text(96)
    severity: str | None = short_text(16)
    drive_started_at: datetime | None = moment()
    first_seen_at: datetime | None = moment()
    occurrences: int | None = whole(default=1)
    superseded_by: str | None = short_text(96)
    """``<analysis_id>/<rank>`` of the recommendation that says the same of a later drive, or anew of this one."""


class ModelCall(SQLModel, table=True):
    """The call of the language model behind an analysis, whole enough to be made again and reviewed.

    ``failure`` is NULL when the model answered. ``verdicts`` holds one entry per item of the reply: accepted, or the
    reason why not. ``usage`` holds the server's own token counts and durations.
    """

    __tablename__ = "model_calls"
    __table_args__ = TABLE_OPTIONS
    analysis_id: str = key(64)
    prompt_version: str = short_text(16, required=True)
    model: str = short_text(required=True)
    model_digest: str | None = short_text(128)
    system_message: str = text()
    user_message: str = text()
    response_schema: dict[str, Any] | None = json()
    options: dict[str, Any] | None = json()
    token_estimate: int = whole(required=True)
    evidence: list[dict[str, Any]] | None = json()
    dropped_evidence: list[str] | None = json()
    started_at: datetime = moment(required=True)
    waited_seconds: float = real()
    attempts: int = whole(required=True)
    raw_reply: str | None = long_text()
    usage: dict[str, Any] | None = json()
    verdicts: list[dict[str, Any]] | None = json()
    failure: str | None = short_text(32)
    failure_detail: str | None = text()
