"""The post-drive rules: one small function per signal, each with at most one finding."""

from collections.abc import Callable, Mapping

from obd2_analyzer.facts.findings import Finding
from obd2_analyzer.rules.battery import judge_battery
from obd2_analyzer.rules.coolant import judge_coolant
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.iat import judge_iat
from obd2_analyzer.rules.idle import judge_idle
from obd2_analyzer.rules.knock_retard import judge_knock_retard
from obd2_analyzer.rules.ltft import judge_ltft
from obd2_analyzer.rules.maf import judge_maf
from obd2_analyzer.rules.o2 import judge_o2
from obd2_analyzer.rules.stft import judge_stft
from obd2_analyzer.rules.timing import judge_timing

__all__ = ["RULES", "DriveCase", "judge"]

Rule = Callable[[DriveCase], Finding | None]

RULES: Mapping[str, Rule] = {
    "coolant": judge_coolant,
    "knock_retard": judge_knock_retard,
    "battery": judge_battery,
    "iat": judge_iat,
    "timing": judge_timing,
    "ltft": judge_ltft,
    "stft": judge_stft,
    "maf": judge_maf,
    "idle": judge_idle,
    "o2": judge_o2,
}


def judge(case: DriveCase) -> tuple[Finding, ...]:
    """Return what the rules find, the most severe first, of equals in the order of `RULES`."""
    found = [finding for rule in RULES.values() if (finding := rule(case)) is not None]
    return tuple(sorted(found, key=lambda finding: -finding.severity))
