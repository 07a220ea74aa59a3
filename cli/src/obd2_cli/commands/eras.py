"""`obd2 eras`: from when on a car had another engine computer or tune."""

from typing import Annotated

import typer
from rich.table import Table
from sqlmodel import Session

from obd2_api.repository import eras
from obd2_cli.database_access import open_database
from obd2_cli.operator_choices import consequence, device_named, moment_named
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.clock import utc_now
from obd2_common.errors import InvalidInputError
from obd2_common.migrate import check_schema
from obd2_common.settings import CommonSettings
from obd2_common.tables.operators import TuneEra

command = typer.Typer(
    no_args_is_help=True,
    help="Begin an era when the engine computer or its tune changes: baselines never reach across.",
)
Device = Annotated[str | None, typer.Option("--device", help="Else the device that sent last.")]
LONGEST_NAME = 64


@command.command("list")
def list_all(device: Annotated[str | None, typer.Option("--device", help="Only this device's.")] = None) -> None:
    """List the eras of each car; the time before its first has no name."""
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        found = database.read(lambda session: eras.list_eras(session, device))
    console = Console(highlight=False)
    if not found:
        console.print("No era was begun yet: all drives of a car may be compared.")
        return
    shown = Table(box=None)
    for title in ("device", "name", "from (UTC)", "note"):
        shown.add_column(title, overflow="fold")
    for era in found:
        shown.add_row(era.source_device, era.name, f"{era.started_at:%Y-%m-%d %H:%M}", era.note or "-")
    console.print(shown, markup=False)


@command.command()
def start(
    name: Annotated[str, typer.Argument(help="What to call it, for example the engine computer's number.")],
    at: Annotated[str | None, typer.Option("--at", help="From when on, for example 2026-05-22; else now.")] = None,
    device: Device = None,
    note: Annotated[str | None, typer.Option("--note", help="For people.")] = None,
) -> None:
    """Begin an era; the drives around its start are computed again, with earlier drives of their own era only."""
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInputError(f"the name of an era has 1 to {LONGEST_NAME} characters")
    now = utc_now()
    began = now if at is None else moment_named(at)

    def work(session: Session) -> tuple[TuneEra, int]:
        era = TuneEra(
            source_device=device_named(session, device), name=name, started_at=began, note=note, created_at=now
        )
        return eras.start_era(session, era, now=now)

    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        era, recomputed = database.run(work)
    _tell(f"Era {name} of {era.source_device} began {era.started_at:%Y-%m-%d %H:%M} UTC. {consequence(recomputed)}")


@command.command()
def remove(name: Annotated[str, typer.Argument(help="Which.")], device: Device = None) -> None:
    """Let an era be one with the time before it."""
    now = utc_now()
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        recomputed = database.run(
            lambda session: eras.remove_era(session, device_named(session, device), name, now=now)
        )
    _tell(f"Era {name} is removed. {consequence(recomputed)}")


def _tell(sentence: str) -> None:
    Console(highlight=False, markup=False).print(sentence, soft_wrap=True)
