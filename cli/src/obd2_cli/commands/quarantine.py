"""`obd2 quarantine`: rows that no column could hold."""

from datetime import timedelta
from functools import partial
from typing import Annotated

import typer
from rich.table import Table

from obd2_api.ingest.quarantine import unpack
from obd2_api.ingest.quiet_times import QuietTimes
from obd2_api.ingest.receive import Ingest
from obd2_api.ingest.replay_job import ReplayWorker, enqueue_replay, outcome_of, wait_until_over
from obd2_api.repository.quarantine import (
    QuarantineFilter,
    count_quarantined,
    discard,
    find_quarantined,
    list_quarantined,
)
from obd2_cli.database_access import open_database
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.clock import iso_z, utc_now
from obd2_common.errors import EXIT_FAILED, ConflictError, NotFoundError
from obd2_common.jobs.queue import DEAD
from obd2_common.migrate import check_schema
from obd2_common.settings import CommonSettings
from obd2_common.tables.devices import QuarantinedRow

command = typer.Typer(
    no_args_is_help=True,
    help="Look at rows that could not be stored, and decide what becomes of them.",
)
RowNumber = Annotated[int, typer.Argument(help="Number of the row, as listed.", min=1)]
Device = Annotated[str | None, typer.Option("--device", help="Only this device's.")]
TableName = Annotated[str | None, typer.Option("--table", help="Only those sent for this table.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only those with this reason.")]


@command.command("list")
def list_rows(
    device: Device = None,
    table: TableName = None,
    reason: Reason = None,
    *,
    discarded: Annotated[bool, typer.Option("--discarded", help="Those set aside instead of the open ones.")] = False,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 50,
) -> None:
    """List rows in the order in which they came."""
    wanted = QuarantineFilter(device, table, reason, "discarded" if discarded else "open")
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        rows = database.read(lambda session: list_quarantined(session, wanted, limit=limit))
        total = database.read(lambda session: count_quarantined(session, wanted))
    console = Console(highlight=False)
    if not rows:
        console.print("Nothing is in quarantine.")
        return
    shown = Table()
    for heading in ("no.", "device", "table", "id", "reason", "received"):
        shown.add_column(heading, overflow="fold")
    for row in rows:
        shown.add_row(
            str(row.quarantine_id),
            row.source_device,
            row.table_name,
            row.source_id or "-",
            row.reason,
            f"{row.received_at:%m-%d %H:%M}",
        )
    console.print(shown, markup=False)
    console.print(f"{len(rows)} of {total} rows. `obd2 quarantine show NO` shows one whole.")


@command.command()
def show(number: RowNumber) -> None:
    """Show one row word for word, and why it is here."""
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        row = database.read(lambda session: find_quarantined(session, number))
    if row is None:
        raise NotFoundError(f"there is no row {number} in quarantine")
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for name, value in _facts(row).items():
        console.print(f"{name:<15}{value}")
    console.print(unpack(row.row_text, row.row_encoding))


@command.command()
def replay(
    numbers: Annotated[list[int] | None, typer.Argument(help="Rows to try; without any, all that match.")] = None,
    *,
    device: Device = None,
    table: TableName = None,
    reason: Reason = None,
) -> None:
    """Try to store rows again, after the server learned to. What fits leaves the quarantine.

    Ends with 1 when a row stayed.
    """
    settings = load_settings(CommonSettings)
    quiet_times = QuietTimes(
        while_open=timedelta(seconds=settings.drive_quiet_seconds),
        once_ended=timedelta(seconds=settings.drive_settle_seconds),
    )
    with open_database(settings) as database:
        check_schema(database)
        wanted = QuarantineFilter(device, table, reason)
        worker = ReplayWorker(Ingest(database, utc_now, settings.zone, quiet_times))
        job_id = database.run(lambda session: enqueue_replay(session, wanted, numbers=numbers, now=utc_now()))
        job = wait_until_over(worker, job_id)
    result = outcome_of(job.result)
    if job.state == DEAD:
        raise ConflictError(f"the replay was given up: {job.last_error}")
    console = Console(highlight=False)
    console.print(f"{result.stored} rows stored, {sum(result.kept.values())} still in quarantine.")
    for why, count in sorted(result.kept.items()):
        console.print(f"  {why}: {count}", markup=False)
    raise typer.Exit(EXIT_FAILED if result.kept else 0)


@command.command("discard")
def discard_rows(numbers: Annotated[list[int], typer.Argument(help="Rows to set aside.")]) -> None:
    """Set rows aside: they are kept, no longer counted, and do not come back when they are sent again."""
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        missing = [number for number in numbers if not database.run(partial(discard, quarantine_id=number))]
    if missing:
        raise NotFoundError(f"not in quarantine: {', '.join(map(str, missing))}")
    Console(highlight=False).print(f"{len(numbers)} rows set aside.")


def _facts(row: QuarantinedRow) -> dict[str, str]:
    return {
        "device": f"{row.source_device}, epoch {row.source_epoch}",
        "table": row.table_name,
        "id": row.source_id or "none usable",
        "reason": row.reason if row.column_name is None else f"{row.reason} in {row.column_name}",
        "state": row.state,
        "batch": row.batch_id,
        "receipt": row.receipt_id,
        "received": f"{iso_z(row.received_at)}, {row.times_received} times, last {iso_z(row.last_received_at)}",
    }
