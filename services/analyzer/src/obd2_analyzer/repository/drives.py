"""Reads what is known about drives and their surroundings."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, select
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from obd2_analyzer.facts.derivation import ORIGIN_DERIVED, ORIGIN_PI
from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.facts.history import History, PastDrive, PastStatistic
from obd2_analyzer.repository.rows import Source, of_source
from obd2_analyzer.thresholds import Thresholds
from obd2_common.jobs.recompute import EraBounds, era_at
from obd2_common.tables.devices import Device, DeviceEpoch
from obd2_common.tables.drives import Drive, DriveStatistic, Finding
from obd2_common.tables.operators import ReferenceDrive
from obd2_common.tables.synced import DriveSummary

DRIVES: Table = Drive.__table__  # type: ignore[attr-defined]
STATISTICS: Table = DriveStatistic.__table__  # type: ignore[attr-defined]
FINDINGS: Table = Finding.__table__  # type: ignore[attr-defined]
REFERENCES: Table = ReferenceDrive.__table__  # type: ignore[attr-defined]
IS_REFERENCE = and_(*(DRIVES.c[key.name] == key for key in REFERENCES.primary_key.columns))
"""Joins a drive with the row that makes it a reference."""
CANDIDATES_PER_DRIVE = 4
"""How many earlier drives are looked at for each one wanted, since some are flagged or too short."""


def is_drive(table: Table, source: Source, drive_key: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that choose one drive's rows in a table keyed by drive."""
    return (*of_source(table, source), table.c.drive_key == drive_key)


def find_drive(session: Session, source: Source, drive_key: str) -> Drive | None:
    """Return one drive as stored."""
    # Rows are written by statements the session does not follow: always look at the database.
    return session.get(Drive, (source.source_device, source.source_epoch, drive_key), populate_existing=True)


def default_source(session: Session, source: Source) -> str | None:
    """Return what rows of this device are that do not say so themselves, None when nobody knows."""
    device = session.get(Device, source.source_device)
    return None if device is None else device.default_data_source


def epochs_of(session: Session, source_device: str) -> list[Source]:
    """Return every life of a device's database, oldest first."""
    query = select_rows(DeviceEpoch).where(col(DeviceEpoch.source_device) == source_device)
    found = session.exec(query.order_by(col(DeviceEpoch.source_epoch)))
    return [Source(epoch.source_device, epoch.source_epoch) for epoch in found]


def all_sources(session: Session) -> list[Source]:
    """Return the open epoch of every device."""
    query = select_rows(Device).order_by(col(Device.source_device))
    return [Source(device.source_device, device.open_epoch) for device in session.exec(query)]


def ambient_celsius(session: Session, source: Source, drive_id: int) -> float | None:
    """Return the outside temperature the Pi noted at the drive's start."""
    summary = session.get(DriveSummary, (source.source_device, source.source_epoch, drive_id))
    return None if summary is None else summary.ambient_temp_at_start_c


def pi_drives_starting(session: Session, source: Source, window: tuple[datetime, datetime]) -> dict[str, datetime]:
    """Return key and start of the drives with an id that start in a stretch of time."""
    query = select(DRIVES.c.drive_key, DRIVES.c.started_at).where(
        *of_source(DRIVES, source), DRIVES.c.origin == ORIGIN_PI, DRIVES.c.started_at.between(*window)
    )
    return {row.drive_key: row.started_at for row in session.connection().execute(query)}


def derived_drives_within(session: Session, source: Source, window: tuple[datetime, datetime]) -> list[Drive]:
    """Return the derived drives that share any moment with a stretch of time."""
    query = select_rows(Drive).where(
        *of_source(DRIVES, source),
        col(Drive.origin) == ORIGIN_DERIVED,
        col(Drive.started_at) <= window[1],
        col(Drive.ended_at) >= window[0],
    )
    return list(session.exec(query))


