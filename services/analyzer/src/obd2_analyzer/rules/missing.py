"""What a rule could judge by and what it lacked, in plain words."""

from obd2_analyzer.facts.episodes import hold_seconds
from obd2_analyzer.facts.parameters import COOLANT_TEMP, FUEL_SYSTEM_STATUS
from obd2_analyzer.facts.readings import Booleans, Series
from obd2_analyzer.facts.signals import is_warm, knows_closed_loop
from obd2_analyzer.facts.statistics import USUAL_INTERVAL_SECONDS, Statistic
from obd2_analyzer.facts.usable import AT_RAIL, UNIT_UNKNOWN, LeftOut
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.rule import NotJudged
from obd2_common.durations import duration_text
from obd2_common.plain_names import plain_name


def unread(case: DriveCase, *parameters: str) -> NotJudged | None:
    """Name the parameters a rule needs and the drive does not have, or has not to be used; None when all are there.

    What the car itself lacks is told as that.
    """
    absent = [name for name in parameters if not len(case.signals.of(name))]
    if not absent:
        return None
    lacking = [plain_name(name) for name in absent if name in case.lacks]
    expected = [name for name in absent if name not in case.lacks]
    unusable = {left.parameter: left for left in case.signals.left_out}
    reasons = [f"the car has no {' and no '.join(lacking)}"] if lacking else []
    reasons += [f"{plain_name(name)} {_useless(unusable[name])}" for name in expected if name in unusable]
    never = [plain_name(name) for name in expected if name not in unusable]
    if never:
        reasons.append(f"{' and '.join(never)} {'was' if len(never) == 1 else 'were'} not read")
    return NotJudged("; ".join(reasons))


def _useless(left: LeftOut) -> str:
    if left.reason == UNIT_UNKNOWN:
        return f"came in a unit nobody knows here, {left.unit}"
    return "stayed at the end of its scale" if left.reason == AT_RAIL else "showed nothing a car can show"


def too_brief(
    case: DriveCase, series: Series, wanted_seconds: float, *, counted: Booleans | None = None, when: str = ""
) -> NotJudged | None:
    """Tell that the samples that count speak for less time than a rule wants; None when they suffice.

    Args:
        case: the drive.
        series: what is judged.
        wanted_seconds: for how long its samples have to speak.
        counted: marks the samples that count; absent, all do.
        when: which samples count, such as ``with the engine running``.
    """
    holds = hold_seconds(series.times, case.sampling.maximum_hole_seconds)
    seconds = float((holds if counted is None else holds[counted]).sum())
    if seconds >= wanted_seconds:
        return None
    read = f"{plain_name(series.parameter)} was {{}}read {when}".rstrip()
    if not seconds:
        return NotJudged(read.format("never "))
    return NotJudged(f"{read.format('')} for {duration_text(seconds)} only; it takes {duration_text(wanted_seconds)}")


def counted_when(case: DriveCase) -> str:
    """Say which samples count where closed loop with a warm engine is asked for."""
    if knows_closed_loop(case.signals):
        return "in closed loop with a warm engine"
    return "with a warm engine (closed loop or not is not known)"


def never_closed_loop(case: DriveCase, parameter: str) -> NotJudged:
    """Tell why no sample of a parameter counts that is judged in closed loop with a warm engine."""
    absent = unread(case, parameter, COOLANT_TEMP)
    if absent is not None:
        return absent
    if not is_warm(case.signals, case.signals.of(parameter)).any():
        return NotJudged(f"{plain_name(parameter)} was never read with a warm engine")
    return NotJudged(f"{plain_name(FUEL_SYSTEM_STATUS)} never showed closed loop with a warm engine")


def too_few(case: DriveCase, parameter: str, known: Statistic | None, wanted: int) -> NotJudged:
    """Tell that too few samples of a parameter count that is judged in closed loop with a warm engine."""
    if known is None:
        return never_closed_loop(case, parameter)
    return NotJudged(too_few_of(f"readings of the {plain_name(parameter)} count", known, wanted))


def too_few_of(what: str, known: Statistic | None, wanted: int) -> str:
    """Say that samples are too few, or cover too little time, where so many are wanted at the usual rate."""
    usual = duration_text(wanted * USUAL_INTERVAL_SECONDS)
    if known is None:
        return f"no {what}; {wanted} are needed, or {usual} of slower ones"
    if known.sample_count < wanted:
        return f"{known.sample_count} {what}; {wanted} are needed, or {usual} of slower ones"
    return f"the {known.sample_count} {what} cover {duration_text(known.seconds)} only; more time is needed"


def too_few_drives(case: DriveCase, count: int) -> NotJudged:
    """Tell that a rule which compares has too few earlier drives to compare with."""
    return NotJudged(f"{count} earlier drives to compare with; {case.minimum_drives} are needed")
