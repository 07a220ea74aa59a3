"""`obd2 keys`: keys of devices and programs, each for what it is needed for."""

import io
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

import segno
import typer
from rich.table import Table

from obd2_api.auth.credentials import NewKey, Scope
from obd2_api.auth.issuing import LONGEST_LIFETIME, issue_key, parse_scopes, revoke_key, rotate_key
from obd2_api.auth.links import PARAMETER, issue_link
from obd2_api.auth.repository import list_keys, state_of
from obd2_cli.database_access import open_database
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.clock import utc_now
from obd2_common.errors import InvalidInputError
from obd2_common.migrate import check_schema
from obd2_common.settings import CommonSettings

command = typer.Typer(
    no_args_is_help=True,
    help="Issue keys to devices and programs, exchange them and take them back. The shared key is not among them.",
)
Named = Annotated[str, typer.Argument(metavar="KEY", help="Id or name of the key.")]


@command.command()
def create(
    name: Annotated[str, typer.Argument(help="What people call it, such as the device's name.")],
    *,
    device: Annotated[
        str | None,
        typer.Option(help="The only device it speaks for. It then has the scope push and no other."),
    ] = None,
    scope: Annotated[list[str] | None, typer.Option(help="push, read or admin; may be repeated.")] = None,
    days: Annotated[
        float | None, typer.Option(help="After how many days it expires.", min=0, max=LONGEST_LIFETIME.days)
    ] = None,
) -> None:
    """Issue a key and show it. It is shown this once: the server keeps only its digest."""
    scopes = parse_scopes(scope or [], device_id=device)
    lifetime = None if days is None else timedelta(days=days)
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        new = database.run(lambda session: issue_key(session, name, scopes, device, lifetime, now=utc_now()))
    _show(new)


@command.command()
def link(
    address: Annotated[
        str, typer.Argument(help="The server as the phone reaches it, such as http://192.168.1.20:8000.")
    ],
    *,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read or admin; may be repeated.", show_default="both"),
    ] = None,
) -> None:
    """Show a QR code that signs a browser in, once, within five minutes.

    The session that begins is listed among the keys and ends when it is revoked there.
    """
    place = urlsplit(address)
    if place.scheme not in {"http", "https"} or not place.netloc or place.query or place.fragment:
        raise InvalidInputError(f"{address!r} is no address of a server: write it as http://192.168.1.20:8000")
    scopes = parse_scopes([*(scope or (Scope.ADMIN,)), Scope.READ], device_id=None)
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        new = database.run(lambda session: issue_link(session, scopes, now=utc_now()))
    target = f"{address.rstrip('/')}/sign-in?{PARAMETER}={new.text}"
    drawn = io.StringIO()
    segno.make(target, error="l").terminal(drawn, compact=True)
    typer.echo(drawn.getvalue())
    typer.echo(target)


@command.command("list")
def list_all() -> None:
    """List every key ever issued; of the key itself only the part that identifies it."""
    now = utc_now()
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        found = database.read(list_keys)
    console = Console(highlight=False)
    if not found:
        console.print("No key was issued. Everybody uses the shared one.")
        return
    shown = Table(box=None)
    for title in ("id", "name", "device", "scopes", "state", "last used (UTC)", "expires (UTC)"):
        shown.add_column(title, overflow="fold", no_wrap=title == "id")
    for key in found:
        shown.add_row(
            key.key_id,
            key.name,
            key.source_device or "any",
            key.scopes,
            state_of(key, now).replace("_", " "),
            _moment(key.last_used_at),
            _moment(key.expires_at),
        )
    console.print(shown, markup=False)


@command.command()
def revoke(key: Named) -> None:
    """Take a key back for good. Five seconds later no process takes it any more."""
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        key_id = database.run(lambda session: revoke_key(session, key, now=utc_now()))
    Console(highlight=False).print(f"The key {key_id} is revoked.")


@command.command()
def rotate(
    key: Named,
    *,
    grace_days: Annotated[
        float, typer.Option(help="How long the old key stays valid.", min=0, max=LONGEST_LIFETIME.days)
    ] = 30,
) -> None:
    """Issue a key that opens the same as another one, and let that one expire.

    The list tells when the old one was last used; revoke it once the new one is in place.
    """
    grace = timedelta(days=grace_days)
    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        new = database.run(lambda session: rotate_key(session, key, grace, now=utc_now()))
    _show(new)


def _show(new: NewKey) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(new.text)
    Console(stderr=True, highlight=False).print(f"Keep it now: it is not shown again. Its id is {new.key_id}.")


def _moment(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
