"""One drive for people: what it was, what was found, what to do, its numbers, and how it compares."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from obd2_api.schemas.drives import DriveDetail, DriveFinding, ParameterStatistic
from obd2_api.schemas.history import HistoryComparison
from obd2_cli.report import formatting
from obd2_cli.report.drive_facts import facts
from obd2_cli.report.drive_list import COMPUTED, SEVERITY_STYLES
from obd2_cli.report.trouble_codes import pi_alerts, trouble_codes
from obd2_common.unit_systems import UnitSystem

STATUS_STYLES = {"WATCH": "yellow", "INVESTIGATE": "bold red"}
CLOSED_LOOP = "closed_loop_warm"
CLOSED_LOOP_MARK = "*"
_COUNTERS = frozenset({"FUEL_SYSTEM_STATUS", "MIL_ON", "DTC_COUNT", "RUNTIME_SEC"})
"""Parameters that count or stand for words: their mean means nothing."""


def drive_report(
    drive: DriveDetail, zone: ZoneInfo, *, is_every_scope: bool, system: UnitSystem = formatting.METRIC
) -> Iterator[RenderableType]:
    """Yield everything there is to say about a drive, most important first.

    Args:
        drive: as the server tells it.
        zone: of the times shown.
        is_every_scope: show the statistics of every set of samples, not only of the usual ones.
        system: of the units shown; sentences of findings keep theirs.
    """
    yield heading(f"Drive {formatting.plain(drive.drive_key)} of {formatting.plain(drive.device_id)}")
    yield indented(facts(drive, zone, system))
    if drive.trouble_codes:
        yield heading("Trouble codes")
        yield indented(trouble_codes(drive, zone, system))
    yield heading("Findings")
    yield indented(findings(drive, zone))
    yield heading("Recommendations")
    yield indented(recommendations(drive))
    if drive.pi_alerts:
        yield heading("Alerts of the Pi")
        yield indented(pi_alerts(drive, zone, system))
    yield heading("Statistics")
    yield _statistics(drive, system, is_every_scope=is_every_scope)
    yield heading("Compared with earlier drives")
    yield comparisons(drive, system)


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
        shown.add_row(Text(f" {found.severity} ", style=style), _finding_text(drive, found, zone))
    return shown


def _finding_text(drive: DriveDetail, found: DriveFinding, zone: ZoneInfo) -> Text:
    text = Text(formatting.plain(found.sentence))
    if found.started_at is not None:
        began = formatting.local_second(found.started_at, zone, beside=drive.started_at)
        text.append(f" (from {began})", style="dim")
    return text


def recommendations(drive: DriveDetail) -> RenderableType:
    """Return the recommendations of the latest analysis, and who made them."""
    analysis = drive.latest_analysis
    if analysis is None:
        return Text("Not analysed yet.", style="dim")
    author = f"the model {formatting.plain(analysis.model)}" if analysis.engine == "llm" else "the rules"
    if not analysis.recommendations:
        return Text(f"None; {author} found nothing to recommend.", style="green")
    shown = Table.grid(padding=(0, 2))
    shown.add_column(justify="right")
    shown.add_column()
    for item in analysis.recommendations:
        text = Text.assemble((f"{formatting.plain(item.category)}: ", "bold"), formatting.plain(item.recommendation))
        if item.confidence is not None:
            text.append(f" (confidence {item.confidence:.0%})", style="dim")
        if item.state != "open" and item.decision is not None:
            reason = f": {formatting.plain(item.decision.reason)}" if item.decision.reason else ""
            text.append(f" ({item.state}{reason})", style="dim")
        shown.add_row(f"{item.rank}.", text)
    how = "Checks chosen by" if analysis.engine == "llm" else "Written by"
    return Group(shown, Text(f"{how} {author}.", style="dim"))


def _statistics(drive: DriveDetail, system: UnitSystem, *, is_every_scope: bool) -> RenderableType:
    statistics = drive.statistics if is_every_scope else _usual(drive.statistics)
    if not statistics:
        return indented(Text("None yet." if drive.state != COMPUTED else "None.", style="dim"))
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    shown.add_column("parameter", overflow="fold")
    shown.add_column("unit", no_wrap=True, min_width=5)
    for name in ("min", "mean", "max", "spread", "samples"):
        shown.add_column(name, justify="right", no_wrap=True, min_width=6)
    for each in statistics:
        shown.add_row(
            _parameter(each, is_pi_name=is_every_scope),
            Text(formatting.plain(system.unit(each.unit))),
            *_values(each, system),
            f"{each.sample_count:,}",
        )
    if is_every_scope or not any(each.scope == CLOSED_LOOP for each in statistics):
        return indented(shown)
    return indented(Group(shown, Text(f"{CLOSED_LOOP_MARK} in closed loop with a warm engine only", style="dim")))


def _usual(statistics: list[ParameterStatistic]) -> list[ParameterStatistic]:
    """Leave out what means little: labels, special sets of samples, fuel trims outside closed loop."""
    trims = {each.parameter_name for each in statistics if each.scope == CLOSED_LOOP}
    return [
        each
        for each in statistics
        if each.scope == (CLOSED_LOOP if each.parameter_name in trims else "all")
        and each.parameter_name not in _COUNTERS
    ]


def _parameter(each: ParameterStatistic, *, is_pi_name: bool) -> Text:
    name = formatting.plain(each.parameter_name) if is_pi_name else formatting.parameter_name(each.parameter_name)
    scope = CLOSED_LOOP_MARK if each.scope == CLOSED_LOOP else "" if each.scope == "all" else each.scope
    return Text.assemble(name, (f" {formatting.plain(scope)}" if scope else "", "dim"))


def _values(each: ParameterStatistic, system: UnitSystem) -> list[str]:
    if each.parameter_name in _COUNTERS:
        return [formatting.number(each.min_value), "", formatting.number(each.max_value), ""]
    values = [formatting.bare(value, each.unit, system) for value in (each.min_value, each.avg_value, each.max_value)]
    return [*values, formatting.spread(each.std_value, each.unit, system)]


def comparisons(drive: DriveDetail, system: UnitSystem) -> RenderableType:
    """Return how the means of a drive lie beside those of earlier drives."""
    history = drive.history
    if history is None:
        return indented(Text("Not computed yet." if drive.state != COMPUTED else "Unknown.", style="dim"))
    comparable = [each for each in history.comparisons if each.is_shown]
    if not comparable:
        earlier = formatting.count(history.prior_drive_count, "earlier drive")
        return indented(Text(f"Too few to compare with yet: {earlier} of the same kind.", style="dim"))
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    shown.add_column("parameter", no_wrap=True)
    for name in ("this drive", "earlier drives", "distance"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("verdict")
    units = formatting.units_of(drive)
    for each in comparable:
        shown.add_row(*_comparison_cells(each, units.get(each.parameter), system))
    return indented(shown)


def _comparison_cells(each: HistoryComparison, unit: str | None, system: UnitSystem) -> tuple[RenderableType, ...]:
    earlier = formatting.bare(each.baseline.mean, unit, system)
    spread = f"{earlier} ± {formatting.spread(each.baseline.sigma, unit, system)} {formatting.plain(system.unit(unit))}"
    distance = "no spread" if each.distance_sigma is None else f"{formatting.signed(each.distance_sigma)} sigma"
    status = formatting.UNKNOWN if each.status is None else each.status.lower()
    verdict = Text(status, style=STATUS_STYLES.get(each.status or "", ""))
    return (
        Text(formatting.parameter_name(each.parameter)),
        formatting.measured(each.mean, unit, system),
        spread.rstrip(),
        distance,
        verdict,
    )
