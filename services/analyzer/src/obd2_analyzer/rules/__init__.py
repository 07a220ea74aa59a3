"""The post-drive rules: each is one record in a file of its own, collected here."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from obd2_analyzer.facts.findings import Finding
from obd2_analyzer.facts.readings import Series
from obd2_analyzer.facts.signals import DriveSignals
from obd2_analyzer.rules.battery import BATTERY
from obd2_analyzer.rules.catalyst import CATALYST
from obd2_analyzer.rules.coolant import COOLANT
from obd2_analyzer.rules.drift import DRIFT
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.hunting import HUNTING
from obd2_analyzer.rules.iat import IAT
from obd2_analyzer.rules.idle import IDLE
from obd2_analyzer.rules.knock_retard import KNOCK_RETARD
from obd2_analyzer.rules.lean_at_load import LEAN_AT_LOAD
from obd2_analyzer.rules.ltft import LTFT
from obd2_analyzer.rules.maf import MAF_DRIFT
from obd2_analyzer.rules.o2 import O2
from obd2_analyzer.rules.ripple import RIPPLE
from obd2_analyzer.rules.rule import AnyRule, NotJudged
from obd2_analyzer.rules.sensor import SENSOR
from obd2_analyzer.rules.starting import STARTING
from obd2_analyzer.rules.stft import STFT
from obd2_analyzer.rules.thermostat import THERMOSTAT
from obd2_analyzer.rules.timing import TIMING
from obd2_analyzer.rules.trouble_codes import TROUBLE_CODES

__all__ = ["FOCUS_WORDS", "RULES", "LimitsOf", "judge", "kept_scopes", "rules_in_focus"]

RULES: Mapping[str, AnyRule] = {
    rule.name: rule
    for rule in (
        COOLANT,
        KNOCK_RETARD,
        BATTERY,
        STARTING,
        IAT,
        THERMOSTAT,
        TIMING,
        LTFT,
        STFT,
        LEAN_AT_LOAD,
        MAF_DRIFT,
        IDLE,
        HUNTING,
        O2,
        CATALYST,
        RIPPLE,
        SENSOR,
        DRIFT,
        TROUBLE_CODES,
    )
}
"""Every rule by its name; of equally severe findings the rule named first comes first."""

FOCUS_WORDS = frozenset().union(*(rule.focus for rule in RULES.values()))
"""What the focus areas of a request may be, in lower case."""

LimitsOf = Mapping[str, Any]
"""Name of a rule to its limits."""


def judge(case: DriveCase, limits: LimitsOf) -> tuple[tuple[Finding, ...], Mapping[str, str]]:
    """Return what the rules find, the most severe first, and of each rule that could not judge the reason why."""
    found: list[Finding] = []
    not_judged: dict[str, str] = {}
    for name, rule in RULES.items():
        with np.errstate(all="ignore"):  # squares of values no car measures leave the range of doubles
            verdict = rule.judge(case, limits[name])
        if isinstance(verdict, NotJudged):
            not_judged[name] = verdict.reason
        else:
            found.extend(verdict)
    return tuple(sorted(found, key=lambda finding: -finding.severity)), not_judged


def kept_scopes(signals: DriveSignals, limits: LimitsOf) -> dict[tuple[str, str], Series]:
    """Return the samples, by (parameter, scope), whose statistics the rules compare with those of earlier drives."""
    with np.errstate(all="ignore"):
        kept = [rule.scopes(signals, limits[name]) for name, rule in RULES.items()]
    return {key: series for scopes in kept for key, series in scopes.items()}


def rules_in_focus(areas: Iterable[str]) -> frozenset[str]:
    """Return the names of the rules some focus areas ask for; areas nobody knows are passed over."""
    wanted = {area.strip().lower() for area in areas}
    return frozenset(name for name, rule in RULES.items() if wanted & rule.focus)
