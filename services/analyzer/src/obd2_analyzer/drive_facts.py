"""All the facts of one drive in one go: quality, statistics, history, findings and grade."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from obd2_analyzer.facts.clock import with_one_clock
from obd2_analyzer.facts.distance import Distance, distance_driven
from obd2_analyzer.facts.findings import Finding
from obd2_analyzer.facts.history import Anomaly, Comparison, History, anomalies, compare
from obd2_analyzer.facts.parameters import SPEED
from obd2_analyzer.facts.quality import (
    FLAG_OVERLAP,
    QUALITY_ANOMALY,
    DriveQuality,
    drive_quality,
    judge_drive,
    rows_of_source,
)
from obd2_analyzer.facts.readings import Readings, datetime_of
from obd2_analyzer.facts.signals import (
    DriveSignals,
    drive_signals,
    no_signals,
    statistic_scopes,
    without_parameters,
)
from obd2_analyzer.facts.statistics import Statistics, summarise_all
from obd2_analyzer.facts.trends import Correlation, Trend, correlations, trends
from obd2_analyzer.facts.trouble_codes import CodeRow, DriveWindow, TroubleCode, code_state, trouble_codes
from obd2_analyzer.facts.usable import LeftOut, plausible_ambient, wrong_times
from obd2_analyzer.grade import Grade, grade_drive, why_ungraded
from obd2_analyzer.profiles.effective import AppliedProfile, limit_named
from obd2_analyzer.profiles.learned import LearnedLimit, learned_limits, learned_origins, with_learned
from obd2_analyzer.rules import judge, kept_scopes
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.thresholds import Thresholds

FACTS_VERSION = 4
"""Raise it when facts are computed in another way: drives of an older version are computed again by themselves."""
DIGEST_DIGITS = 12
"""Databases may lose the last digits of a double."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+(?:e[+-]?\d+)?|e[+-]?\d+)")


@dataclass(frozen=True, slots=True)
class DriveFacts:
    """Everything code knows about one drive.

    ``not_judged`` says of each rule that could not judge why, ``ungraded_because`` why there is no grade.
    """

    quality: DriveQuality
    data_quality: str
    statistics: Statistics
    comparisons: tuple[Comparison, ...]
    anomalies: tuple[Anomaly, ...]
    trends: tuple[Trend, ...]
    correlations: tuple[Correlation, ...]
    findings: tuple[Finding, ...]
    not_judged: Mapping[str, str]
    grade: Grade | None
    ungraded_because: str | None
    prior_drive_count: int
    distance: Distance | None = None
    left_out: tuple[LeftOut, ...] = ()
    trouble_codes: tuple[TroubleCode, ...] = ()
    is_lamp_on: bool | None = None
    signals: DriveSignals = field(default_factory=no_signals, repr=False, compare=False)
    facts_version: str = field(default="", repr=False, compare=False)
    judged_by: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a drive's own rows do not tell about it."""

    default_source: str | None = None
    ambient_celsius: float | None = None
    history: History = field(default_factory=History)
    drive_id: int | None = None
    code_rows: tuple[CodeRow, ...] = ()
    profile: AppliedProfile = field(default_factory=AppliedProfile)


