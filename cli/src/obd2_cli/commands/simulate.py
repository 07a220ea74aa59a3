"""`obd2 simulate`: write the database of a Pi that never was."""

from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from obd2_cli import simulate
from obd2_cli.simulate import CarName, DatabasePlan, DriveKind, DrivePlan, Fault, FaultName
from obd2_cli.simulate.plan import FILE_FAULTS, SEVERITY_WORDS
from obd2_cli.terminal import Console
from obd2_common.errors import InvalidInputError

_FIRST_START = simulate.FIRST_DRIVE_AT.replace(tzinfo=None)


class FaultyDrives(StrEnum):
    """Which of several drives get the faults."""

    LAST = "last"
    ALL = "all"
    GROWING = "growing"


def parse_fault(text: str) -> Fault:
    """Read a fault written as ``NAME`` or ``NAME:SEVERITY``, the severity a word or a number from 0 to 1.

    Raises:
        InvalidInputError: no such fault or severity.
    """
    name, _, severity = text.partition(":")
    try:
        fault_name = FaultName(name.strip().lower().replace("-", "_"))
    except ValueError:
        raise InvalidInputError(f"no fault is called {name!r}; known are {', '.join(FaultName)}") from None
    word = severity.strip().lower()
    if not word:
        return Fault(fault_name)
    if word in SEVERITY_WORDS:
        return Fault(fault_name, SEVERITY_WORDS[word])
    try:
        return Fault(fault_name, float(word))
    except ValueError:
        raise InvalidInputError(f"{severity!r} is no severity: give marginal, clear or a number from 0 to 1") from None


def command(
    file: Annotated[Path, typer.Argument(help="The SQLite database to write.")],
    *,
    drives: Annotated[int, typer.Option(help="How many drives.", min=1, max=1000)] = 1,
    seed: Annotated[int, typer.Option(help="The same seed gives the same file.", min=0)] = 0,
    kind: Annotated[
        list[DriveKind] | None,
        typer.Option(help="Kind of drive; several are taken in turn.", show_default="all"),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="NAME[:SEVERITY], severity marginal, clear or 0..1; see below.", show_default="none"),
    ] = None,
    faulty: Annotated[
        FaultyDrives, typer.Option(help="Which drives get the faults; growing: all, ever worse.")
    ] = FaultyDrives.LAST,
    car: Annotated[CarName, typer.Option(help="Which car.")] = CarName.ECLIPSE,
    start: Annotated[
        datetime,
        typer.Option(help="Start of the first drive, UTC.", formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]),
    ] = _FIRST_START,
    duration: Annotated[int | None, typer.Option(help="Seconds per drive.", show_default="by kind")] = None,
    data_source: Annotated[str, typer.Option(help="real, replay, physics_sim or fixture.")] = "real",
    all_tables: Annotated[bool, typer.Option("--all-tables", help="Put something into all ten tables.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
) -> None:
    """Write the database of a Pi that never was.

    Faults of the car: overheating, lean_drift, weak_charging, heat_soak, timing_pull, dying_o2. Of a drive's data:
    missing_drive_end, pre_mint, clock_jump, overlapping_drives, glitches,
    slow_polling. Of the file: rebuilt_database, which writes a second
    file NAME.rebuilt beside the first, to be pushed after it.

    Rows are tagged as real unless --data-source says otherwise, so that the server judges them.
    """
    faults = tuple(parse_fault(text) for text in fault or [])
    plans = simulate.plan_drives(
        drives,
        seed=seed,
        kinds=tuple(kind or DriveKind),
        started_at=start.replace(tzinfo=UTC),
        data_source=data_source,
        car=car,
    )
    plans = tuple(replace(plan, duration_seconds=duration) for plan in plans)
    of_drives = tuple(each for each in faults if each.name is not FaultName.REBUILT_DATABASE)
    plan = DatabasePlan(
        drives=_with_faults(plans, of_drives, faulty),
        seed=seed,
        fills_every_table=all_tables,
    )
    files = [(file, plan)]
    if len(of_drives) < len(faults):
        files.append((file.with_name(f"{file.stem}.rebuilt{file.suffix}"), simulate.rebuilt_plan(plan)))
    for path, each in files:
        if force:
            path.unlink(missing_ok=True)
        simulate.write_pi_database(path, each)
    console = Console()
    for path, each in files:
        console.print(drive_table(path, each))
    for line in hidden_faults(plan):
        console.print(f"[yellow]{line}[/yellow]", soft_wrap=True)


def _with_faults(
    plans: tuple[DrivePlan, ...], faults: tuple[Fault, ...], faulty: FaultyDrives
) -> tuple[DrivePlan, ...]:
    """Give the faults to the drives they are meant for; a second emitter takes the id after its drive's own."""
    first_faulty = len(plans) - 1 if faulty is FaultyDrives.LAST else 0
    step = 2 if any(fault.name is FaultName.OVERLAPPING_DRIVES for fault in faults) else 1
    meant = plans[first_faulty:]
    if faulty is FaultyDrives.GROWING:
        given = simulate.developing(meant, *faults)
    else:
        given = tuple(simulate.with_faults(plan, *faults) for plan in meant)
    return plans[:first_faulty] + tuple(
        replace(plan, drive_id=first_faulty + 1 + number * step) for number, plan in enumerate(given)
    )


def drive_table(path: Path, plan: DatabasePlan) -> Table:
    """Return the drives of a file as a table for the terminal."""
    shown = Table(
        title=Text(str(path), style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        pad_edge=False,
        show_edge=False,
    )
    for heading in ("drive", "start (UTC)", "kind", "seconds", "faults"):
        shown.add_column(heading)
    for drive in plan.drives:
        faults = ", ".join(f"{fault.name}:{fault.severity:g}" for fault in drive.faults)
        started = f"{drive.started_at:%Y-%m-%d %H:%M:%S}"
        shown.add_row(str(drive.drive_id), started, drive.kind, str(drive.seconds), faults)
    return shown


def hidden_faults(plan: DatabasePlan) -> list[str]:
    """Return a line for every fault that the drive it was given to cannot show."""
    return [
        f"Drive {drive.drive_id}: {fault.name} does not show on a {drive.kind} drive."
        for drive in plan.drives
        for fault in drive.faults
        if fault.name not in FILE_FAULTS and drive.kind not in simulate.SHOWS_ON.get(fault.name, frozenset(DriveKind))
    ]
