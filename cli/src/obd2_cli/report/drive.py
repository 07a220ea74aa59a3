"""One drive for people: what it was, what was found, what to do, its numbers, and how it compares."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from obd2_api.schemas.drives import DriveDetail, DriveFinding, LeftOutRows, ParameterStatistic
from obd2_api.schemas.history import HistoryComparison
from obd2_cli.report import formatting as words
from obd2_cli.report.drive_list import COMPUTED, flags_text, grade_text

SEVERITY_STYLES = {
    "STOP": "bold white on red",
    "WARNING": "bold red",
    "INVESTIGATE": "bold magenta",
    "ALERT": "bold yellow",
    "WATCH": "cyan",
}
LEFT_OUT_REASONS = {
    "unit_unknown": "the unit {unit} is not known",
    "out_of_range": "no such value is possible",
    "at_rail": "the end of the sensor's scale",
    "glitch": "a single value that leaves and returns faster than it can",
    "engine_off_while_driving": "an engine speed of 0 while the car drove",
    "clock": "a time that cannot be right",
}
STATUS_STYLES = {"WATCH": "yellow", "INVESTIGATE": "bold red"}
CLOSED_LOOP = "closed_loop_warm"
CLOSED_LOOP_MARK = "*"
_LABELS = frozenset({"FUEL_SYSTEM_STATUS", "MIL_ON"})
"""Parameters whose numbers stand for words: their mean means nothing."""


def drive_report(drive: DriveDetail, zone: ZoneInfo, *, is_every_scope: bool) -> Iterator[RenderableType]:
    """Yield everything there is to say about a drive, most important first.

    Args:
        drive: as the server tells it.
        zone: of the times shown.
        is_every_scope: show the statistics of every set of samples, not only of the usual ones.
    """
    yield heading(f"Drive {words.plain(drive.drive_key)} of {words.plain(drive.device_id)}")
    yield indented(_facts(drive, zone))
    yield heading("Findings")
    yield indented(findings(drive, zone))
    yield heading("Recommendations")
    yield indented(recommendations(drive))
    yield heading("Statistics")
    yield _statistics(drive, is_every_scope=is_every_scope)
    yield heading("Compared with earlier drives")
    yield comparisons(drive)


def heading(text: str) -> Text:
    """Return a heading."""
    return Text(text, style="bold")


def indented(content: RenderableType) -> Padding:
    """Set something in from the margin, with an empty line after it."""
    return Padding(content, (0, 0, 1, 2))


def findings(drive: DriveDetail, zone: ZoneInfo) -> RenderableType:
    """Return the findings of a drive, worst first, each with its sentence."""
    if drive.state != COMPUTED:
        return Text("Not computed yet.", style="dim")
    if not drive.findings:
        return Text("None.", style="green")
    order = list(SEVERITY_STYLES)
    shown = Table.grid(padding=(0, 2))
    shown.add_column(no_wrap=True)
    shown.add_column()
    worst_first = sorted(
        drive.findings, key=lambda found: order.index(found.severity) if found.severity in order else 9
    )
    for found in worst_first:
        style = SEVERITY_STYLES.get(found.severity, "")
        shown.add_row(Text(f" {found.severity} ", style=style), _finding_text(found, zone))
    return shown


def _finding_text(found: DriveFinding, zone: ZoneInfo) -> Text:
    text = Text(words.plain(found.sentence))
    if found.started_at is not None:
        text.append(f" (from {words.local_second(found.started_at, zone)})", style="dim")
    return text


def recommendations(drive: DriveDetail) -> RenderableType:
    """Return the recommendations of the latest analysis, and who made them."""
    analysis = drive.latest_analysis
    if analysis is None:
        return Text("Not analysed yet.", style="dim")
    author = f"the model {words.plain(analysis.model)}" if analysis.engine == "llm" else "the rules"
    if not analysis.recommendations:
        return Text(f"None; {author} found nothing to recommend.", style="green")
    shown = Table.grid(padding=(0, 2))
    shown.add_column(justify="right")
    shown.add_column()
    for item in analysis.recommendations:
        text = Text.assemble((f"{words.plain(item.category)}: ", "bold"), words.plain(item.recommendation))
        if item.confidence is not None:
            text.append(f" (confidence {item.confidence:.0%})", style="dim")
        shown.add_row(f"{item.rank}.", text)
    how = "Checks chosen by" if analysis.engine == "llm" else "Written by"
    return Group(shown, Text(f"{how} {author}.", style="dim"))


def _facts(drive: DriveDetail, zone: ZoneInfo) -> RenderableType:
    listed = Table.grid(padding=(0, 2))
    listed.add_column(style="dim", no_wrap=True)
    listed.add_column()
    ended = "" if drive.ended_at is None else f" to {words.local_second(drive.ended_at, zone)}"
    listed.add_row(
        "time", f"{words.local_time(drive.started_at, zone)}{ended}, {words.duration(drive.duration_seconds)}"
    )
    rows = words.count(drive.row_count, "row")
    if drive.premint_row_count:
        rows += f", and {drive.premint_row_count:,} from before the drive had its number"
    if drive.invalid_row_count:
        rows += f"; {drive.invalid_row_count:,} of them without a usable value"
    listed.add_row("readings", rows)
    if drive.left_out:
        listed.add_row("left out", Text("\n".join(_left_out_text(left) for left in drive.left_out)))
    share = "" if drive.real_share is None else f" ({drive.real_share:.0%} of its rows say so)"
    listed.add_row("real?", f"{words.is_real(drive.is_real)}{share}")
    grade = grade_text(drive)
    if drive.grade_points is not None:
        grade = Text.assemble(grade, (f"  ({drive.grade_points:g} points; 0 is best)", "dim"))
    if drive.ungraded_because is not None:
        grade = Text.assemble(grade, (f"  ({words.plain(drive.ungraded_because)})", "dim"))
    listed.add_row("grade", grade)
    if drive.judged_rule_count is not None:
        listed.add_row("judged", _judged(drive, drive.judged_rule_count))
    listed.add_row("flags", flags_text(drive) or "none")
    if drive.is_held_out:
        listed.add_row("held out", words.plain(drive.hold_reason))
    if drive.overlaps_with:
        listed.add_row("overlaps", ", ".join(words.plain(key) for key in drive.overlaps_with))
    listed.add_row("data", words.plain(drive.data_quality).replace("_", " "))
    listed.add_row("epoch", str(drive.epoch))
    return listed


def _judged(drive: DriveDetail, count: int) -> Text:
    told = [f"by {count} of {count + len(drive.not_judged)} rules"]
    told += [f"not {words.plain(rule)}: {words.plain(reason)}" for rule, reason in drive.not_judged.items()]
    return Text("\n".join(told))


def _left_out_text(left: LeftOutRows) -> str:
    what = "all parameters" if left.parameter is None else words.plain(left.parameter)
    reason = LEFT_OUT_REASONS.get(left.reason, left.reason).format(unit=words.plain(left.unit))
    return f"{words.count(left.row_count, 'row')} of {what}: {reason}"


def _statistics(drive: DriveDetail, *, is_every_scope: bool) -> RenderableType:
    held = drive.statistics if is_every_scope else _usual(drive.statistics)
    if not held:
        return indented(Text("None yet." if drive.state != COMPUTED else "None.", style="dim"))
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    shown.add_column("parameter", overflow="fold")
    shown.add_column("unit", no_wrap=True, min_width=5)
    for name in ("min", "mean", "max", "spread", "samples"):
        shown.add_column(name, justify="right", no_wrap=True, min_width=6)
    for each in held:
        shown.add_row(_parameter(each), Text(each.unit or ""), *_values(each), f"{each.sample_count:,}")
    if is_every_scope or not any(each.scope == CLOSED_LOOP for each in held):
        return indented(shown)
    return indented(Group(shown, Text(f"{CLOSED_LOOP_MARK} in closed loop with a warm engine only", style="dim")))


def _usual(held: list[ParameterStatistic]) -> list[ParameterStatistic]:
    """Leave out what means little: labels, special sets of samples, fuel trims outside closed loop."""
    trims = {each.parameter_name for each in held if each.scope == CLOSED_LOOP}
    return [
        each
        for each in held
        if each.scope == (CLOSED_LOOP if each.parameter_name in trims else "all") and each.parameter_name not in _LABELS
    ]


def _parameter(each: ParameterStatistic) -> Text:
    scope = CLOSED_LOOP_MARK if each.scope == CLOSED_LOOP else "" if each.scope == "all" else each.scope
    return Text.assemble(words.plain(each.parameter_name), (f" {words.plain(scope)}" if scope else "", "dim"))


def _values(each: ParameterStatistic) -> list[str]:
    return [words.number(value) for value in (each.min_value, each.avg_value, each.max_value, each.std_value)]


def comparisons(drive: DriveDetail) -> RenderableType:
    """Return how the means of a drive lie beside those of earlier drives."""
    history = drive.history
    if history is None:
        return indented(Text("Not computed yet." if drive.state != COMPUTED else "Unknown.", style="dim"))
    held = [each for each in history.comparisons if each.is_shown]
    if not held:
        earlier = words.count(history.prior_drive_count, "earlier drive")
        return indented(Text(f"Too few to compare with yet: {earlier} of the same kind.", style="dim"))
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    shown.add_column("parameter", no_wrap=True)
    for name in ("this drive", "earlier drives", "distance"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("verdict")
    for each in held:
        shown.add_row(*_comparison_cells(each))
    return indented(shown)


def _comparison_cells(each: HistoryComparison) -> tuple[RenderableType, ...]:
    spread = f"{words.number(each.baseline.mean)} ± {words.number(each.baseline.sigma)}"
    distance = "no spread" if each.distance_sigma is None else f"{words.signed(each.distance_sigma)} sigma"
    status = words.UNKNOWN if each.status is None else each.status.lower()
    verdict = Text(status, style=STATUS_STYLES.get(each.status or "", ""))
    return Text(words.plain(each.parameter)), words.number(each.mean), spread, distance, verdict
