"""The list of drives as tables, one per device and life of its database."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from obd2_api.repository.devices import named
from obd2_api.schemas.drives import DriveSummary
from obd2_cli.report import formatting
from obd2_common.unit_systems import UnitSystem

COMPUTED = "computed"
GRADE_STYLES = {"A": "green", "B": "green", "C": "yellow", "D": "bold red"}
SEVERITY_STYLES = {
    "STOP": "bold white on red",
    "WARNING": "bold red",
    "INVESTIGATE": "bold magenta",
    "ALERT": "bold yellow",
    "WATCH": "cyan",
}
_HEADINGS = ("drive", "start", "lasted", "km", "grade", "findings", "remarks")
_WRAPPED = frozenset({"grade", "remarks"})
_NUMBERS = frozenset({"drive", "lasted", "km"})
NO_NAMES: Mapping[str, str] = MappingProxyType({})


def drive_tables(
    drives: Iterable[DriveSummary],
    zone: ZoneInfo,
    names: Mapping[str, str] = NO_NAMES,
    system: UnitSystem = formatting.METRIC,
) -> Iterator[RenderableType]:
    """Yield a table of drives for every device and epoch; a device's drives stay in the order given.

    Args:
        drives: as the server tells them.
        zone: of the times shown.
        names: device to what people call it, where that is known.
        system: of the unit of distances.
    """
    ordered = sorted(drives, key=lambda drive: (drive.device_id, -drive.epoch))
    for (device, epoch), members in groupby(ordered, key=lambda drive: (drive.device_id, drive.epoch)):
        title = Text(f"Drives of {formatting.plain(named(device, names))}, epoch {epoch}", style="bold")
        shown = Table(
            title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False
        )
        for heading in _HEADINGS:
            shown.add_column(
                system.unit(heading),
                justify="right" if heading in _NUMBERS else "left",
                no_wrap=heading not in _WRAPPED,
            )
        for drive in members:
            shown.add_row(*_cells(drive, zone, system))
        yield shown


def grade_text(drive: DriveSummary) -> Text:
    """Write a drive's grade, or why it has none."""
    if drive.state != COMPUTED:
        return Text("pending", style="dim")
    if drive.grade is None:
        return Text("not judged", style="dim")
    return Text(drive.grade, style=GRADE_STYLES.get(drive.grade[:1], ""))


def flags_text(drive: DriveSummary) -> str:
    """Write what is odd about a drive."""
    held_out = f"held out: {formatting.plain(drive.hold_reason)}" if drive.hold_reason else "held out"
    flags = [*drive.flags, *([held_out] if drive.is_held_out else [])]
    return ", ".join(formatting.plain(flag).replace("_", " ") for flag in flags)


def codes_text(drive: DriveSummary) -> Text:
    """Write the warning lamp and the codes of a drive that are not erased."""
    told = [("lamp on", "bold red")] if drive.is_lamp_on else []
    told += [(formatting.plain(code.code), "bold") for code in drive.trouble_codes if code.status == "stored"]
    told += [(f"{formatting.plain(code.code)} pending", "") for code in drive.trouble_codes if code.status == "pending"]
    return Text(", ").join(Text(text, style=style) for text, style in told)


def _findings(drive: DriveSummary) -> Text:
    if drive.worst_severity is None:
        return Text("none" if drive.state == COMPUTED else "", style="dim")
    more = f" ({drive.finding_count})" if drive.finding_count > 1 else ""
    return Text.assemble((drive.worst_severity, SEVERITY_STYLES.get(drive.worst_severity, "")), more)


def _remarks(drive: DriveSummary) -> Text:
    unsure = "unknown whether real" if drive.is_real is None and drive.state == COMPUTED else ""
    told = [codes_text(drive), Text(flags_text(drive)), Text(unsure, style="dim")]
    return Text(", ").join(text for text in told if text)


def _cells(drive: DriveSummary, zone: ZoneInfo, system: UnitSystem) -> tuple[RenderableType, ...]:
    return (
        Text(formatting.plain(drive.drive_key)),
        formatting.local_time(drive.started_at, zone),
        formatting.rough_duration(drive.duration_seconds),
        "" if drive.distance_km is None else f"{system.converted(drive.distance_km, 'km'):,.1f}",
        grade_text(drive),
        _findings(drive),
        _remarks(drive),
    )
