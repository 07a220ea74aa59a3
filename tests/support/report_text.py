"""What `obd2 report` shows of a document, as plain text."""

import io
from zoneinfo import ZoneInfo

from rich.console import Console, RenderableType

from obd2_api.schemas.drives import DriveDetail
from obd2_cli.report import drive_report
from obd2_common.unit_systems import UnitSystem

CHICAGO = ZoneInfo("America/Chicago")


def shown(*parts: RenderableType) -> str:
    """Return what is printed on a terminal of eighty columns."""
    console = Console(file=io.StringIO(), width=80, highlight=False)
    for part in parts:
        console.print(part)
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def report_of(drive: DriveDetail, *, is_every_scope: bool = False, system: UnitSystem = UnitSystem.METRIC) -> str:
    """Return the report of one drive as it is printed."""
    return shown(*drive_report(drive, CHICAGO, is_every_scope=is_every_scope, system=system))
