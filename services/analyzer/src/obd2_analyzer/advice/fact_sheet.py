"""Which facts of a drive become evidence, and how each is put; only numbers, and names of ours, reach the prompt."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from obd2_analyzer.advice.adviser import AdviceTask, DriveSubject
from obd2_analyzer.advice.catalogue import (
    category_of_finding,
    category_of_parameters,
    checks_of_finding,
    checks_of_parameters,
)
from obd2_analyzer.advice.evidence import Fact, Kind
from obd2_analyzer.advice.rendering import capitalised, day, listed, name, quantity
from obd2_analyzer.drive_facts import DriveFacts
from obd2_analyzer.facts.code_descriptions import describe_code
from obd2_analyzer.facts.findings import Finding, Severity
from obd2_analyzer.facts.history import Anomaly
from obd2_analyzer.facts.parameters import DTC_COUNT, FUEL_SYSTEM_STATUS, MIL_ON, canonical_name
from obd2_analyzer.facts.readings import datetime_of
from obd2_analyzer.facts.trends import STEADY, Correlation, Trend
from obd2_analyzer.facts.trouble_codes import TroubleCode, is_code
from obd2_analyzer.rules import RULES, rules_in_focus
from obd2_common.clock import iso_z
from obd2_common.durations import duration_text
from obd2_common.plain_names import UNIT_OF

UNSUPPORTED = frozenset({"INTAKE_PRESSURE", "FUEL_PRESSURE", "CONTROL_MODULE_VOLTAGE", "SHORT_FUEL_TRIM_2"})
"""Parameters this car does not have; only simulators send them."""
TOLD_PARAMETERS = frozenset(UNIT_OF) - UNSUPPORTED - {FUEL_SYSTEM_STATUS, "RUNTIME_SEC", "LONG_FUEL_TRIM_2"}
"""The only names of parameters that a prompt may hold."""
NO_MEANS = frozenset({MIL_ON, DTC_COUNT})
"""Parameters whose mean says nothing."""

_CONFIDENCE = {
    Severity.WATCH: 0.5,
    Severity.ALERT: 0.7,
    Severity.INVESTIGATE: 0.6,
    Severity.WARNING: 0.8,
    Severity.STOP: 0.9,
}
_OWN_CONFIDENCE = {Kind.ANOMALY: 0.5, Kind.TREND: 0.5, Kind.CORRELATION: 0.4}
_DEFAULT_BASELINE_CONFIDENCE = 0.5


def facts_of_task(task: AdviceTask) -> list[Fact]:
    """Return what can be acted on, the most important first.

    What a rule has found of a parameter stands for its anomaly, and that for its trend.

    First what is always told, the worst leading; then the other findings, anomalies, trends and correlations of the
    parameters asked for. Within a severity what lies in a focus area comes first, of equals the newest drive. Of
    several drives that show the same, the worst stands for all.
    """
    focused = rules_in_focus(task.focus_areas)
    wanted = {canonical_name(parameter) for parameter in task.parameters}
    worst: dict[tuple[str, str], Fact] = {}
    found = [fact for subject in reversed(task.subjects) for fact in _facts_of(subject)]
    for fact in sorted(found, key=lambda fact: (not fact.is_always_told, -fact.severity, fact.rule not in focused)):
        if fact.is_always_told or not wanted or wanted.intersection(fact.signal.split("+")):
            worst.setdefault(fact.key, fact)
    return list(worst.values())


def _facts_of(subject: DriveSubject) -> list[Fact]:
    facts = subject.facts
    untold = TOLD_PARAMETERS - {finding.signal for finding in facts.findings}
    anomalies = [anomaly for anomaly in facts.anomalies if anomaly.parameter in untold]
    untold -= {anomaly.parameter for anomaly in anomalies}
    return [
        *(_of_finding(subject, finding) for finding in facts.findings),
        *(_of_anomaly(subject, anomaly) for anomaly in anomalies),
        *(_of_trend(subject, trend) for trend in facts.trends if trend.parameter in untold and _is_clear(trend)),
        *(_of_correlation(subject, correlation) for correlation in facts.correlations),
    ]


def _of_finding(subject: DriveSubject, finding: Finding) -> Fact:
    confidence = _CONFIDENCE[finding.severity]
    if finding.details.get("baseline") == "default":
        confidence = min(confidence, _DEFAULT_BASELINE_CONFIDENCE)
    code = next((each for each in subject.facts.trouble_codes if each.code == finding.signal), None)
    document = {
        "rule": finding.rule,
        "severity": finding.severity.name,
        "value": finding.value,
        "unit": finding.unit,
        "threshold": finding.threshold,
        "startedAt": _written(finding.started_at),
        "endedAt": _written(finding.ended_at),
        "durationSeconds": finding.duration_seconds,
        "details": dict(finding.details),
    }
    if code is not None:
        document |= {
            "description": code.description,
            "status": code.status,
            "firstSeenAt": _written(code.first_seen_at),
            "lastSeenAt": _written(code.last_seen_at),
            "freezeFrame": None if code.freeze_frame is None else dict(code.freeze_frame),
        }
    return Fact(
        kind=Kind.FINDING,
        rule=finding.rule,
        signal=finding.signal,
        severity=finding.severity,
        category=category_of_finding(finding.rule, finding.signal),
        clause=_code_clause(code) if code is not None else _finding_clause(finding),
        sentence=listed([finding.sentence, _usual(subject.facts, finding) if code is None else _frame(code)]),
        checks=checks_of_finding(finding.rule, finding.signal, finding.severity),
        confidence=confidence,
        **_of_drive(subject, Kind.FINDING, (finding.signal,), document),
    )


def _finding_clause(finding: Finding) -> str:
    if finding.signal in NO_MEANS:
        return finding.sentence  # a lamp or a count has no limit; the rule's words are ours
    title, signal = RULES[finding.rule].title, name(finding.signal)
    subject = title if title.lower() == signal or finding.signal not in UNIT_OF else f"{title} ({signal})"
    value, limit = quantity(finding.value, finding.unit), quantity(finding.threshold, finding.unit)
    lasted = f", for {duration_text(finding.duration_seconds)}" if finding.duration_seconds else ""
    return f"{subject}: {value}, limit {limit}{lasted}."


def _code_clause(code: TroubleCode) -> str:
    """Put a code into our own words: the Pi's description is a text from the car and stays out of the prompt."""
    known = f"{code.code} ({describe_code(code.code)})" if is_code(code.code) else "not a standard code"
    seen = "new" if code.is_new else "known before"
    since = "" if code.first_seen_at is None else f", first seen {day(code.first_seen_at)}"
    return listed([f"trouble code {known}, {code.status}, {seen}{since}", _frame(code)])


