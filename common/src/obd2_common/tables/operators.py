"""What operators know about a car and its drives, and no row tells."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from obd2_common.tables.columns import TABLE_OPTIONS, key, key_number, moment, real, short_text, text, whole


class TuneEra(SQLModel, table=True):
    """A time from which on a device's car has another engine computer or tune; baselines never reach across.

    It ends where the device's next one begins. What lies before the first has no name.
    """

    __tablename__ = "tune_eras"
    __table_args__ = (UniqueConstraint("source_device", "started_at", name="uq_tune_eras_start"), TABLE_OPTIONS)
    source_device: str = key()
    name: str = key(64)
    started_at: datetime = moment(required=True)
    note: str | None = text()
    created_at: datetime = moment(required=True)


class ReferenceDrive(SQLModel, table=True):
    """The drive against which an operator wants fuel trims and timing of its era measured.

    Of several in one era, the one chosen last counts.
    """

    __tablename__ = "reference_drives"
    __table_args__ = TABLE_OPTIONS
    source_device: str = key()
    source_epoch: int = key_number()
    drive_key: str = key(64)
    chosen_at: datetime = moment(required=True)


class VehicleProfile(SQLModel, table=True):
    """A vehicle profile somebody set for a device, for its drives from a moment on; nothing is ever changed here.

    ``document`` is the profile's TOML, NULL for one that comes with the program; ``begins_at`` is NULL from the first
    drive on. Of several with one begin the one chosen last counts.
    """

    __tablename__ = "vehicle_profiles"
    __table_args__ = (Index("ix_vehicle_profiles_device", "source_device", "chosen_at"), TABLE_OPTIONS)
    profile_id: str = key(36)
    source_device: str = short_text(required=True)
    begins_at: datetime | None = moment()
    name: str = short_text(32, required=True)
    document: str | None = text()
    chosen_at: datetime = moment(required=True)
    chosen_by: str | None = short_text(64)


class DriveAnnotation(SQLModel, table=True):
    """A note of an operator about a drive; it never reaches the language model."""

    __tablename__ = "drive_annotations"
    __table_args__ = (
        Index("ix_drive_annotations_drive", "source_device", "source_epoch", "drive_key", "created_at"),
        TABLE_OPTIONS,
    )
    annotation_id: str = key(36)
    source_device: str = short_text(required=True)
    source_epoch: int = whole(required=True)
    drive_key: str = short_text(64, required=True)
    note: str | None = text()
    created_at: datetime = moment(required=True)


class AdviceDecision(SQLModel, table=True):
    """What an operator decided about everything a rule says of one signal; the latest counts, none is ever changed.

    ``decision`` is done, dismissed or open, which takes the one before back. ``severity``, ``value`` and ``threshold``
    are those of the recommendation it was taken about. What no rule names is a group of its own: ``signal`` is then
    ``<analysis_id>/<rank>`` and ``rule`` empty.
    """

    __tablename__ = "advice_decisions"
    __table_args__ = (
        Index("ix_advice_decisions_group", "source_device", "rule", "signal", "decided_at"),
        TABLE_OPTIONS,
    )
    decision_id: str = key(36)
    source_device: str = short_text(required=True)
    rule: str = short_text(64, required=True)
    signal: str = short_text(96, required=True)
    decision: str = short_text(16, required=True)
    reason: str | None = text()
    severity: str | None = short_text(16)
    value: float | None = real()
    threshold: float | None = real()
    decided_at: datetime = moment(required=True)
    decided_by: str = short_text(64, required=True)
