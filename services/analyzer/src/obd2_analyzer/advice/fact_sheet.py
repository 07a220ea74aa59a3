"""Which facts of a drive are worth telling, and how each is put; only numbers and names we know come in."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from obd2_analyzer.advice.evidence import Direction, Fact, Kind, Quantity
from obd2_analyzer.advice.roles import VALUE_NAMES, Role
from obd2_analyzer.advice.units import CODES, DRIVES, NO_UNIT, POINTS, SAMPLES, SIGMA
from obd2_analyzer.drive_facts import DriveFacts
from obd2_analyzer.facts.findings import Finding
from obd2_analyzer.facts.history import Anomaly
from obd2_analyzer.facts.parameters import (
    BATTERY_V,
    COOLANT_TEMP,
    ENGINE_LOAD,
    FUEL_SYSTEM_STATUS,
    INTAKE_TEMP,
    LONG_FUEL_TRIM_1,
    MAF,
    MIL_ON,
    O2_B1S1,
    RPM,
    SHORT_FUEL_TRIM_1,
    SPEED,
    THROTTLE_POS,
    TIMING_ADVANCE,
    UNIT_OF,
)
from obd2_analyzer.facts.readings import datetime_of
from obd2_analyzer.facts.signals import SCOPE_CLOSED_LOOP, SCOPE_WARM_IDLE
from obd2_analyzer.facts.statistics import SCOPE_ALL, Statistic
from obd2_analyzer.facts.trends import STEADY, Correlation, Trend

DTC_COUNT = "DTC_COUNT"
UNSUPPORTED = frozenset({"INTAKE_PRESSURE", "FUEL_PRESSURE", "CONTROL_MODULE_VOLTAGE", "SHORT_FUEL_TRIM_2"})
"""Parameters this car does not have; only simulators send them."""
SILENT = frozenset({FUEL_SYSTEM_STATUS, "RUNTIME_SEC", "LONG_FUEL_TRIM_2"}) | UNSUPPORTED
TOLD_PARAMETERS = frozenset(UNIT_OF) - SILENT
"""The only names of parameters that a prompt may hold."""

ORDER = (
    COOLANT_TEMP,
    BATTERY_V,
    LONG_FUEL_TRIM_1,
    SHORT_FUEL_TRIM_1,
    INTAKE_TEMP,
    TIMING_ADVANCE,
    MAF,
    RPM,
    O2_B1S1,
    ENGINE_LOAD,
    SPEED,
    THROTTLE_POS,
)
"""Statistics in the order in which they matter; any other parameter comes after these."""

DECIMALS = {"rpm": 0, "km/h": 0, "V": 2, "s": 0, SIGMA: 1, SAMPLES: 0, DRIVES: 0, CODES: 0, NO_UNIT: 2}
DEFAULT_DECIMALS = 1

_FALLING_RULES = frozenset({"battery", "timing", "knock_retard"})
_RISING_RULES = frozenset({"coolant", "iat", "idle"})
_LOWER_LIMITS = frozenset({"battery", "timing", "o2"})
_SIGNED_RULES = frozenset({"ltft", "stft"})
_DIFFERENCE_RULES = frozenset({"iat", "knock_retard", "idle", "o2"})
_SCOPE_LABELS = {SCOPE_CLOSED_LOOP: "closed loop, warm engine", SCOPE_WARM_IDLE: "warm idle"}


def drive_facts_told(drive_key: str, facts: DriveFacts) -> list[Fact]:
    """Return the facts of one drive that are worth telling, most important first.

    Args:
        drive_key: the Pi's drive id in decimal, or the key of a derived drive.
        facts: as computed.
    """
    drives = _drive_names(drive_key)
    findings = sorted(facts.findings, key=lambda found: (-found.severity, found.rule))
    return [
        _drive_fact(drives, facts),
        *(_finding_fact(drives, found) for found in findings if found.signal in TOLD_PARAMETERS),
        *(_anomaly_fact(drives, anomaly) for anomaly in facts.anomalies if anomaly.parameter in TOLD_PARAMETERS),
        *(_trend_fact(drives, trend) for trend in _told_trends(facts.trends)),
        *(_correlation_fact(drives, correlation) for correlation in facts.correlations),
        *(_statistic_fact(drives, statistic) for statistic in _told_statistics(facts.statistics.of)),
    ]


def quantity(role: Role, value: float, unit: str, *, is_difference: bool = False) -> Quantity:
    """Round a value to what its unit is told with."""
    decimals = DECIMALS.get(unit, DEFAULT_DECIMALS)
    return Quantity(role.value, round(float(value), decimals) + 0.0, unit, decimals, is_difference)


def _drive_names(drive_key: str) -> tuple[str, ...]:
    """Return the number by which a drive may be named; a derived drive has none."""
    return (drive_key,) if drive_key.isascii() and drive_key.isdecimal() else ()


def _drive_fact(drives: tuple[str, ...], facts: DriveFacts) -> Fact:
    judgement = facts.judgement
    told = [
        quantity(Role.DURATION, judgement.duration_seconds or 0, "s"),
        quantity(Role.ROWS, judgement.row_count, SAMPLES),
        quantity(Role.EARLIER, facts.prior_drive_count, DRIVES),
    ]
    label = ""
    if facts.grade is not None:
        told.append(quantity(Role.GRADE, facts.grade.points, POINTS))
        label = f"grade {facts.grade.grade}"
    return Fact(Kind.DRIVE, label, (), tuple(told), drives, started_at=_moment(judgement.started_at))


def _finding_fact(drives: tuple[str, ...], finding: Finding) -> Fact:
    unit, rule = UNIT_OF[finding.signal], finding.rule
    is_difference = rule in _DIFFERENCE_RULES
    told = [
        quantity(VALUE_NAMES.get(rule, Role.VALUE), finding.value, unit, is_difference=is_difference),
        quantity(Role.LIMIT, finding.threshold, unit, is_difference=is_difference),
    ]
    if finding.duration_seconds:
        told.append(quantity(Role.LASTED, finding.duration_seconds, "s"))
    return Fact(
        Kind.FINDING,
        f"{finding.severity.name} by rule {rule}",
        (finding.signal,),
        tuple(told),
        drives,
        direction=_finding_direction(finding),
        side=_finding_side(finding),
        started_at=finding.started_at,
        ended_at=finding.ended_at,
        rule=rule,
        severity=int(finding.severity),
    )


def _finding_direction(finding: Finding) -> Direction | None:
    if finding.rule in _RISING_RULES:
        return Direction.UP
    if finding.rule in _FALLING_RULES:
        return Direction.DOWN
    if finding.rule in _SIGNED_RULES:
        return Direction.UP if finding.value > 0 else Direction.DOWN
    if finding.rule == "maf":
        return Direction.UP if finding.value > finding.threshold else Direction.DOWN
    return None


def _finding_side(finding: Finding) -> Direction:
    if finding.value == finding.threshold:
        return Direction.DOWN if finding.rule in _LOWER_LIMITS else Direction.UP
    return Direction.UP if finding.value > finding.threshold else Direction.DOWN


def _anomaly_fact(drives: tuple[str, ...], anomaly: Anomaly) -> Fact:
    unit = UNIT_OF[anomaly.parameter]
    direction = Direction.UP if anomaly.distance_sigma > 0 else Direction.DOWN
    middle = (anomaly.expected_minimum + anomaly.expected_maximum) / 2
    return Fact(
        Kind.ANOMALY,
        f"{anomaly.severity} against earlier drives",
        (anomaly.parameter,),
        (
            quantity(Role.MEAN, anomaly.observed, unit),
            quantity(Role.USUAL, middle, unit),
            quantity(Role.EXPECTED_FROM, anomaly.expected_minimum, unit),
            quantity(Role.EXPECTED_TO, anomaly.expected_maximum, unit),
            quantity(Role.DISTANCE, abs(anomaly.distance_sigma), SIGMA, is_difference=True),
        ),
        drives,
        direction=direction,
        side=direction,
        severity=3 if anomaly.severity == "INVESTIGATE" else 1,
    )


def _told_trends(trends: Iterable[Trend]) -> list[Trend]:
    told = [
        trend
        for trend in trends
        if trend.is_shown and trend.is_significant and trend.direction != STEADY and trend.parameter in TOLD_PARAMETERS
    ]
    return sorted(told, key=lambda trend: (-abs(trend.correlation), trend.parameter))


def _trend_fact(drives: tuple[str, ...], trend: Trend) -> Fact:
    told = [quantity(Role.CHANGE, abs(trend.drift), UNIT_OF[trend.parameter], is_difference=True)]
    if trend.drift_percent is not None:
        told.append(quantity(Role.CHANGE, abs(trend.drift_percent), "%", is_difference=True))
    told.append(quantity(Role.OVER, trend.drive_count, DRIVES))
    direction = Direction.UP if trend.drift > 0 else Direction.DOWN
    return Fact(
        Kind.TREND, "over the last drives", (trend.parameter,), tuple(told), drives, direction=direction, severity=1
    )


def _correlation_fact(drives: tuple[str, ...], correlation: Correlation) -> Fact:
    return Fact(
        Kind.CORRELATION,
        "of drive means",
        (correlation.first, correlation.second),
        (
            quantity(Role.COEFFICIENT, correlation.coefficient, NO_UNIT),
            quantity(Role.OVER, correlation.drive_count, DRIVES),
        ),
        drives,
    )


def _told_statistics(statistics: Sequence[Statistic]) -> list[Statistic]:
    """Return one statistic per parameter: of the samples that count where there are such, else of all."""
    wanted = {RPM: (SCOPE_ALL, SCOPE_WARM_IDLE)}
    told = []
    for held in statistics:
        name = held.parameter
        trims = (SCOPE_CLOSED_LOOP,) if name in {SHORT_FUEL_TRIM_1, LONG_FUEL_TRIM_1} else (SCOPE_ALL,)
        if name not in TOLD_PARAMETERS or held.scope not in wanted.get(name, trims):
            continue
        if name in {MIL_ON, DTC_COUNT} and held.maximum <= 0:
            continue
        told.append(held)
    places = {name: place for place, name in enumerate(ORDER)}
    return sorted(told, key=lambda held: (places.get(held.parameter, len(places)), held.parameter, held.scope))


def _statistic_fact(drives: tuple[str, ...], held: Statistic) -> Fact:
    name = held.parameter
    count = quantity(Role.COUNT, held.sample_count, SAMPLES)
    if name in {MIL_ON, DTC_COUNT}:
        label = "engine warning lamp was on" if name == MIL_ON else "trouble codes were stored"
        told = () if name == MIL_ON else (quantity(Role.MAXIMUM, held.maximum, CODES),)
        return Fact(Kind.STATISTIC, label, (name,), told, drives)
    unit = UNIT_OF[name]
    return Fact(
        Kind.STATISTIC,
        _SCOPE_LABELS.get(held.scope, ""),
        (name,),
        (
            quantity(Role.MEAN, held.mean, unit),
            quantity(Role.MINIMUM, held.minimum, unit),
            quantity(Role.MAXIMUM, held.maximum, unit),
            quantity(Role.SPREAD, held.sigma, unit, is_difference=True),
            count,
        ),
        drives,
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime_of(seconds)
