"""The list of drives as tables, one per device and life of its database."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from zoneinfo import ZoneInfo

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from obd2_api.schemas.drives import DriveSummary
from obd2_cli.report import formatting as words

COMPUTED = "computed"
GRADE_STYLES = {"A": "green", "B": "green", "C": "yellow", "D": "bold red"}
_HEADINGS = ("drive", "start", "lasted", "rows", "real?", "grade", "flags")
_NUMBERS = frozenset({"drive", "lasted", "rows"})


def drive_tables(drives: Iterable[DriveSummary], zone: ZoneInfo) -> Iterator[RenderableType]:
    """Yield a table of drives for every device and epoch; a device's drives stay in the order given."""
    ordered = sorted(drives, key=lambda drive: (drive.device_id, -drive.epoch))
    for (device, epoch), members in groupby(ordered, key=lambda drive: (drive.device_id, drive.epoch)):
        title = Text(f"Drives of {words.plain(device)}, epoch {epoch}", style="bold")
        shown = Table(
            title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False
        )
        for heading in _HEADINGS:
            shown.add_column(heading, justify="right" if heading in _NUMBERS else "left", no_wrap=heading != "flags")
        for drive in members:
            shown.add_row(*_cells(drive, zone))
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
    flags = [*drive.flags, *(["held out"] if drive.is_held_out else [])]
    return ", ".join(words.plain(flag).replace("_", " ") for flag in flags)


def _cells(drive: DriveSummary, zone: ZoneInfo) -> tuple[RenderableType, ...]:
    return (
        Text(words.plain(drive.drive_key)),
        words.local_time(drive.started_at, zone),
        words.rough_duration(drive.duration_seconds),
        f"{drive.row_count:,}",
        words.is_real(drive.is_real),
        grade_text(drive),
        Text(flags_text(drive)),
    )
