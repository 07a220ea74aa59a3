"""Decides which drive the rows without drive id belong to, over the whole runs around a stretch of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from obd2_analyzer.context import Context
from obd2_analyzer.drive_facts import Surroundings, drive_facts
from obd2_analyzer.facts.derivation import PREMINT_SECONDS, DerivedDrive, EventWindow, assign_unassigned
from obd2_analyzer.facts.readings import Integers, Readings, datetime_of
from obd2_analyzer.repository import drives as drives_repository
from obd2_analyzer.repository import facts as facts_repository
from obd2_analyzer.repository import operators as operators_repository
from obd2_analyzer.repository import rows as rows_repository
from obd2_analyzer.repository import trouble_codes as codes_repository
from obd2_analyzer.repository.changes import FactChanges
from obd2_analyzer.repository.facts import ComputedDrive
from obd2_analyzer.repository.profiles import limits_at
from obd2_analyzer.repository.rows import Source
from obd2_analyzer.thresholds import Thresholds

PREMINT = timedelta(seconds=PREMINT_SECONDS)
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Premint:
    """The rows that precede a drive."""

    row_count: int = 0
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the rows without drive id in a stretch of time amount to.

    ``premint`` names every drive that starts in the stretch, also those without pre-mint rows.
    """

    stretch: Stretch
    premint: Mapping[str, Premint]
    derived: Sequence[ComputedDrive]


@dataclass(frozen=True, slots=True, eq=False)
class _Region:
    stretch: Stretch
    readings: Readings
    starts: Mapping[str, datetime]
    windows: Sequence[EventWindow]


def assign_rows(
    context: Context, source: Source, stretch: Stretch, own_start: tuple[str, datetime] | None = None
) -> Assignment:
    """Decide which drives the rows of a stretch of time belong to, from what is stored.

    Args:
        context: database and limits.
        source: whose rows.
        stretch: where rows changed; the whole runs that touch it are looked at.
        own_start: key and start of a drive just computed but not stored yet.
    """
    region = context.database.read(lambda session: _load(session, source, stretch, own_start))
    readings = region.readings
    starts = {key: start.timestamp() for key, start in region.starts.items()}
    unassigned = assign_unassigned(readings, starts, region.windows)
    premint = {
        key: _premint(readings, unassigned.premint[key]) if key in unassigned.premint else Premint() for key in starts
    }
    derived = [_computed(context, source, readings, drive) for drive in unassigned.derived]
    return Assignment(region.stretch, premint, derived)


def store_assignment(
    session: Session,
    source: Source,
    assignment: Assignment,
    changes: FactChanges,
    *,
    now: datetime,
    except_key: str | None = None,
) -> None:
    """Write an assignment. Call `lock_source` first.

    Args:
        session: in a transaction.
        source: whose rows.
        assignment: what to write.
        changes: is told what that changed.
        now: when it was computed.
        except_key: a drive that is stored by the caller, pre-mint rows and all.
    """
    known = drives_repository.derived_drives_within(session, source, assignment.stretch)
    kept = {computed.drive_key for computed in assignment.derived}
    gone = [drive for drive in known if drive.drive_key not in kept]
    facts_repository.remove_drives(session, source, [drive.drive_key for drive in gone], changes)
    for computed in assignment.derived:
        facts_repository.store_drive(session, source, computed, changes, now=now)
    for drive in gone:
        successors = [
            computed.drive_key
            for computed in assignment.derived
            if _shares_a_moment(computed, drive.started_at, drive.ended_at)
        ]
        operators_repository.pass_on_marks(session, source, drive, successors)
    for key, premint in assignment.premint.items():
        if key != except_key:
            facts_repository.store_premint(
                session, source, key, row_count=premint.row_count, started_at=premint.started_at
            )


def _load(session: Session, source: Source, stretch: Stretch, own_start: tuple[str, datetime] | None) -> _Region:
    runs = rows_repository.whole_runs(session, source, stretch)
    whole = stretch if runs is None else (min(stretch[0], runs[0]), max(stretch[1], runs[1]))
    starting = (whole[0], whole[1] + PREMINT)
    starts = drives_repository.pi_drives_starting(session, source, starting)
    if own_start is not None:
        starts[own_start[0]] = own_start[1]
    return _Region(
        whole,
        rows_repository.unassigned_rows(session, source, whole),
        starts,
        rows_repository.logged_drives(session, source, whole),
    )


def _computed(context: Context, source: Source, readings: Readings, drive: DerivedDrive) -> ComputedDrive:
    own = readings.take(drive.rows)
    window = own.window
    started_at = None if window is None else datetime_of(window[0])

    def surroundings(session: Session) -> tuple[Surroundings, Thresholds]:
        thresholds, profile = limits_at(session, source.source_device, started_at, context.operator.sections)
        around = Surroundings(
            default_source=drives_repository.default_source(session, source),
            history=drives_repository.load_history(session, source, drive.drive_key, started_at, thresholds),
            code_rows=codes_repository.code_rows(session, source),
            profile=profile,
        )
        return around, thresholds

    facts = drive_facts(own, *context.database.read(surroundings))
    return ComputedDrive(drive.drive_key, None, drive.origin, facts)


def _premint(readings: Readings, rows: Integers) -> Premint:
    return Premint(len(rows), datetime_of(float(readings.times[rows].min())))


def _shares_a_moment(computed: ComputedDrive, started_at: datetime | None, ended_at: datetime | None) -> bool:
    judged = computed.facts.quality
    if None in (started_at, ended_at, judged.started_at, judged.ended_at):
        return False
    return datetime_of(judged.started_at) <= ended_at and datetime_of(judged.ended_at) >= started_at  # type: ignore[arg-type, operator]
