"""True sentences about the troubled drive in the manner of language models, advice and numbers mixed, for tests."""

from pathlib import Path

from obd2_analyzer.advice.evidence import Evidence, Kind
from support.words_case import evidence_of, item
from support.words_replies import Reply

_TEXTS = Path(__file__).with_name("words_supported.txt").read_text(encoding="utf-8").splitlines()


def model_style_items() -> list[Reply]:
    """Return items with true sentences of mixed advice and numbers."""
    evidence = named_evidence()
    return [item(text, evidence[name]) for name, _, text in (line.partition(" | ") for line in _TEXTS)]


def named_evidence() -> dict[str, Evidence]:
    """Return evidence of the troubled drive by the short names these sentences give it."""
    return {
        "coolant": evidence_of(Kind.FINDING, "COOLANT_TEMP"),
        "battery": evidence_of(Kind.FINDING, "BATTERY_V"),
        "trim": evidence_of(Kind.FINDING, "LONG_FUEL_TRIM_1"),
        "timing": evidence_of(Kind.FINDING, "TIMING_ADVANCE"),
        "hot": evidence_of(Kind.ANOMALY, "COOLANT_TEMP"),
        "lean": evidence_of(Kind.ANOMALY, "LONG_FUEL_TRIM_1"),
        "weak": evidence_of(Kind.ANOMALY, "BATTERY_V"),
        "air_odd": evidence_of(Kind.ANOMALY, "INTAKE_TEMP"),
        "air_trend": evidence_of(Kind.TREND, "INTAKE_TEMP"),
        "trim_trend": evidence_of(Kind.TREND, "SHORT_FUEL_TRIM_1"),
        "pair": evidence_of(Kind.CORRELATION, "INTAKE_TEMP", "SHORT_FUEL_TRIM_1"),
        "drive": evidence_of(Kind.DRIVE),
        "coolant_all": evidence_of(Kind.STATISTIC, "COOLANT_TEMP"),
        "air": evidence_of(Kind.STATISTIC, "INTAKE_TEMP"),
        "rpm": evidence_of(Kind.STATISTIC, "RPM"),
        "volts": evidence_of(Kind.STATISTIC, "BATTERY_V"),
        "short": evidence_of(Kind.STATISTIC, "SHORT_FUEL_TRIM_1"),
    }
