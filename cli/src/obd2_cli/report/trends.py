"""Where the car is going: the trends the server sees over the latest drives of a device."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from obd2_api.schemas.drives import DriveDetail
from obd2_api.schemas.history import HistoryTrend
from obd2_cli.report import formatting
from obd2_common.unit_systems import UnitSystem

_NUMBERS = frozenset({"from", "to"})
DIRECTION_SIGNS = {"RISING": "↗", "FALLING": "↘", "STABLE": "→"}


SPARKS = "▁▂▃▄▅▆▇█"


def shown_trends(drive: DriveDetail) -> list[HistoryTrend]:
    """Return the trends that end with a drive and rest on enough drives."""
    return [] if drive.history is None else [each for each in drive.history.trends if each.is_shown]


def trend_table(
    drive: DriveDetail,
    zone: ZoneInfo,
    courses: Mapping[str, Sequence[float]],
    system: UnitSystem = formatting.METRIC,
) -> RenderableType:
    """Return the trends that end with a drive, clear ones first.

    Args:
        drive: the last of its drives.
        zone: of the dates.
        courses: by parameter the means of the drives of its trend, oldest first; one without is not drawn.
        system: of the units shown.
    """
    trends = shown_trends(drive)
    place = f"{formatting.plain(drive.device_id)} up to drive {formatting.plain(drive.drive_key)}"
    if not trends:
        earlier = 0 if drive.history is None else drive.history.prior_drive_count
        return Text(f"No trends of {place} yet: {formatting.count(earlier, 'earlier drive')} of the same kind.")
    shown = Table(
        title=Text(f"Trends of {place} ({formatting.local_time(drive.started_at, zone)})"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        pad_edge=False,
        show_edge=False,
    )
    for heading in ("parameter", "direction", "from", "to", "over", "clear?"):
        shown.add_column(heading, justify="right" if heading in _NUMBERS else "left", no_wrap=heading != "parameter")
    units = formatting.units_of(drive)
    for each in sorted(trends, key=lambda trend: (not trend.is_significant, trend.direction == "STABLE")):
        direction = f"{DIRECTION_SIGNS.get(each.direction, ' ')} {each.direction.lower()}"
        drawn = f"{direction}\n{sparkline(courses.get(each.parameter, ()))}".rstrip()
        shown.add_row(
            Text(formatting.parameter_name(each.parameter)),
            drawn,
            *_cells(each, units.get(each.parameter), zone, system),
        )
    return shown


def sparkline(values: Sequence[float]) -> str:
    """Draw values in a line of text, the lowest as the lowest bar; those that are all the same lie in the middle."""
    if not values:
        return ""
    low, span = min(values), max(values) - min(values)
    if not span:
        return SPARKS[len(SPARKS) // 2] * len(values)
    return "".join(SPARKS[round((value - low) / span * (len(SPARKS) - 1))] for value in values)


def _cells(each: HistoryTrend, unit: str | None, zone: ZoneInfo, system: UnitSystem) -> tuple[str, ...]:
    is_percent_the_same = system.converted(0.0, unit) == 0  # of degrees Celsius it is another than of Fahrenheit
    is_told = each.drift_percent is not None and is_percent_the_same
    percent = f" ({formatting.signed(each.drift_percent)} %)" if is_told else ""
    since = "" if each.first_at is None else f"\nsince {each.first_at.astimezone(zone):%Y-%m-%d}"
    return (
        formatting.bare(each.first_value, unit, system),
        f"{formatting.measured(each.last_value, unit, system)}{percent}",
        f"{each.drive_count} drives{since}",
        "yes" if each.is_significant else "no",
    )
