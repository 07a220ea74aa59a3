"""Trouble codes of a drive for people, with what the car measured when each was set, and the Pi's own alerts."""

from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from obd2_api.schemas.drives import DriveDetail
from obd2_api.schemas.trouble_codes import TroubleCodeDetail
from obd2_cli.report import formatting
from obd2_common.plain_names import UNIT_OF, plain_name
from obd2_common.unit_systems import UnitSystem

STATUS_STYLES = {"stored": "bold red", "pending": "yellow", "cleared": "dim"}


def trouble_codes(drive: DriveDetail, zone: ZoneInfo, system: UnitSystem) -> RenderableType:
    """Return the codes of a drive, each with its freeze frame below."""
    shown = Table.grid(padding=(0, 2))
    shown.add_column(no_wrap=True)
    shown.add_column(no_wrap=True)
    shown.add_column()
    for code in drive.trouble_codes:
        style = STATUS_STYLES.get(code.status, "")
        shown.add_row(
            Text(formatting.plain(code.code), style="bold"), Text(code.status, style=style), _told(code, zone, system)
        )
    return shown


def pi_alerts(drive: DriveDetail, zone: ZoneInfo, system: UnitSystem) -> RenderableType:
    """Return the alerts the Pi raised; the server judges by its own rules."""
    lines = [
        f"{formatting.local_second(alert.timestamp, zone, beside=drive.started_at)}  "
        f"{formatting.plain(alert.alert_type)}: "
        f"{formatting.parameter_name(alert.parameter_name or formatting.UNKNOWN)} "
        f"{formatting.measured(alert.value, UNIT_OF.get(alert.parameter_name or ''), system)}, "
        f"limit {formatting.measured(alert.threshold, UNIT_OF.get(alert.parameter_name or ''), system)}"
        for alert in drive.pi_alerts
    ]
    return Text("\n".join(lines))


def _told(code: TroubleCodeDetail, zone: ZoneInfo, system: UnitSystem) -> RenderableType:
    seen = "new on this drive" if code.is_new else "known from earlier drives"
    if code.first_seen_at is not None:
        seen += f", first seen {formatting.local_time(code.first_seen_at, zone)}"
    if code.last_seen_at is not None:
        seen += f", last {formatting.local_time(code.last_seen_at, zone)}"
    told = [Text(formatting.plain(code.description)), Text(seen, style="dim")]
    frame = _frame(code, system)
    return Group(*told, *([Text(f"when it was set: {frame}", style="dim")] if frame else []))


def _frame(code: TroubleCodeDetail, system: UnitSystem) -> str:
    if code.freeze_frame_text is not None:
        return f"unreadable: {formatting.plain(code.freeze_frame_text)}"
    return ", ".join(
        f"{formatting.plain(plain_name(name))} {_value(name, value, system)}"
        for name, value in (code.freeze_frame or {}).items()
    )


def _value(name: str, value: object, system: UnitSystem) -> str:
    if isinstance(value, int | float):
        return formatting.measured(value, UNIT_OF.get(name), system)
    return formatting.plain(None if value is None else str(value))
