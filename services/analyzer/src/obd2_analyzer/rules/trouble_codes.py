"""Trouble codes the engine computer keeps, and its warning lamp."""

from obd2_analyzer.facts.code_descriptions import MISFIRES, describe_code
from obd2_analyzer.facts.findings import Finding, Severity
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import DTC_COUNT, MIL_ON
from obd2_analyzer.facts.trouble_codes import CLEARED, PENDING, STORED, TroubleCode, is_code
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Verdict
from obd2_analyzer.rules.shared_checks import READ_OUT

NAME = "trouble_codes"


class TroubleCodeLimits(Limits):
    """The car decides what is a code: there is no number to set."""


def judge_trouble_codes(case: DriveCase, _limits: TroubleCodeLimits) -> Verdict:
    """Find every code that is stored or pending, and a lamp or a count no stored code explains."""
    codes, state = case.trouble_codes, case.code_state
    if not codes and state.is_lamp_on is None and state.counted is None:
        return NotJudged("neither the warning lamp nor the trouble codes were read")
    current = [code for code in codes if code.status != CLEARED and is_code(code.code)]
    found = [_of_code(code, is_lamp_on=bool(state.is_lamp_on)) for code in current]
    unexplained = _unexplained(case, [code for code in current if code.status == STORED])
    return (*found, *([] if unexplained is None else [unexplained]))


def _of_code(code: TroubleCode, *, is_lamp_on: bool) -> Finding:
    if code.status == PENDING:
        severity = Severity.WATCH
    elif is_lamp_on or code.code in MISFIRES:
        severity = Severity.WARNING
    else:
        severity = Severity.ALERT
    # Our own words: the Pi's are a text from the car, and findings are told to the language model.
    meaning = describe_code(code.code)
    lamp = "Engine warning lamp on, " if is_lamp_on and code.status == STORED else ""
    age = "new on this drive" if code.is_new else "known from earlier drives"
    sentence = f"{lamp}{code.code} {code.status}: {meaning[0].lower()}{meaning[1:]}; {age}."
    times = {"first_seen_at": code.first_seen_at, "last_seen_at": code.last_seen_at}
    return Finding(
        NAME,
        code.code,
        severity,
        1.0,
        "count",
        0.0,
        sentence,
        details={
            "status": code.status,
            "is_new": int(code.is_new),
            **{name: moment.isoformat() for name, moment in times.items() if moment is not None},
        },
    )


def _unexplained(case: DriveCase, stored: list[TroubleCode]) -> Finding | None:
    """Find a lamp that no stored code explains, or more codes counted than logged."""
    is_lamp_on, counted = bool(case.code_state.is_lamp_on), case.code_state.counted or 0
    if stored and counted <= len(stored):
        return None
    if not stored and is_lamp_on:
        return Finding(NAME, MIL_ON, Severity.ALERT, 1.0, "", 0.0, _lamp_sentence(case, counted))
    if not counted:
        return None
    codes = "trouble code" if counted == 1 else "trouble codes"
    sentence = f"The engine computer counts {counted} stored {codes}, but the log holds {len(stored) or 'none'}."
    severity = Severity.WATCH if stored else Severity.ALERT
    return Finding(NAME, DTC_COUNT, severity, float(counted), "count", float(len(stored)), sentence)


def _lamp_sentence(case: DriveCase, counted: int) -> str:
    counts = f", though the engine computer counts {counted}" if counted else ""
    others = [
        f"{code.code} {'has been erased since' if code.status == CLEARED else code.status}"
        for code in case.trouble_codes
        if is_code(code.code)
    ]
    return (
        f"Engine warning lamp on, but no stored trouble code is known{counts}{''.join(f'; {text}' for text in others)}."
    )


TROUBLE_CODES = Rule(
    name=NAME,
    title="Trouble codes and warning lamp",
    about=(
        "Every trouble code the engine computer keeps: ALERT when it is stored, WARNING for a misfire or with the "
        "warning lamp on, WATCH while it is pending; an erased code is shown and not judged. A lamp that no known "
        "code explains, or a count of codes the log does not have: ALERT. A stored code stays with later drives until "
        "it is erased or the car counts none."
    ),
    category=Category.DIAGNOSTIC,
    focus=frozenset({"codes", "dtc", "lamp", "diagnostic"}),
    parameters=(MIL_ON, DTC_COUNT),
    weight=2.0,
    is_weighty=True,
    limits=TroubleCodeLimits(),
    judge=judge_trouble_codes,
    checks=(
        Check(
            "trouble_codes.flashing",
            "When the warning lamp flashes, take the foot off the pedal and have the car looked at at once: unburnt "
            "fuel destroys the catalyst.",
        ),
        READ_OUT,
        Check(
            "trouble_codes.plugs",
            "For a misfire, with the engine cold, check spark plugs, ignition leads and coil of the cylinder it names.",
        ),
    ),
)
