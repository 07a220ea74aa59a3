"""A drive at a glance for people: when, how far, which lamp, which grade, and what its rows are good for."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from obd2_api.schemas.drives import DriveDetail, JudgedBy, LeftOutRows
from obd2_api.schemas.trouble_codes import StartConditions
from obd2_cli.report import formatting
from obd2_cli.report.drive_list import codes_text, flags_text, grade_text
from obd2_common.plain_names import plain_rule
from obd2_common.unit_systems import UnitSystem

LEFT_OUT_REASONS = {
    "unit_unknown": "the unit {unit} is not known",
    "out_of_range": "no such value is possible",
    "at_rail": "the end of the sensor's scale",
    "glitch": "a single value that leaves and returns faster than it can",
    "engine_off_while_driving": "an engine speed of 0 while the car drove",
    "clock": "a time that cannot be right",
}


def facts(drive: DriveDetail, zone: ZoneInfo, system: UnitSystem) -> RenderableType:
    """Return what there is to say of a drive in a line each."""
    listed = Table.grid(padding=(0, 2))
    listed.add_column(style="dim", no_wrap=True)
    listed.add_column()
    for name, told in (*_driven(drive, zone, system), *_judgement(drive), *_rows(drive)):
        if told:
            listed.add_row(name, told)
    return listed


def _driven(drive: DriveDetail, zone: ZoneInfo, system: UnitSystem) -> Iterator[tuple[str, str | Text]]:
    ended = ""
    if drive.ended_at is not None:
        ended = f" to {formatting.local_second(drive.ended_at, zone, beside=drive.started_at)}"
    yield (
        "time",
        f"{formatting.local_time(drive.started_at, zone)}{ended}, {formatting.duration(drive.duration_seconds)}",
    )
    yield "distance", _distance_text(drive, system)
    yield "at start", "" if drive.start is None else _start_text(drive.start, system)
    yield "lamp", codes_text(drive) or Text("not read" if drive.is_lamp_on is None else "off")


def _judgement(drive: DriveDetail) -> Iterator[tuple[str, str | Text]]:
    grade = grade_text(drive)
    if drive.grade_points is not None:
        grade = Text.assemble(grade, (f"  ({drive.grade_points:g} points; 0 is best)", "dim"))
    if drive.ungraded_because is not None:
        grade = Text.assemble(grade, (f"  ({formatting.plain(drive.ungraded_because)})", "dim"))
    yield "grade", grade
    if drive.judged_rule_count is not None:
        yield "judged", _judged(drive, drive.judged_rule_count)
    if drive.judged_by is not None:
        yield "profile", _profile_text(drive.judged_by)
    yield "flags", flags_text(drive) or "none"
    yield "overlaps", ", ".join(formatting.plain(key) for key in drive.overlaps_with)


def _rows(drive: DriveDetail) -> Iterator[tuple[str, str | Text]]:
    rows = formatting.count(drive.row_count, "row")
    if drive.premint_row_count:
        rows += f", and {drive.premint_row_count:,} from before the drive had its number"
    if drive.invalid_row_count:
        rows += f"; {drive.invalid_row_count:,} of them without a usable value"
    yield "readings", rows
    yield "left out", Text("\n".join(_left_out_text(left) for left in drive.left_out))
    share = "" if drive.real_share is None else f" ({drive.real_share:.0%} of its rows say so)"
    yield "real?", f"{formatting.is_real(drive.is_real)}{share}"
    yield "data", formatting.plain(drive.data_quality).replace("_", " ")
    yield "epoch", str(drive.epoch)


def _distance_text(drive: DriveDetail, system: UnitSystem) -> str:
    if drive.distance_km is None:
        return "the speed was not read"
    gaps = drive.distance_unknown_seconds
    left_out = f", without {formatting.duration(gaps)} in which the speed was not known" if gaps and round(gaps) else ""
    return f"{formatting.measured(drive.distance_km, 'km', system)}{left_out}"


def _start_text(start: StartConditions, system: UnitSystem) -> str:
    told = [
        ("outside ", start.ambient_temp_at_start_c, "°C"),
        ("battery ", start.starting_battery_v, "V"),
        ("air pressure ", start.barometric_kpa_at_start, "kPa"),
    ]
    return ", ".join(
        f"{what}{formatting.measured(value, unit, system)}" for what, value, unit in told if value is not None
    )


def _judged(drive: DriveDetail, count: int) -> Text:
    told = [f"by {count} of {count + len(drive.not_judged)} rules"]
    told += [f"not {plain_rule(rule)}: {formatting.plain(reason)}" for rule, reason in drive.not_judged.items()]
    return Text("\n".join(told))


def _profile_text(judged_by: JudgedBy) -> str:
    told = f"{formatting.plain(judged_by.profile)} ({formatting.plain(judged_by.car)})"
    if not judged_by.limits:
        return f"{told}, limits as shipped"
    origins = list(dict.fromkeys(formatting.plain(each.origin) for each in judged_by.limits))
    return f"{told}, {formatting.count(len(judged_by.limits), 'limit')} not as shipped, by {', '.join(origins)}"


def _left_out_text(left: LeftOutRows) -> str:
    what = "all parameters" if left.parameter is None else formatting.plain(left.parameter)
    reason = LEFT_OUT_REASONS.get(left.reason, left.reason).format(unit=formatting.plain(left.unit))
    return f"{formatting.count(left.row_count, 'row')} of {what}: {reason}"
