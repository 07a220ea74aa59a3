"""`obd2 release`: what the Pi is offered as an update."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from obd2_api.releases import ReleaseRecord
from obd2_api.repository.releases import publish_release, published_releases
from obd2_cli.database_access import open_database
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.clock import utc_now
from obd2_common.migrate import check_schema
from obd2_common.settings import CommonSettings

command = typer.Typer(
    no_args_is_help=True,
    help="Publish releases of the Pi's software, and see what is published. The Pi asks the server once an hour.",
)


@command.command()
def publish(
    version: Annotated[str, typer.Argument(help="Such as V0.31.0.")],
    *,
    git_hash: Annotated[str, typer.Option(help="The commit it was built from.")],
    theme: Annotated[str, typer.Option(help="What it is about, in 50 characters.")],
    description: Annotated[str, typer.Option(help="What changed, in 400 characters.")] = "",
    released_at: Annotated[
        str | None,
        typer.Option(help="When it was released, UTC: YYYY-MM-DDTHH:MM:SSZ.", show_default="now"),
    ] = None,
) -> None:
    """Make a release the current one. What the Pi would refuse is refused here.

    The same version again replaces what was said about it.
    """
    now = utc_now()
    record = ReleaseRecord.parse(
        {
            "version": version,
            "releasedAt": released_at or now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "gitHash": git_hash,
            "theme": theme,
            "description": description,
        },
    )
    _publish(record, now)
    Console(highlight=False).print(f"{record.version} is the current release.", markup=False)


@command.command()
def show() -> None:
    """Show the current release, or say that there is none."""
    _print(_published(limit=1))


@command.command()
def history() -> None:
    """List the latest releases, newest publication first."""
    _print(_published(limit=10))


def _publish(record: ReleaseRecord, now: datetime) -> None:
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        database.run(lambda session: publish_release(session, record, now=now))


def _published(*, limit: int) -> list[ReleaseRecord]:
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        return database.read(lambda session: published_releases(session, limit=limit))


def _print(records: list[ReleaseRecord]) -> None:
    console = Console(highlight=False)
    if not records:
        console.print("No release is published. The Pi is told so with 503.")
        return
    shown = Table()
    for heading in ("version", "released (UTC)", "commit", "theme", "description"):
        shown.add_column(heading, no_wrap=heading != "description", overflow="fold")
    for record in records:
        released_at = record.released_at.replace("T", " ").removesuffix("Z")
        shown.add_row(record.version, released_at, record.git_hash, record.theme, record.description)
    console.print(shown, markup=False)
