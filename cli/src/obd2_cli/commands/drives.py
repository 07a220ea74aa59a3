"""`obd2 drives`: what was driven, and what an operator says about it."""

from collections.abc import Callable
from typing import Annotated

import typer
from sqlmodel import Session

from obd2_api.repository import drive_marks
from obd2_api.repository.devices import KnownDevice, list_devices
from obd2_api.repository.drive_summaries import summaries
from obd2_api.repository.drives import DriveFilter, list_drives
from obd2_api.schemas.drives import DriveSummary
from obd2_cli import report
from obd2_cli.database_access import open_database
from obd2_cli.drive_choice import drive_named
from obd2_cli.operator_choices import consequence
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.clock import utc_now
from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.migrate import check_schema
from obd2_common.settings import CommonSettings
from obd2_common.tables.operators import DriveAnnotation

command = typer.Typer(no_args_is_help=True, help="List drives, hold them out of baselines, annotate them.")

DriveKey = Annotated[str, typer.Argument(help="The Pi's drive id, or derived-N, as listed.")]
Device = Annotated[str | None, typer.Option("--device", help="Else the device that sent last.")]
Epoch = Annotated[int | None, typer.Option("--epoch", help="Else the latest that has the drive.", min=1)]


@command.command("list")
def list_all(
    device: Annotated[str | None, typer.Option("--device", help="Only this device's.")] = None,
    *,
    epoch: Annotated[int | None, typer.Option("--epoch", help="Only of this life of its database.", min=1)] = None,
    only_held: Annotated[bool, typer.Option("--held", help="Only those held out of baselines.")] = False,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=500)] = 30,
) -> None:
    """List drives, the latest first; `obd2 report` shows the same list of a server elsewhere."""
    settings = load_settings(CommonSettings)
    wanted = DriveFilter(device, epoch, is_held_out=True if only_held else None)

    def read(session: Session) -> tuple[list[DriveSummary], bool, list[KnownDevice]]:
        page = list_drives(session, wanted, limit=limit, cursor=None)
        return summaries(session, page.rows), page.next_cursor is not None, list_devices(session)

    with open_database(settings) as database:
        check_schema(database)
        drives, is_cut, known = database.read(read)
    console = Console(highlight=False)
    if not drives:
        epochs_of = {each.device.source_device: [epoch.source_epoch for epoch in each.epochs] for each in known}
        console.print(report.why_empty(epochs_of, device, epoch) or "No such drive.", markup=False, soft_wrap=True)
        return
    names = {each.device.source_device: each.device.display_name for each in known}
    for table in report.drive_tables(drives, settings.zone, names):
        console.print(table)
    if is_cut:
        console.print(report.more_than(limit))


@command.command()
def hold(
    drive: DriveKey,
    reason: Annotated[str, typer.Option("--reason", help="Why, for people.")],
    device: Device = None,
    epoch: Epoch = None,
) -> None:
    """Keep a drive out of the baselines of later drives; those are computed again."""
    now = utc_now()
    _decide(
        lambda session: drive_marks.hold_drive(
            session, drive_named(session, drive, device, epoch), reason=_note(reason), now=now
        ),
        f"Drive {drive} is held out.",
    )


@command.command()
def release(drive: DriveKey, device: Device = None, epoch: Epoch = None) -> None:
    """Let a drive into the baselines of later drives again; those are computed again."""
    now = utc_now()
    _decide(
        lambda session: drive_marks.release_drive(session, drive_named(session, drive, device, epoch), now=now),
        f"Drive {drive} is released.",
    )


@command.command()
def annotate(
    drive: DriveKey,
    note: Annotated[str, typer.Argument(help="What there is to say about it.")],
    device: Device = None,
    epoch: Epoch = None,
) -> None:
    """Add a note to a drive; it is shown with the drive and never told to the language model."""
    now, text = utc_now(), _note(note)
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        added = database.run(
            lambda session: drive_marks.annotate(session, drive_named(session, drive, device, epoch), text, now=now)
        )
    Console(highlight=False).print(f"Note {added.annotation_id} added to drive {drive}.", soft_wrap=True)


@command.command()
def notes(
    drive: DriveKey,
    device: Device = None,
    epoch: Epoch = None,
    remove: Annotated[str | None, typer.Option("--remove", help="Delete the note with this id.")] = None,
) -> None:
    """Show the notes about a drive, or delete one."""

    def work(session: Session) -> list[DriveAnnotation]:
        found = drive_named(session, drive, device, epoch)
        if remove is not None and not drive_marks.remove_annotation(session, found, remove):
            raise NotFoundError(f"drive {drive} has no note {remove}")
        session.flush()
        return drive_marks.annotations_of(session, found)

    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        kept = database.run(work)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for note in kept:
        console.print(f"{note.annotation_id}  {note.created_at:%Y-%m-%d %H:%M} UTC  {note.note}")
    if not kept:
        console.print(f"There are no notes about drive {drive}.")


def _decide(work: Callable[[Session], int], done: str) -> None:
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        recomputed = database.run(work)
    Console(highlight=False, markup=False).print(f"{done} {consequence(recomputed)}", soft_wrap=True)


def _note(text: str) -> str:
    stripped = text.strip()
    if not 0 < len(stripped) <= drive_marks.LONGEST_NOTE:
        raise InvalidInputError(f"a note has 1 to {drive_marks.LONGEST_NOTE} characters")
    return stripped
