"""The job that computes drives again after their rows changed, and asks for their analysis."""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from obd2_analyzer.context import Context
from obd2_analyzer.drive_facts import Surroundings, drive_facts
from obd2_analyzer.facts.derivation import ORIGIN_PI
from obd2_analyzer.facts.readings import Readings, datetime_of
from obd2_analyzer.repository import drives as drives_repository
from obd2_analyzer.repository import facts as facts_repository
from obd2_analyzer.repository import operators as operators_repository
from obd2_analyzer.repository import rows as rows_repository
from obd2_analyzer.repository import trouble_codes as codes_repository
from obd2_analyzer.repository.automatic_analyses import Cause, ask_for_analyses
from obd2_analyzer.repository.changes import FactChanges
from obd2_analyzer.repository.facts import ComputedDrive
from obd2_analyzer.repository.profiles import limits_at
from obd2_analyzer.repository.rows import Source
from obd2_analyzer.thresholds import Thresholds
from obd2_analyzer.unassigned_rows import PREMINT, Assignment, Premint, assign_rows, store_assignment
from obd2_common.clock import iso_z
from obd2_common.jobs import claims as jobs_repository
from obd2_common.jobs import queue as jobs
from obd2_common.jobs.claims import Claim
from obd2_common.jobs.recompute import (
    DRIVE_KEY,
    REASON_HISTORY,
    REASON_OUTDATED,
    REASON_PROFILE,
    lock_source,
    recompute_later,
)

log = structlog.get_logger(__name__)

RECEIVED_UNTIL = "received_until"
RECEIPT_MARGIN = timedelta(minutes=5)
"""Rows are stamped when their request comes and seen when it commits; so far back they are looked at again."""

REASON_COMPUTED = "drive_computed"


def compute_drives(context: Context, claim: Claim) -> None:
    """Compute what the job's rows belong to, store it and finish the job; nothing changes when the lease is lost.

    Raises:
        LeaseLostError: another worker has taken the job over.
        DatabaseUnavailableError: the database went away.
    """
    source = Source(claim.source_device or "", claim.source_epoch or 0)
    derived_key = claim.payload.get(DRIVE_KEY)
    if claim.drive_id:
        _compute_drive(context, claim, source, claim.drive_id)
    elif derived_key is not None:
        _compute_derived(context, claim, source, derived_key)
    else:
        _compute_unassigned(context, claim, source)


def _compute_drive(context: Context, claim: Claim, source: Source, drive_id: int) -> None:
    now = context.clock()
    computed = _load_and_compute(context, source, drive_id)
    assignment = None
    if computed is not None:
        assignment = _assign_around(context, source, computed)
        premint = assignment.premint.get(computed.drive_key, Premint()) if assignment else Premint()
        computed = replace(computed, premint_row_count=premint.row_count, premint_started_at=premint.started_at)

    def store(session: Session) -> FactChanges:
        changes = _begin(session, claim, source)
        if computed is None:
            facts_repository.remove_drives(session, source, [str(drive_id)], changes)
        else:
            facts_repository.store_drive(session, source, computed, changes, now=now)
        if assignment is not None:
            store_assignment(session, source, assignment, changes, now=now, except_key=str(drive_id))
        _follow_up(session, claim, source, changes, now=now)
        jobs_repository.finish(session, claim, result={"changed": changes.facts}, now=now)
        return changes

    changes = context.database.run(store)
    log.info(
        "drive_computed",
        device_id=source.source_device,
        epoch=source.source_epoch,
        drive_id=drive_id,
        rows=computed.facts.quality.row_count if computed else 0,
        changed=changes.facts,
    )


def _load_and_compute(context: Context, source: Source, drive_id: int) -> ComputedDrive | None:
    """Compute the facts of a drive with a Pi id from its stored rows; None when it has none."""

    def load(session: Session) -> tuple[Readings, Surroundings, Thresholds] | None:
        readings = rows_repository.rows_of_drive(session, source, drive_id)
        if not len(readings):
            return None
        window = readings.window
        started_at = None if window is None else datetime_of(window[0])
        thresholds, profile = limits_at(session, source.source_device, started_at, context.operator.sections)
        around = Surroundings(
            default_source=drives_repository.default_source(session, source),
            ambient_celsius=drives_repository.ambient_celsius(session, source, drive_id),
            history=drives_repository.load_history(session, source, str(drive_id), started_at, thresholds),
            drive_id=drive_id,
            code_rows=codes_repository.code_rows(session, source),
            profile=profile,
        )
        return readings, around, thresholds

    loaded = context.database.read(load)
    if loaded is None:
        return None
    return ComputedDrive(str(drive_id), drive_id, ORIGIN_PI, drive_facts(*loaded))