def drive_facts(readings: Readings, around: Surroundings, thresholds: Thresholds) -> DriveFacts:
    """Compute the facts of one drive from its own rows, pre-mint rows left out.

    Args:
        readings: its rows.
        around: what they do not tell.
        thresholds: the limits for the car; what its own earlier drives teach is laid over them here.
    """
    version = facts_version(thresholds, around.profile)
    learned = learned_limits(thresholds, around.history)
    thresholds = with_learned(thresholds, learned)
    readings = with_one_clock(readings)
    quality = judge_drive(readings, default_source=around.default_source)
    counted = rows_of_source(readings, quality.leading_source, around.default_source)
    signals = drive_signals(counted, thresholds.sampling)
    judged = without_parameters(signals, around.profile.lacks)
    statistics = summarise_all({**statistic_scopes(signals), **kept_scopes(judged, thresholds.rules)})
    history, limits = around.history, thresholds.history
    state = code_state(signals.series)
    codes = trouble_codes(
        around.code_rows,
        _window(around.drive_id, quality),
        state,
        source=quality.leading_source,
        default_source=around.default_source,
    )
    comparisons = compare(statistics, history, limits)
    case = DriveCase(
        judged,
        statistics,
        history,
        minimum_drives=limits.minimum_drives,
        baseline_drives=limits.baseline_drives,
        started_at=quality.started_at,
        ambient_celsius=plausible_ambient(around.ambient_celsius),
        trouble_codes=codes,
        code_state=state,
        lacks=around.profile.lacks,
    )
    findings, not_judged = judge(case, thresholds.rules)
    ungraded_because = why_ungraded(quality.duration_seconds, not_judged, thresholds.grade)
    return DriveFacts(
        quality=quality,
        data_quality=drive_quality(quality.flags),
        statistics=statistics,
        comparisons=comparisons,
        anomalies=anomalies(comparisons, limits),
        trends=trends(statistics, history, limits, quality.started_at),
        correlations=correlations(statistics, history, limits),
        findings=findings,
        not_judged=not_judged,
        grade=None if ungraded_because else grade_drive(findings, thresholds.grade),
        ungraded_because=ungraded_because,
        prior_drive_count=len(history.drives),
        distance=distance_driven(signals.of(SPEED), readings.window, thresholds.sampling.maximum_hole_seconds),
        left_out=(*wrong_times(readings), *signals.left_out),
        trouble_codes=codes,
        is_lamp_on=state.is_lamp_on,
        signals=signals,
        facts_version=version,
        judged_by=_judged_by(thresholds, around.profile, learned),
    )


def facts_version(thresholds: Thresholds, profile: AppliedProfile) -> str:
    """Name what facts are computed by: this program's way, the car's profile and the numbers it goes by."""
    told = [thresholds.model_dump(), profile.car, profile.lacks]
    numbers = json.dumps(told, sort_keys=True, default=sorted)  # sets have no order
    return f"{FACTS_VERSION}-{profile.name}-{hashlib.sha256(numbers.encode()).hexdigest()[:24]}"


def _judged_by(thresholds: Thresholds, profile: AppliedProfile, learned: tuple[LearnedLimit, ...]) -> dict[str, Any]:
    """Say which profile judged a drive, and each limit that is not as shipped with where it comes from."""
    origins = {**profile.origins, **learned_origins(learned)}
    limits = [
        {"limit": name, "value": _told(limit_named(thresholds, name)), "origin": origin}
        for name, origin in origins.items()
    ]
    return {"profile": profile.name, "car": profile.car, "lacks": sorted(profile.lacks), "limits": limits}


def _told(value: Any) -> Any:  # noqa: ANN401 - whatever a section holds
    return sorted(value) if isinstance(value, frozenset) else value


def _window(drive_id: int | None, quality: DriveQuality) -> DriveWindow:
    moments = [None if second is None else datetime_of(second) for second in (quality.started_at, quality.ended_at)]
    return DriveWindow(drive_id, *moments)


def overlapped(facts: DriveFacts) -> DriveFacts:
    """Return the facts of a drive that turned out to overlap with another: nothing in it can be fully trusted."""
    if FLAG_OVERLAP in facts.quality.flags:
        return facts
    flags = (FLAG_OVERLAP, *facts.quality.flags)
    doubtful = tuple(replace(each, data_quality=QUALITY_ANOMALY) for each in facts.statistics.of)
    return replace(
        facts,
        quality=replace(facts.quality, flags=flags),
        data_quality=drive_quality(flags),
        statistics=replace(facts.statistics, of=doubtful),
    )


def facts_digest(facts: DriveFacts) -> str:
    """Return a fingerprint that is equal when the facts are equal, whichever database their history came through."""
    told = _NUMBER.sub(lambda found: f"{float(found[0]):.{DIGEST_DIGITS}g}", repr(facts))
    return hashlib.sha256(told.encode()).hexdigest()
