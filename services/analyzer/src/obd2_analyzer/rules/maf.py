"""An air mass that has drifted at the same engine speeds."""

from obd2_analyzer.facts.findings import Finding, Severity, number
from obd2_analyzer.facts.history import baseline
from obd2_analyzer.facts.parameters import MAF
from obd2_analyzer.rules.drive import DriveCase


def judge_maf(case: DriveCase) -> Finding | None:
    """Compare the mean air mass of each engine speed band with earlier drives.

    One band differs easily with the road taken; a sensor that drifts shows in most bands, all the same way.
    """
    limits = case.thresholds.maf
    judged: list[tuple[str, float, float, float]] = []
    for own in case.statistics.of:
        if own.parameter != MAF or not own.scope.startswith("rpm_") or own.sample_count < limits.minimum_band_samples:
            continue
        past = case.history.past(MAF, own.scope, minimum_samples=limits.minimum_band_samples)
        known = baseline([held.mean for held in past])
        if known is None or known.drive_count < case.thresholds.history.minimum_drives:
            continue
        sigma = max(known.sigma, limits.sigma_floor_share * abs(known.mean))
        if sigma:
            judged.append((own.scope, own.mean, known.mean, (own.mean - known.mean) / sigma))
    for direction in (1, -1):
        drifted = [band for band in judged if band[3] * direction > limits.watch_sigma]
        if len(drifted) >= limits.minimum_bands and len(drifted) > limits.minimum_band_share * len(judged):
            scope, mean, usual, distance = max(drifted, key=lambda band: abs(band[3]))
            sentence = (
                f"MAF was {'above' if direction > 0 else 'below'} its history in {len(drifted)} of {len(judged)} "
                f"engine speed bands, most from {scope.removeprefix('rpm_')} rpm on with {number(mean)} g/s where "
                f"{number(usual)} g/s is usual ({number(abs(distance))} standard deviations away); "
                "clean or check the sensor, look for air leaks."
            )
            return Finding(
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
    return None