def _frame(code: TroubleCode) -> str | None:
    """Put the numbers of a freeze frame: how the engine ran when the code was noticed."""
    told = [
        f"{name(parameter)} {quantity(value, UNIT_OF[parameter])}"
        for parameter, value in (code.freeze_frame or {}).items()
        if parameter in TOLD_PARAMETERS and isinstance(value, int | float)
    ]
    return f"When it was noticed: {', '.join(told)}" if told else None


def _usual(facts: DriveFacts, finding: Finding) -> str | None:
    """Say what a signal that passed a limit for a while averages on earlier drives."""
    compared = next((each for each in facts.comparisons if each.parameter == finding.signal and each.is_shown), None)
    if compared is None or finding.duration_seconds is None or UNIT_OF.get(finding.signal) != finding.unit:
        return None
    return f"The average of earlier drives is {quantity(compared.baseline.mean, finding.unit)}"


def _of_anomaly(subject: DriveSubject, anomaly: Anomaly) -> Fact:
    unit = UNIT_OF[anomaly.parameter]
    usual = (anomaly.expected_minimum + anomaly.expected_maximum) / 2
    clause = (
        f"{capitalised(name(anomaly.parameter))} averaged {quantity(anomaly.observed, unit)}; earlier drives averaged "
        f"{quantity(usual, unit)} and let expect {quantity(anomaly.expected_minimum, unit)} to "
        f"{quantity(anomaly.expected_maximum, unit)}."
    )
    document = {
        "severity": anomaly.severity,
        "value": anomaly.observed,
        "unit": unit,
        "expectedMinimum": anomaly.expected_minimum,
        "expectedMaximum": anomaly.expected_maximum,
        "sigma": anomaly.distance_sigma,
        "direction": anomaly.direction,
    }
    return _unfound(subject, Kind.ANOMALY, (anomaly.parameter,), clause, document)


def _is_clear(trend: Trend) -> bool:
    return trend.is_shown and trend.is_significant and trend.direction != STEADY


def _of_trend(subject: DriveSubject, trend: Trend) -> Fact:
    unit = UNIT_OF[trend.parameter]
    ends = [
        f"{quantity(value, unit)}{'' if moment is None else f' on {day(moment)}'}"
        for value, moment in ((trend.first_value, trend.first_at), (trend.last_value, trend.last_at))
    ]
    clause = (
        f"{capitalised(name(trend.parameter))} has {'risen' if trend.drift > 0 else 'fallen'} by "
        f"{quantity(abs(trend.drift), unit)} over the last {trend.drive_count} drives, from {ends[0]} to {ends[1]}."
    )
    document = {
        "direction": trend.direction,
        "drift": trend.drift,
        "driftPercent": trend.drift_percent,
        "firstValue": trend.first_value,
        "lastValue": trend.last_value,
        "firstAt": _written(trend.first_at),
        "lastAt": _written(trend.last_at),
        "unit": unit,
        "driveCount": trend.drive_count,
    }
    return _unfound(subject, Kind.TREND, (trend.parameter,), clause, document)


def _of_correlation(subject: DriveSubject, correlation: Correlation) -> Fact:
    first, second = correlation.first, correlation.second
    how = "rises with" if correlation.coefficient > 0 else "falls as"
    end = name(second) if correlation.coefficient > 0 else f"{name(second)} rises"
    clause = f"{capitalised(name(first))} {how} {end} over {correlation.drive_count} drives."
    document = {"coefficient": correlation.coefficient, "driveCount": correlation.drive_count}
    return _unfound(subject, Kind.CORRELATION, (first, second), clause, document)


def _unfound(
    subject: DriveSubject, kind: Kind, parameters: tuple[str, ...], clause: str, document: dict[str, Any]
) -> Fact:
    """Return a fact that no rule has found."""
    return Fact(
        kind=kind,
        rule=kind.value,
        signal="+".join(parameters),
        severity=Severity.WATCH,
        category=category_of_parameters(parameters),
        clause=clause,
        sentence=clause,
        checks=checks_of_parameters(parameters),
        confidence=_OWN_CONFIDENCE[kind],
        **_of_drive(subject, kind, parameters, document),
    )


def _of_drive(subject: DriveSubject, kind: Kind, parameters: Iterable[str], document: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a fact that say where it comes from."""
    began = subject.facts.quality.started_at
    named = {"kind": kind.value, "driveKey": subject.drive_key, "parameters": list(parameters)}
    return {
        "drive_key": subject.drive_key,
        "drive_started_at": None if began is None else datetime_of(began),
        "document": {**named, "signal": "+".join(parameters), **document},
    }


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else iso_z(moment)
