"""`obd2 jobs`: the work that services leave each other."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Annotated

import typer
from rich.table import Table

from obd2_cli.database_access import open_database
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.clock import iso_z, utc_now
from obd2_common.errors import InvalidInputError
from obd2_common.jobs import listing as job_queue
from obd2_common.jobs.listing import JobFilter
from obd2_common.jobs.queue import DEAD
from obd2_common.migrate import check_schema
from obd2_common.settings import CommonSettings
from obd2_common.tables.jobs import Job

command = typer.Typer(no_args_is_help=True, help="Look at jobs, have them done again, or call them off.")
JobId = Annotated[str, typer.Argument(help="The job's id, as listed.")]
MOST_JOBS = 10_000
"""How many are put back in one go."""


@command.command("list")
def list_all(
    state: Annotated[str | None, typer.Option("--state", help="queued, running, done or dead.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="drive_facts or analysis.")] = None,
    device: Annotated[str | None, typer.Option("--device", help="Only this device's.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 50,
) -> None:
    """List jobs, those that changed last first."""
    if state not in (None, *job_queue.STATES):
        raise InvalidInputError(f"--state is one of {', '.join(job_queue.STATES)}")
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        found = database.read(lambda session: job_queue.list_jobs(session, JobFilter(state, kind, device), limit=limit))
    console = Console(highlight=False)
    if not found:
        console.print("There is no such job.")
        return
    shown = Table(box=None)
    # An id that is cut or broken cannot be copied.
    shown.add_column("id", no_wrap=True)
    shown.add_column("job", overflow="fold")
    for job in found:
        shown.add_row(job.job_id, "\n".join(_described(job)))
    console.print(shown, markup=False)


@command.command()
def show(job_id: JobId) -> None:
    """Show everything about one job."""
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        job = database.read(lambda session: job_queue.find_job(session, job_id))
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for name, value in job.model_dump().items():
        if value is None:
            continue
        written = iso_z(value) if hasattr(value, "tzinfo") else value
        console.print(f"{name:<17}{json.dumps(written) if isinstance(written, dict) else written}")


@command.command()
def requeue(
    job_ids: Annotated[list[str] | None, typer.Argument(help="Which.")] = None,
    *,
    dead: Annotated[bool, typer.Option("--dead", help="All that were given up.")] = False,
) -> None:
    """Have jobs done again at once, with all their attempts before them."""
    if bool(job_ids) == dead:
        raise InvalidInputError("name jobs, or say --dead")
    now = utc_now()
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        buried = JobFilter(state=DEAD)
        chosen = job_ids or [
            job.job_id
            for job in database.read(lambda session: job_queue.list_jobs(session, buried, limit=MOST_JOBS))
            if job.last_error != job_queue.CANCELLED
        ]
        for job_id in chosen:
            database.run(partial(job_queue.requeue, job_id=job_id, now=now))
    Console(highlight=False).print(f"{len(chosen)} {'job' if len(chosen) == 1 else 'jobs'} in the queue again.")


@command.command()
def cancel(job_id: JobId) -> None:
    """Call a job off; what a worker has in hand of it is not stored."""
    now = utc_now()
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        database.run(lambda session: job_queue.cancel(session, job_id, now=now))
    Console(highlight=False).print(f"Job {job_id} is called off.", soft_wrap=True)


def _described(job: Job) -> Iterator[str]:
    """Tell a job in lines that fit beside its id on a narrow terminal."""
    yield f"{job.kind}, {job.state}"
    if job.source_device is not None:
        yield f"{job.source_device}, drive {_drive(job)}"
    yield f"due {job.due_at:%Y-%m-%d %H:%M:%S} UTC, attempts {job.attempts}"
    if job.last_error is not None:
        yield job.last_error


def _drive(job: Job) -> str:
    named = (job.payload or {}).get("driveKey")
    if named is not None:
        return str(named)
    return "none" if job.drive_id == 0 else str(job.drive_id or "-")
