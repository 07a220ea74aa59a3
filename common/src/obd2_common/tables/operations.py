"""What the operator publishes and what the services tell about themselves."""

from datetime import datetime
from typing import Any

from sqlmodel import SQLModel

from obd2_common.tables.columns import TABLE_OPTIONS, json, key, moment, short_text, text


class Release(SQLModel, table=True):
    """A release of the Pi's software that the operator has published."""

    __tablename__ = "releases"
    __table_args__ = TABLE_OPTIONS
    version: str = key(32)
    released_at: datetime = moment(required=True)
    git_hash: str = short_text(64, required=True)
    theme: str = short_text(64, required=True)
    description: str = text()
    published_at: datetime = moment(required=True)


class ServiceHeartbeat(SQLModel, table=True):
    """The last sign of life of one running service."""

    __tablename__ = "service_heartbeats"
    __table_args__ = TABLE_OPTIONS
    service: str = key(32)
    instance: str = key(128)
    version: str = short_text(32, required=True)
    started_at: datetime = moment(required=True)
    beat_at: datetime = moment(required=True)
    details: dict[str, Any] | None = json()


class ScheduledRun(SQLModel, table=True):
    """One turn of a task that is due once a night, whichever process took it.

    ``slot`` names the night, so that no turn is taken twice and a missed one is seen. ``outcome`` is running, ok or
    failed.
    """

    __tablename__ = "scheduled_runs"
    __table_args__ = TABLE_OPTIONS
    task: str = key(32)
    slot: str = key(32)
    instance: str = short_text(128, required=True)
    started_at: datetime = moment(required=True)
    finished_at: datetime | None = moment()
    outcome: str = short_text(16, required=True)
    details: dict[str, Any] | None = json()