def load_history(
    session: Session, source: Source, drive_key: str, started_at: datetime | None, thresholds: Thresholds
) -> History:
    """Return the earlier drives this one may be compared with, and the operator's reference drive.

    Earlier drives are of the same device, epoch and era, computed, real, without any flag, long enough and not held
    out: the newest, and the first of the era in which nothing was found above WATCH. A drive whose start is
    unknown has none.
    """
    if started_at is None:
        return History()
    limits = thresholds.history
    era = era_at(session, source.source_device, started_at)
    query = select(DRIVES.c.drive_key, DRIVES.c.started_at, DRIVES.c.flags).where(
        *of_source(DRIVES, source),
        DRIVES.c.drive_key != drive_key,
        DRIVES.c.started_at < started_at,
        DRIVES.c.is_real.is_(True),
        DRIVES.c.is_held_out.is_(False),
        DRIVES.c.duration_seconds >= limits.minimum_drive_seconds,
    )
    if era.begins_at is not None:
        query = query.where(DRIVES.c.started_at >= era.begins_at)
    found, oldest = (
        [
            (key, start)
            for key, start, flags in session.connection().execute(
                query.order_by(order, DRIVES.c.drive_key).limit(count * CANDIDATES_PER_DRIVE)
            )
            if not flags
        ]
        for order, count in (
            (DRIVES.c.started_at.desc(), limits.maximum_drives),
            (DRIVES.c.started_at, limits.baseline_drives * CANDIDATES_PER_DRIVE),
        )
    )
    newest = found[: limits.maximum_drives][::-1]
    first = oldest[: limits.baseline_drives * CANDIDATES_PER_DRIVE]
    reference_key = reference_key_of(session, source, era)
    wanted = {key for key, _ in (*newest, *first)} | ({reference_key} if reference_key else set())
    statistics = past_statistics(session, source, wanted - {drive_key})
    found_by = findings_by_drive(session, source, wanted)
    accused = {key for key, found in found_by.items() if is_accused(found)}

    def past(key: str, start: datetime) -> PastDrive:
        rules = frozenset(found_by.get(key, ()))
        return PastDrive(key, start.timestamp(), statistics.get(key, {}), key not in accused, rules)

    drives = tuple(past(key, start) for key, start in newest)
    reference = None
    if reference_key in statistics:
        reference = PastDrive(reference_key, 0.0, statistics[reference_key])
    return History(drives, reference, tuple(past(key, start) for key, start in first if key not in accused))


def findings_by_drive(session: Session, source: Source, keys: Collection[str]) -> dict[str, dict[str, Severity]]:
    """Return the rules that found something in drives, each with the severest it found, by drive key."""
    found: dict[str, dict[str, Severity]] = {}
    if keys:
        query = select(FINDINGS.c.drive_key, FINDINGS.c.rule, FINDINGS.c.severity).where(
            *of_source(FINDINGS, source), FINDINGS.c.drive_key.in_(sorted(keys))
        )
        for key, rule, name in session.connection().execute(query):
            rules, severity = found.setdefault(key, {}), Severity[name]
            rules[rule] = max(severity, rules.get(rule, severity))
    return found


def is_accused(found: Mapping[str, Severity]) -> bool:
    """Tell whether anything was found above WATCH."""
    return any(severity > Severity.WATCH for severity in found.values())


def reference_key_of(session: Session, source: Source, era: EraBounds) -> str | None:
    """Return the key of the drive an operator chose as reference of an era, last if there are several."""
    query = (
        select(REFERENCES.c.drive_key)
        .join(DRIVES, IS_REFERENCE)
        .where(*of_source(DRIVES, source), *era.conditions(DRIVES.c.started_at))
        .order_by(REFERENCES.c.chosen_at.desc(), REFERENCES.c.drive_key)
    )
    found: str | None = session.connection().execute(query.limit(1)).scalar()
    return found


def past_statistics(
    session: Session, source: Source, keys: Collection[str]
) -> dict[str, dict[tuple[str, str], PastStatistic]]:
    """Return what drives contribute to the history of later ones, by drive key and (parameter, scope)."""
    if not keys:
        return {}
    table = STATISTICS.c
    query = select(
        table.drive_key,
        table.parameter_name,
        table.scope,
        table.avg_value,
        table.std_value,
        table.sample_count,
        table.covered_seconds,
    ).where(
        *of_source(STATISTICS, source),
        table.drive_key.in_(sorted(keys)),
    )
    found: dict[str, dict[tuple[str, str], PastStatistic]] = {}
    for key, parameter, scope, mean, sigma, count, seconds in session.connection().execute(query):
        if mean is not None and sigma is not None:
            found.setdefault(key, {})[parameter, scope] = PastStatistic(mean, sigma, count, seconds or 0.0)
    return found