def _assign_around(context: Context, source: Source, computed: ComputedDrive) -> Assignment | None:
    """Assign the rows without drive id before a drive, and any derived drive whose rows may now be this one's."""
    judged = computed.facts.quality
    if judged.started_at is None or judged.ended_at is None:
        return None
    started_at, ended_at = datetime_of(judged.started_at), datetime_of(judged.ended_at)
    begin = started_at - PREMINT
    inside = context.database.read(
        lambda session: drives_repository.derived_drives_within(session, source, (begin, ended_at))
    )
    edges = [moment for drive in inside for moment in (drive.started_at, drive.ended_at) if moment is not None]
    stretch = (min([begin, *edges]), max([started_at, *edges]))
    return assign_rows(context, source, stretch, (computed.drive_key, started_at))


def _compute_derived(context: Context, claim: Claim, source: Source, drive_key: str) -> None:
    """Compute a drive without a Pi id again; late rows may have given it another key meanwhile."""
    drive = context.database.read(lambda session: drives_repository.find_drive(session, source, drive_key))
    if drive is not None and drive.started_at is not None and drive.ended_at is not None:
        assignment = assign_rows(context, source, (drive.started_at, drive.ended_at))
        _store_unassigned(context, claim, source, assignment)
    now = context.clock()
    context.database.run(lambda session: jobs_repository.finish(session, claim, result={}, now=now))


def _compute_unassigned(context: Context, claim: Claim, source: Source) -> None:
    now = context.clock()
    since = claim.previous_result.get(RECEIVED_UNTIL)
    received_since = None if since is None else datetime.fromisoformat(since) - RECEIPT_MARGIN
    if received_since is not None and received_since > now:
        received_since = None  # the clock was ahead: rows that came since are stamped before
    stretches = context.database.read(
        lambda session: rows_repository.changed_stretches(session, source, received_since)
    )
    assigned_until: datetime | None = None
    changed: list[str] = []
    for stretch in stretches:
        if assigned_until is None or stretch[1] > assigned_until:
            assignment = assign_rows(context, source, stretch)
            assigned_until = assignment.stretch[1]
            changed += _store_unassigned(context, claim, source, assignment)
    context.database.run(
        lambda session: jobs_repository.finish(
            session, claim, result={RECEIVED_UNTIL: iso_z(now), "changed": changed[-100:]}, now=context.clock()
        )
    )
    log.info(
        "unassigned_rows_assigned",
        device_id=source.source_device,
        epoch=source.source_epoch,
        stretches=len(stretches),
        changed=len(changed),
    )


def _store_unassigned(context: Context, claim: Claim, source: Source, assignment: Assignment) -> list[str]:
    now = context.clock()

    def store(session: Session) -> FactChanges:
        changes = _begin(session, claim, source)
        store_assignment(session, source, assignment, changes, now=now)
        _follow_up(session, claim, source, changes, now=now)
        return changes

    return context.database.run(store).facts


def _begin(session: Session, claim: Claim, source: Source) -> FactChanges:
    jobs_repository.confirm(session, claim)
    lock_source(session, source.source_device, source.source_epoch)
    return FactChanges()


def _follow_up(session: Session, claim: Claim, source: Source, changes: FactChanges, *, now: datetime) -> None:
    """Leave the work that changed facts call for in the transaction that changed them, so that none is missed."""
    # Another history or way of computing alone is worth an analysis only where it changed what is found.
    has_same_rows = claim.reason in {REASON_HISTORY, REASON_OUTDATED, REASON_PROFILE}
    drive_keys, priority = changes.facts, jobs.Priority.AUTOMATIC
    if has_same_rows:
        drive_keys, priority = changes.findings, jobs.Priority.BACKLOG
    ask_for_analyses(session, source, drive_keys, Cause(REASON_COMPUTED, priority), now=now)
    if changes.history_since is not None:
        recompute_later(session, source.source_device, source.source_epoch, changes.history_since, now=now)
    operators_repository.recompute_beside_reference(session, source, changes.facts, now=now)
