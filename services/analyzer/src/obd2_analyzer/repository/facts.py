"""Writes what was computed about drives: the old gives way to the new in one transaction."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, insert, select, update
from sqlmodel import Session

from obd2_analyzer.drive_facts import DriveFacts, facts_digest, overlapped
from obd2_analyzer.facts.readings import datetime_of
from obd2_analyzer.facts.trends import Trend
from obd2_analyzer.repository.changes import FactChanges, contribution, stored_drive
from obd2_analyzer.repository.curves import remove_curves, replace_curves
from obd2_analyzer.repository.drives import DRIVES, FINDINGS, STATISTICS, is_drive
from obd2_analyzer.repository.overlaps import OwnRows, overlapping_drives, update_neighbours
from obd2_analyzer.repository.rows import Source
from obd2_analyzer.rules import RULES
from obd2_common.clock import iso_z
from obd2_common.db import dialect
from obd2_common.tables.drives import DriveTroubleCode

CODES: Table = DriveTroubleCode.__table__  # type: ignore[attr-defined]
KEY = ("source_device", "source_epoch", "drive_key")
OPERATORS = frozenset({"is_held_out", "hold_reason"})
"""Columns a person fills in; computing a drive again leaves them alone."""

STATE_COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class ComputedDrive:
    """One drive and its facts, ready to be stored."""

    drive_key: str
    drive_id: int | None
    origin: str
    facts: DriveFacts
    premint_row_count: int = 0
    premint_started_at: datetime | None = None


def store_drive(
    session: Session, source: Source, computed: ComputedDrive, changes: FactChanges, *, now: datetime
) -> None:
    """Replace everything stored about a drive. Call `lock_source` first.

    Args:
        session: in a transaction.
        source: whose drive.
        computed: what to store.
        changes: is told what that changed.
        now: when it was computed.
    """
    key = computed.drive_key
    before = stored_drive(session, source, key)
    contributed, found = contribution(session, source, before), _found(session, source, key)
    judged = computed.facts.quality
    window = _window(judged.started_at, judged.ended_at)
    own = OwnRows(computed.drive_id, judged.first_source_id, judged.last_source_id)
    overlaps = [] if window is None else overlapping_drives(session, source, key, own, window)
    facts = overlapped(computed.facts) if overlaps else computed.facts
    stamps = {
        "overlaps_with": overlaps,
        "facts_digest": facts_digest(facts),
        "facts_version": facts.facts_version,
        "computed_at": now,
    }
    _upsert_drive(session, source, computed, facts, stamps)
    _replace_statistics(session, source, key, facts)
    _replace_findings(session, source, key, facts)
    _replace_codes(session, source, key, facts)
    replace_curves(session, source, key, facts.signals)
    overlapped_before = (before["overlaps_with"] or []) if before else []
    spoiled = [] if before and before["is_held_out"] else overlaps
    update_neighbours(session, source, key, changes, before=overlapped_before, after=spoiled)
    changes.note_contribution(contributed, contribution(session, source, stored_drive(session, source, key)))
    if before is None or before["facts_digest"] != stamps["facts_digest"]:
        changes.facts.append(key)
    if before is None or found != _found(session, source, key):
        changes.findings.append(key)


def remove_drives(session: Session, source: Source, drive_keys: Iterable[str], changes: FactChanges) -> None:
    """Delete drives that their rows no longer make; analyses made of them stay. Call `lock_source` first."""
    for drive_key in drive_keys:
        drive = stored_drive(session, source, drive_key)
        if drive is None:
            continue
        changes.note_contribution(contribution(session, source, drive), None)
        update_neighbours(session, source, drive_key, changes, before=drive["overlaps_with"] or [], after=[])
        for table in (CODES, FINDINGS, STATISTICS, DRIVES):
            session.connection().execute(delete(table).where(*is_drive(table, source, drive_key)))
        remove_curves(session, source, drive_key)


def store_premint(
    session: Session, source: Source, drive_key: str, *, row_count: int, started_at: datetime | None
) -> None:
    """Record the rows that precede a drive already stored."""
    session.connection().execute(
        update(DRIVES)
        .where(*is_drive(DRIVES, source, drive_key))
        .values(premint_row_count=row_count, premint_started_at=started_at)
    )


def history_document(facts: DriveFacts) -> dict[str, Any]:
    """Return how a drive compares with earlier ones, as JSON."""
    return {
        "prior_drive_count": facts.prior_drive_count,
        "comparisons": [asdict(comparison) for comparison in facts.comparisons],
        "anomalies": [asdict(anomaly) for anomaly in facts.anomalies],
        "trends": [_trend_document(trend) for trend in facts.trends],
        "correlations": [asdict(correlation) for correlation in facts.correlations],
        "rejected": dict(facts.statistics.rejected),
    }


def _trend_document(trend: Trend) -> dict[str, Any]:
    moments = {
        name: iso_z(at) if at else None for name, at in (("first_at", trend.first_at), ("last_at", trend.last_at))
    }
    return {**asdict(trend), **moments}


def without_infinities(document: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a JSON document with null in place of numbers that neither JSON nor a DOUBLE column can hold."""
    if isinstance(document, float) and not math.isfinite(document):
        return None
    if isinstance(document, dict):
        return {name: without_infinities(value) for name, value in document.items()}
    if isinstance(document, list):
        return [without_infinities(value) for value in document]
    return document


