"""Where the car is going: the trends the server sees over the latest drives of a device."""

from zoneinfo import ZoneInfo

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from obd2_api.schemas.drives import DriveDetail
from obd2_api.schemas.history import HistoryTrend
from obd2_cli.report import formatting

_NUMBERS = frozenset({"from", "to"})
DIRECTION_SIGNS = {"RISING": "↗", "FALLING": "↘", "STABLE": "→"}


def trend_table(drive: DriveDetail, zone: ZoneInfo) -> RenderableType:
    """Return the trends that end with a drive, clear ones first; its dates are in the zone."""
    trends = [] if drive.history is None else [each for each in drive.history.trends if each.is_shown]
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
        shown.add_row(*_cells(each, units.get(each.parameter), zone))
    return shown


def _cells(each: HistoryTrend, unit: str | None, zone: ZoneInfo) -> tuple[RenderableType, ...]:
    percent = "" if each.drift_percent is None else f" ({formatting.signed(each.drift_percent)} %)"
    sign = DIRECTION_SIGNS.get(each.direction, " ")
    since = "" if each.first_at is None else f"\nsince {each.first_at.astimezone(zone):%Y-%m-%d}"
    return (
        Text(formatting.parameter_name(each.parameter)),
        f"{sign} {each.direction.lower()}",
        formatting.number(each.first_value),
        f"{formatting.measured(each.last_value, unit)}{percent}",
        f"{each.drive_count} drives{since}",
        "yes" if each.is_significant else "no",
    )
