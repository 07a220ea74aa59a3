"""`obd2 devices`: who sends, how far it is, and what people call it."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from obd2_api.repository.devices import KnownDevice, list_devices, name_device, named
from obd2_cli.database_access import open_database
from obd2_cli.report.device_notes import note_lines
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.clock import utc_now
from obd2_common.errors import NotFoundError
from obd2_common.migrate import check_schema
from obd2_common.settings import CommonSettings
from obd2_common.shared_id import is_shared_id_suspected

command = typer.Typer(help="Show who sends and how far it is; give devices names.")
DeviceId = Annotated[str, typer.Argument(metavar="DEVICE", help="The device's id.")]


@command.callback(invoke_without_command=True)
def every(context: typer.Context) -> None:
    """Show every device, the epochs of its database and how far its tables are.

    More than one epoch means that the database on the device was rebuilt or restored, or that two devices share an
    id.
    """
    if context.invoked_subcommand is None:
        _show(None)


@command.command()
def show(device: DeviceId) -> None:
    """Show one device."""
    _show(device)


@command.command()
def name(device: DeviceId, text: Annotated[str, typer.Argument(help="What people call it.")]) -> None:
    """Give a device a name, which lists show beside its id."""
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        database.run(lambda session: name_device(session, device, text))
    Console(highlight=False, markup=False).print(f"{device} is called {text.strip()}.", soft_wrap=True)


def _show(device: str | None) -> None:
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        known = database.read(list_devices)
    chosen = [each for each in known if device is None or each.device.source_device == device]
    if device is not None and not chosen:
        raise NotFoundError(f"no device {device} has ever sent anything")
    console = Console(highlight=False)
    if not chosen:
        console.print("No device has sent anything yet.")
    for each in chosen:
        _print(console, each)


def _print(console: Console, known: KnownDevice) -> None:
    device = known.device
    title = named(device.source_device, {device.source_device: device.display_name})
    console.print(f"[bold]{escape(title)}[/bold]")
    success = f"{device.last_success_at:%Y-%m-%d %H:%M:%S} UTC" if device.last_success_at else "never"
    console.print(
        f"  last success {success}; {device.request_count} requests, {device.empty_request_count} without rows",
    )
    if device.last_failure_at is not None:
        reason = escape(device.last_failure_reason or "no reason kept")
        console.print(f"  last failure {device.last_failure_at:%Y-%m-%d %H:%M:%S} UTC: {reason}", soft_wrap=True)
    if device.shared_id_suspected_at is not None and is_shared_id_suspected(device.shared_id_suspected_at, utc_now()):
        console.print(
            f"  [red]two devices seem to send under this id[/red], last sign "
            f"{device.shared_id_suspected_at:%Y-%m-%d %H:%M:%S} UTC: give each its own",
            soft_wrap=True,
        )
    for line in note_lines(known.notes):
        console.print(f"  {escape(line)}", soft_wrap=True)
    for epoch in known.epochs:
        state = "open" if epoch.source_epoch == device.open_epoch else "closed"
        opened = f"{epoch.opened_at:%Y-%m-%d %H:%M} UTC"
        console.print(f"  epoch {epoch.source_epoch} ({state}) since {opened}: {escape(epoch.reason)}", soft_wrap=True)
        console.print(_tables(known, epoch.source_epoch))
    for column in known.unknown_columns:
        console.print(
            f"  [yellow]unknown column[/yellow] {escape(f'{column.table_name}.{column.column_name}')}: "
            f"{column.row_count} rows, kept in extra",
            soft_wrap=True,
        )
    for unit in known.unknown_units:
        console.print(
            f"  [yellow]unknown unit[/yellow] {escape(unit.unit)} of {escape(unit.parameter)}: "
            f"{unit.row_count} rows of {unit.drive_count} drives, used for nothing",
            soft_wrap=True,
        )


def _tables(known: KnownDevice, epoch: int) -> Table:
    shown = Table(box=None, padding=(0, 2, 0, 4))
    shown.add_column("table")
    shown.add_column("rows", justify="right")
    shown.add_column("up to id", justify="right")
    shown.add_column("last stored (UTC)")
    for cursor in known.cursors:
        if cursor.source_epoch == epoch:
            high = "-" if cursor.high_water_id is None else str(cursor.high_water_id)
            shown.add_row(cursor.table_name, str(cursor.row_count), high, f"{cursor.last_synced_at:%Y-%m-%d %H:%M:%S}")
    return shown
