"""Loads what an analysis request is about: one drive's rows, or those of every drive in a window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session

from obd2_analyzer.advice.adviser import AdviceTask, DriveSubject
from obd2_analyzer.drive_facts import DriveFacts, Surroundings
from obd2_analyzer.facts.derivation import derive_drives
from obd2_analyzer.facts.quality import FLAG_OVERLAP
from obd2_analyzer.facts.readings import Readings, datetime_of
from obd2_analyzer.repository import drives as drives_repository
from obd2_analyzer.repository import rows as rows_repository
from obd2_analyzer.repository import trouble_codes as codes_repository
from obd2_analyzer.repository.profiles import limits_at
from obd2_analyzer.repository.rows import Source
from obd2_analyzer.thresholds import Sections, Thresholds
from obd2_common.jobs.analysis import AnalysisRequest


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Rows to be judged as one drive, and what surrounds them."""

    source: Source
    drive_key: str
    readings: Readings
    around: Surroundings
    thresholds: Thresholds
    is_overlapping: bool = False


def load_subjects(session: Session, request: AnalysisRequest, operators: Sections) -> list[Subject]:
    """Return what a request is about, nothing when there are no rows; each with the limits for its car and time."""
    if request.source_device is None:
        return []
    if request.window_started_at is not None and request.window_ended_at is not None:
        return _of_window(session, request, operators)
    return _of_drive(session, request, operators)


def advice_task(request: AnalysisRequest, subjects: Sequence[Subject], facts: Sequence[DriveFacts]) -> AdviceTask:
    """Return what is to be advised on: the facts of the subjects, and what the request says about them."""
    drives = zip(subjects, facts, strict=True)
    return AdviceTask(
        subjects=tuple(DriveSubject(subject.drive_key, known) for subject, known in drives),
        parameters=request.parameters,
        focus_areas=request.focus_areas,
    )


def _of_drive(session: Session, request: AnalysisRequest, operators: Sections) -> list[Subject]:
    drive_key = request.drive_key or str(request.drive_id)
    source = _source(session, request, drive_key)
    if source is None:
        return []
    drive = drives_repository.find_drive(session, source, drive_key)
    drive_id = request.drive_id if drive is None else drive.drive_id
    if drive_id:
        readings = rows_repository.rows_of_drive(session, source, drive_id)
    elif drive is not None and drive.first_source_id is not None and drive.last_source_id is not None:
        readings = rows_repository.rows_of_run(session, source, drive.first_source_id, drive.last_source_id)
    else:
        return []
    is_overlapping = drive is not None and FLAG_OVERLAP in (drive.flags or ())
    found = _subject(session, source, drive_key, readings, operators, drive_id=drive_id, is_overlapping=is_overlapping)
    if request.profile_id is None:
        return [found]
    chosen = found.readings.take(found.readings.profiles.equals(request.profile_id))
    return [replace(found, readings=chosen)]


def _of_window(session: Session, request: AnalysisRequest, operators: Sections) -> list[Subject]:
    found: list[Subject] = []
    window = request.window_started_at, request.window_ended_at
    if request.source_device is None or window[0] is None or window[1] is None:
        return found
    for source in drives_repository.epochs_of(session, request.source_device):
        if request.source_epoch not in (None, source.source_epoch):
            continue
        span = (window[0], window[1])
        readings = rows_repository.rows_in_window(session, source, span, profile_id=request.profile_id)
        if not len(readings):
            continue
        drives = derive_drives(readings, rows_repository.logged_drives(session, source, span))
        groups = [(drive.drive_key, drive.drive_id, drive.rows) for drive in drives]
        # Rows that make no drive are still what was asked about.
        for drive_key, drive_id, rows in groups or [("", None, np.arange(len(readings)))]:
            part = readings.take(rows)
            found.append(_subject(session, source, drive_key, part, operators, drive_id=drive_id))
    return found


def _subject(
    session: Session,
    source: Source,
    drive_key: str,
    readings: Readings,
    operators: Sections,
    *,
    drive_id: int | None,
    is_overlapping: bool = False,
) -> Subject:
    window = readings.window
    started_at = None if window is None else datetime_of(window[0])
    thresholds, profile = limits_at(session, source.source_device, started_at, operators)
    around = Surroundings(
        default_source=drives_repository.default_source(session, source),
        ambient_celsius=drives_repository.ambient_celsius(session, source, drive_id) if drive_id else None,
        history=drives_repository.load_history(session, source, drive_key, started_at, thresholds),
        drive_id=drive_id,
        code_rows=codes_repository.code_rows(session, source),
        profile=profile,
    )
    return Subject(source, drive_key, readings, around, thresholds, is_overlapping)


def _source(session: Session, request: AnalysisRequest, drive_key: str) -> Source | None:
    """Return the epoch asked for, else the latest that has the drive, else the latest."""
    if request.source_device is None:
        return None
    if request.source_epoch is not None:
        return Source(request.source_device, request.source_epoch)
    epochs = drives_repository.epochs_of(session, request.source_device)[::-1]
    having = [source for source in epochs if drives_repository.find_drive(session, source, drive_key) is not None]
    return next(iter([*having, *epochs]), None)
