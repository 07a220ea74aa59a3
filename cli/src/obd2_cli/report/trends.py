"""Where the car is going: the trends the server sees over the latest drives of a device."""

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from obd2_api.schemas.drives import DriveDetail
from obd2_api.schemas.history import HistoryTrend
from obd2_cli.report import formatting as words

DIRECTION_SIGNS = {"RISING": "↗", "FALLING": "↘", "STABLE": "→"}


def trend_table(drive: DriveDetail) -> RenderableType:
    """Return the trends that end with a drive, clear ones first."""
    trends = [] if drive.history is None else [each for each in drive.history.trends if each.is_shown]
    place = f"{words.plain(drive.device_id)} up to drive {words.plain(drive.drive_key)}"
    if not trends:
        earlier = 0 if drive.history is None else drive.history.prior_drive_count
        return Text(f"No trends of {place} yet: {words.count(earlier, 'earlier drive')} of the same kind.")
    shown = Table(
        title=Text(f"Trends of {place}"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        pad_edge=False,
        show_edge=False,
    )
    for heading, justify in (("parameter", "left"), ("direction", "left"), ("drift", "right"), ("drives", "right")):
        shown.add_column(heading, justify="right" if justify == "right" else "left", no_wrap=True)
    shown.add_column("clear?")
    for each in sorted(trends, key=lambda trend: (not trend.is_significant, trend.direction == "STABLE")):
        shown.add_row(*_cells(each))
    return shown


def _cells(each: HistoryTrend) -> tuple[RenderableType, ...]:
    percent = "" if each.drift_percent is None else f" ({words.signed(each.drift_percent)} %)"
    sign = DIRECTION_SIGNS.get(each.direction, " ")
    return (
        Text(words.plain(each.parameter)),
        f"{sign} {each.direction.lower()}",
        f"{words.signed(each.drift)}{percent}",
        str(each.drive_count),
        "yes" if each.is_significant else "no",
    )
