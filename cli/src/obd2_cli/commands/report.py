"""`obd2 report`: what a running server knows, for people."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import RenderableType
from rich.padding import Padding

from obd2_api.schemas.drives import DriveDetail, DriveList, DriveSummary
from obd2_api.schemas.history import HistoryTrend
from obd2_cli import report
from obd2_cli.client_settings import ApiKeyOption, ClientSettings, UrlOption, find_key, find_url
from obd2_cli.report.drive import CLOSED_LOOP
from obd2_cli.server_client import ServerClient
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.errors import NotFoundError
from obd2_common.settings import CommonSettings
from obd2_common.unit_systems import UnitSystem

PENDING = "More waits to be computed: a drive is judged some seconds after its end, or once it has been quiet."


def command(
    drive: Annotated[
        str | None,
        typer.Argument(help="A drive's number or key; without it all are listed.", show_default="all drives"),
    ] = None,
    *,
    device: Annotated[str | None, typer.Option(help="Device id.", show_default="all, or the latest to send")] = None,
    epoch: Annotated[
        int | None, typer.Option(help="Life of the device's database.", min=1, show_default="the latest")
    ] = None,
    trends: Annotated[bool, typer.Option("--trends", help="Show where the values go over the latest drives.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show the statistics of every set of samples.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write what the server tells, as JSON: a drive, or a list of them.")
    ] = False,
    units: Annotated[
        UnitSystem, typer.Option(help="Of the values shown; JSON keeps the server's.")
    ] = UnitSystem.METRIC,
    limit: Annotated[int, typer.Option(help="Drives to list.", min=1)] = 50,
    url: UrlOption = None,
    api_key: ApiKeyOption = "",
) -> None:
    """Show the drives, one drive, or the trends a running server knows.

    It is read over the server's HTTP interface, so it works for a server elsewhere too, and changes nothing there.
    Times are in the zone of PI_TIME_ZONE.
    """
    console = Console(highlight=False)
    client = load_settings(ClientSettings)
    zone = load_settings(CommonSettings).zone
    with ServerClient(url or find_url(client), api_key or find_key(client)) as server:
        shown: list[RenderableType]
        if as_json:
            typer.echo(_as_json(server, device, drive, epoch, limit=limit, is_latest=trends))
            return
        if trends:
            latest = _latest_with_history(server, device, epoch)
            courses = {each.parameter: _course(server, latest, each) for each in report.shown_trends(latest)}
            shown = [report.trend_table(latest, zone, courses, units)]
        elif drive is not None:
            found = _drive(server, device, drive, epoch)
            shown = list(report.drive_report(found, zone, is_every_scope=every, system=units))
        else:
            drives = _listed(server, device, epoch, limit)
            shown = [*_tables(server, zone, drives, limit, units), *_pending(server)]
    for part in shown:
        console.print(part)


def _as_json(
    server: ServerClient, device: str | None, drive: str | None, epoch: int | None, *, limit: int, is_latest: bool
) -> str:
    """Return the drive asked for, the one the trends end with, or the list, as the api writes it."""
    if is_latest:
        return _latest_with_history(server, device, epoch).model_dump_json(by_alias=True, indent=2)
    if drive is not None:
        return _drive(server, device, drive, epoch).model_dump_json(by_alias=True, indent=2)
    drives = server.drives(device=device, epoch=epoch, limit=limit)
    if not drives:
        _refuse_unknown(server, device, epoch)
    return DriveList(drives=drives, next_cursor=None).model_dump_json(by_alias=True, indent=2, include={"drives"})


def _listed(server: ServerClient, device: str | None, epoch: int | None, limit: int) -> list[DriveSummary]:
    """Return the latest drives, one more than are shown where there are more."""
    drives = server.drives(device=device, epoch=epoch, limit=limit + 1)
    if not drives:
        _refuse_unknown(server, device, epoch)
    return drives


def _tables(
    server: ServerClient, zone: ZoneInfo, drives: list[DriveSummary], limit: int, units: UnitSystem
) -> list[RenderableType]:
    if not drives:
        return [report.NOTHING_YET]
    tables: list[RenderableType] = [
        Padding(table, (0, 0, 1, 0))
        for table in report.drive_tables(drives[:limit], zone, server.display_names(), units)
    ]
    return tables if len(drives) <= limit else [*tables, report.more_than(limit)]


def _drive(server: ServerClient, device: str | None, drive: str, epoch: int | None) -> DriveDetail:
    try:
        return server.drive(device or _latest_device(server), drive, epoch=epoch)
    except NotFoundError:
        _refuse_unknown(server, device, epoch)
        raise


def _refuse_unknown(server: ServerClient, device: str | None, epoch: int | None) -> None:
    """Raise when the device or epoch asked for does not exist."""
    epochs_of = {each.device_id: [known.epoch for known in each.epochs] for each in server.devices()}
    reason = report.why_empty(epochs_of, device, epoch)
    if reason is not None:
        raise NotFoundError(reason)


def _pending(server: ServerClient) -> list[RenderableType]:
    """Say when more is to come."""
    return [f"[dim]{PENDING}[/dim]"] if server.health().pending_drives else []


def _latest_device(server: ServerClient) -> str:
    """Return the device that sent last."""
    last_sync = server.health().last_sync
    if last_sync is None:
        raise NotFoundError(report.NOTHING_YET)
    return last_sync.device_id


def _latest_with_history(server: ServerClient, device: str | None, epoch: int | None) -> DriveDetail:
    """Return the latest drive that counts in trends, else the latest at all."""
    drives = server.drives(device=device or _latest_device(server), epoch=epoch, limit=50)
    if not drives:
        _refuse_unknown(server, device, epoch)
        raise NotFoundError(report.NOTHING_YET)
    latest = next((drive for drive in drives if _counts(drive)), drives[0])
    return server.drive(latest.device_id, latest.drive_key, epoch=latest.epoch)


def _course(server: ServerClient, drive: DriveDetail, trend: HistoryTrend) -> list[float]:
    """Return the means over the drives of a trend: of fuel trims those in closed loop, where the drive has them."""
    scopes = {each.scope for each in drive.statistics if each.parameter_name == trend.parameter}
    found = server.trend(drive.device_id, trend.parameter, CLOSED_LOOP if CLOSED_LOOP in scopes else "all")
    if trend.first_at is None or trend.last_at is None:
        return []
    return [
        point.mean
        for point in found.points
        if point.mean is not None and trend.first_at <= point.started_at <= trend.last_at
    ]


def _counts(drive: DriveSummary) -> bool:
    return drive.is_real is True and not drive.is_held_out and not drive.flags and drive.computed_at is not None
