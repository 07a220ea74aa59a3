"""The vehicle profiles somebody set, and the limits that follow for drives of a time."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from obd2_analyzer.profiles.effective import AppliedProfile, limits_of
from obd2_analyzer.profiles.profile import Profile, read_profile, shipped_profile
from obd2_analyzer.thresholds import Sections, Thresholds
from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.jobs.recompute import REASON_PROFILE, EraBounds, lock_device, recompute_period, repeat_running
from obd2_common.tables.operators import TuneEra, VehicleProfile

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ProfilePeriod:
    """The drives that one profile judges; ``row`` is None where none was set."""

    bounds: EraBounds
    row: VehicleProfile | None


@dataclass(frozen=True, slots=True)
class ProfileChoice:
    """What somebody sets: a profile with its text, or a shipped one without; from when on, and who."""

    source_device: str
    profile: Profile
    document: str | None
    begins_at: datetime | None
    chosen_by: str | None


def profile_history(session: Session, source_device: str) -> list[VehicleProfile]:
    """Return every profile that was ever set for a device, oldest first."""
    query = select(VehicleProfile).where(col(VehicleProfile.source_device) == source_device)
    return list(session.exec(query.order_by(col(VehicleProfile.chosen_at), col(VehicleProfile.profile_id))))


def profile_periods(session: Session, source_device: str) -> list[ProfilePeriod]:
    """Return which profile judges which drives, oldest first; of several from one moment on the last set counts."""
    return periods_of(profile_history(session, source_device))


def periods_of(rows: Sequence[VehicleProfile]) -> list[ProfilePeriod]:
    """Return the periods that profiles make, given in the order in which they were set."""
    chosen: dict[datetime | None, VehicleProfile | None] = {None: None, **{row.begins_at: row for row in rows}}
    starts = [None, *sorted(start for start in chosen if start is not None)]
    ends = [*starts[1:], None]
    return [ProfilePeriod(EraBounds(start, end), chosen[start]) for start, end in zip(starts, ends, strict=True)]


def limits_at(
    session: Session, source_device: str, started_at: datetime | None, operators: Sections
) -> tuple[Thresholds, AppliedProfile]:
    """Return the limits for the drive of a device that started at a moment, and where they come from."""
    begun = [
        period
        for period in profile_periods(session, source_device)
        if period.bounds.begins_at is None or (started_at is not None and period.bounds.begins_at <= started_at)
    ]
    return limits_of(source_device, profile_of(begun[-1].row), operators)


def profile_of(row: VehicleProfile | None) -> Profile | None:
    """Return the profile as set; None where none was, or where this version can no longer read it."""
    if row is None:
        return None
    if row.document is None:
        return shipped_profile(row.name)
    try:
        return read_profile(row.name, row.document)
    except InvalidInputError as error:
        log.error("profile_unusable", device_id=row.source_device, profile=row.name, reason=str(error))  # noqa: TRY400
        return None


def era_start(session: Session, source_device: str, name: str) -> datetime:
    """Return when an era of a device began.

    Raises:
        NotFoundError: the device has no era of that name.
    """
    era = session.get(TuneEra, (source_device, name))
    if era is None:
        raise NotFoundError(f"{source_device} has no era {name}; `obd2 eras list` shows those it has")
    return era.started_at


def set_profile(session: Session, choice: ProfileChoice, *, now: datetime) -> int:
    """Set a device's profile and have the drives it judges computed again; return how many those are.

    Raises:
        NotFoundError: no such device ever sent.
    """
    if not lock_device(session, choice.source_device):
        raise NotFoundError(f"no device {choice.source_device} has ever sent anything")
    row = VehicleProfile(
        profile_id=str(uuid.uuid4()),
        source_device=choice.source_device,
        begins_at=choice.begins_at,
        name=choice.profile.name,
        document=choice.document,
        chosen_at=now,
        chosen_by=choice.chosen_by,
    )
    session.add(row)
    session.flush()
    repeat_running(session, choice.source_device)
    period = next(
        each for each in profile_periods(session, choice.source_device) if each.bounds.begins_at == choice.begins_at
    )
    return recompute_period(session, choice.source_device, period.bounds, now=now, reason=REASON_PROFILE)
