"""`obd2 reference`: the drives that fuel trims and timing are measured against."""

from typing import Annotated

import typer
from rich.table import Table

from obd2_api.repository import drive_marks
from obd2_cli.database_access import open_database
from obd2_cli.drive_choice import drive_named
from obd2_cli.operator_choices import consequence
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.clock import utc_now
from obd2_common.migrate import check_schema
from obd2_common.settings import CommonSettings

command = typer.Typer(no_args_is_help=True, help="Choose the drives that others of their era are measured against.")

DriveKey = Annotated[str, typer.Argument(help="The Pi's drive id, or derived-N, as `obd2 drives list` shows it.")]
Device = Annotated[str | None, typer.Option("--device", help="Else the device that sent last.")]
Epoch = Annotated[int | None, typer.Option("--epoch", help="Else the latest that has the drive.", min=1)]


@command.command("list")
def list_all() -> None:
    """List the reference drives."""
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        found = database.read(drive_marks.list_references)
    console = Console(highlight=False)
    if not found:
        console.print("No drive is a reference.")
        return
    shown = Table(box=None)
    for title in ("device", "epoch", "drive", "chosen (UTC)"):
        shown.add_column(title, overflow="fold")
    for row in found:
        shown.add_row(row.source_device, str(row.source_epoch), row.drive_key, f"{row.chosen_at:%Y-%m-%d %H:%M}")
    console.print(shown, markup=False)


@command.command("set")
def choose(drive: DriveKey, device: Device = None, epoch: Epoch = None) -> None:
    """Measure the drives of this one's era against it, instead of any other; all of them are computed again."""
    now = utc_now()
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        recomputed = database.run(
            lambda session: drive_marks.choose_reference(session, drive_named(session, drive, device, epoch), now=now)
        )
    _tell(f"Drive {drive} is the reference of its era. {consequence(recomputed)}")


@command.command()
def clear(drive: DriveKey, device: Device = None, epoch: Epoch = None) -> None:
    """Measure against this drive no longer."""
    now = utc_now()
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        recomputed = database.run(
            lambda session: drive_marks.drop_reference(session, drive_named(session, drive, device, epoch), now=now)
        )
    _tell(f"Drive {drive} is no reference. {consequence(recomputed)}")


def _tell(sentence: str) -> None:
    Console(highlight=False, markup=False).print(sentence, soft_wrap=True)
