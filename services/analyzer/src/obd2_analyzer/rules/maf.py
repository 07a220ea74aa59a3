"""An air mass that has drifted at the same engine speeds."""

from pydantic import Field, PositiveFloat, PositiveInt

from obd2_analyzer.facts.findings import Finding, Severity, number
from obd2_analyzer.facts.history import robust_baseline
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import COOLANT_TEMP, MAF, RPM
from obd2_analyzer.facts.signals import DriveSignals, banded, rpm_bands
from obd2_analyzer.facts.statistics import is_enough
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import too_few_drives, unread
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Scopes, Verdict
from obd2_analyzer.rules.shared_checks import AIR_LEAKS, AIR_MASS_SENSOR


class MafLimits(Limits):
    """Air mass per engine speed band against earlier drives."""

    watch_sigma: PositiveFloat = Field(2.0, description="this many standard deviations away a band has drifted")
    sigma_floor_share: PositiveFloat = Field(
        0.02, description="a smaller standard deviation is taken as this share of the usual air mass"
    )
    minimum_band_samples: PositiveInt = Field(20, description="readings a band needs to be judged")
    minimum_bands: PositiveInt = Field(
        2, description="this many bands must have drifted the same way: one may differ with the road"
    )
    minimum_band_share: PositiveFloat = Field(0.5, description="and more than this share of those judged")


def judge_maf(case: DriveCase, limits: MafLimits) -> Verdict:
    """Compare the mean air mass of each engine speed band with earlier drives.

    One band differs easily with the road taken; a sensor that drifts shows in most bands, all the same way.
    """
    absent = unread(case, MAF, RPM, COOLANT_TEMP)
    if absent is not None:
        return absent
    judged: list[tuple[str, float, float, float]] = []
    for own in case.statistics.of:
        if own.parameter != MAF or not own.scope.startswith("rpm_") or not is_enough(own, limits.minimum_band_samples):
            continue
        past = case.history.usual(
            MAF, own.scope, minimum_samples=limits.minimum_band_samples, drives=case.baseline_drives
        )
        known = robust_baseline([earlier.mean for earlier in past])
        if known is None or known.drive_count < case.minimum_drives:
            continue
        sigma = max(known.sigma, limits.sigma_floor_share * abs(known.mean))
        if sigma:
            judged.append((own.scope, own.mean, known.mean, (own.mean - known.mean) / sigma))
    if not judged:
        return _too_little(case, limits)
    for direction in (1, -1):
        drifted = [band for band in judged if band[3] * direction > limits.watch_sigma]
        if len(drifted) >= limits.minimum_bands and len(drifted) > limits.minimum_band_share * len(judged):
            scope, mean, usual, distance = max(drifted, key=lambda band: abs(band[3]))
            sentence = (
                f"Air mass was {'above' if direction > 0 else 'below'} its history in {len(drifted)} of {len(judged)} "
                f"engine speed bands, most from {scope.removeprefix('rpm_')} rpm on with {number(mean)} g/s where "
                f"{number(usual)} g/s is usual ({number(abs(distance))} standard deviations away)."
            )
            finding = Finding(
                "maf",
                MAF,
                Severity.WATCH,
                mean,
                "g/s",
                usual + direction * abs(mean - usual) / abs(distance) * limits.watch_sigma,
                sentence,
                details={
                    "band": scope,
                    "distance_sigma": distance,
                    "bands": len(drifted),
                    "bands_judged": len(judged),
                },
            )
            return (finding,)
    return ()


def _too_little(case: DriveCase, limits: MafLimits) -> NotJudged:
    """Tell why no engine speed band could be judged."""
    counts = [own for own in case.statistics.of if own.parameter == MAF and own.scope.startswith("rpm_")]
    bands = [own.scope for own in counts if is_enough(own, limits.minimum_band_samples)]
    if not bands:
        return NotJudged(f"no engine speed band has {limits.minimum_band_samples} air mass readings with a warm engine")
    known = (len(case.history.past(MAF, band, minimum_samples=limits.minimum_band_samples)) for band in bands)
    return too_few_drives(case, max(known))


def _scopes(signals: DriveSignals, _limits: MafLimits) -> Scopes:
    air = signals.of(MAF)
    return banded(MAF, rpm_bands(signals, air), air)


MAF_DRIFT = Rule(
    name="maf",
    title="Air mass",
    about=(
        "An air mass that differs from the car's earlier drives in most engine speed bands, all the same way: WATCH. "
        "A single band may differ because of the road."
    ),
    category=Category.DIAGNOSTIC,
    focus=frozenset({"intake", "fueling", "fuel", "diagnostic", "sensors", "baseline"}),
    parameters=(MAF, RPM, COOLANT_TEMP),
    weight=1.0,
    limits=MafLimits(),
    judge=judge_maf,
    checks=(
        Check("maf.filter", "With the engine off, look at the air filter and renew it when it is dirty or wet."),
        AIR_LEAKS,
        AIR_MASS_SENSOR,
    ),
    scopes=_scopes,
)