def _upsert_drive(
    session: Session, source: Source, computed: ComputedDrive, facts: DriveFacts, stamps: Mapping[str, Any]
) -> None:
    judged = facts.quality
    values: dict[str, Any] = {
        **_key(source, computed.drive_key),
        "drive_id": computed.drive_id,
        "origin": computed.origin,
        "state": STATE_COMPUTED,
        "started_at": _moment(judged.started_at),
        "ended_at": _moment(judged.ended_at),
        "duration_seconds": judged.duration_seconds,
        "row_count": judged.row_count,
        "invalid_row_count": judged.invalid_row_count,
        "left_out": [asdict(left) for left in facts.left_out] or None,
        "distance_km": None if facts.distance is None else facts.distance.kilometres,
        "distance_unknown_seconds": None if facts.distance is None else facts.distance.unknown_seconds,
        "first_source_id": judged.first_source_id,
        "last_source_id": judged.last_source_id,
        "premint_row_count": computed.premint_row_count,
        "premint_started_at": computed.premint_started_at,
        "profile_id": judged.profile_id,
        "flags": list(judged.flags),
        "is_real": judged.is_real,
        "real_share": judged.real_share,
        "data_quality": facts.data_quality,
        "is_held_out": False,
        "hold_reason": None,
        "grade": facts.grade.grade if facts.grade else None,
        "grade_points": facts.grade.points if facts.grade else None,
        "ungraded_because": facts.ungraded_because,
        "judged_rule_count": len(RULES) - len(facts.not_judged),
        "not_judged": dict(facts.not_judged),
        "judged_by": dict(facts.judged_by),
        "is_lamp_on": facts.is_lamp_on,
        "history": without_infinities(history_document(facts)),
        **stamps,
    }
    connection = session.connection()
    changed = [name for name in values if name not in OPERATORS and name not in KEY]
    connection.execute(dialect.upsert(connection, DRIVES, key=KEY, update=changed), values)


def _replace_statistics(session: Session, source: Source, drive_key: str, facts: DriveFacts) -> None:
    connection = session.connection()
    connection.execute(delete(STATISTICS).where(*is_drive(STATISTICS, source, drive_key)))
    rows = [
        {
            **_key(source, drive_key),
            "parameter_name": statistic.parameter,
            "scope": statistic.scope,
            "unit": statistic.unit,
            "data_source": facts.quality.leading_source,
            "sample_count": statistic.sample_count,
            "covered_seconds": statistic.seconds,
            "min_value": statistic.minimum,
            "max_value": statistic.maximum,
            "avg_value": statistic.mean,
            "std_value": statistic.sigma,
            "outlier_min": without_infinities(statistic.outlier_minimum),
            "outlier_max": without_infinities(statistic.outlier_maximum),
            "data_quality": statistic.data_quality,
        }
        for statistic in facts.statistics.of
    ]
    if rows:
        connection.execute(insert(STATISTICS), rows)


def _replace_findings(session: Session, source: Source, drive_key: str, facts: DriveFacts) -> None:
    connection = session.connection()
    connection.execute(delete(FINDINGS).where(*is_drive(FINDINGS, source, drive_key)))
    rows = [
        {
            **_key(source, drive_key),
            "finding_number": number,
            "rule": finding.rule,
            "signal": finding.signal,
            "severity": finding.severity.name,
            "value": without_infinities(finding.value),
            "unit": finding.unit,
            "threshold": without_infinities(finding.threshold),
            "started_at": finding.started_at,
            "ended_at": finding.ended_at,
            "duration_seconds": finding.duration_seconds,
            "sentence": finding.sentence,
            "details": without_infinities(dict(finding.details)),
        }
        for number, finding in enumerate(facts.findings, start=1)
    ]
    if rows:
        connection.execute(insert(FINDINGS), rows)


def _replace_codes(session: Session, source: Source, drive_key: str, facts: DriveFacts) -> None:
    connection = session.connection()
    connection.execute(delete(CODES).where(*is_drive(CODES, source, drive_key)))
    rows = [{**_key(source, drive_key), **asdict(code)} for code in facts.trouble_codes]
    if rows:
        connection.execute(insert(CODES), rows)


def _found(session: Session, source: Source, drive_key: str) -> list[tuple[object, ...]]:
    """Return what tells one set of findings from another."""
    columns = (FINDINGS.c.rule, FINDINGS.c.severity, FINDINGS.c.sentence)
    query = select(*columns).where(*is_drive(FINDINGS, source, drive_key)).order_by(FINDINGS.c.finding_number)
    return [tuple(row) for row in session.connection().execute(query)]


def _key(source: Source, drive_key: str) -> dict[str, Any]:
    return {**asdict(source), "drive_key": drive_key}


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime_of(seconds)


def _window(started_at: float | None, ended_at: float | None) -> tuple[datetime, datetime] | None:
    return None if started_at is None or ended_at is None else (datetime_of(started_at), datetime_of(ended_at))
