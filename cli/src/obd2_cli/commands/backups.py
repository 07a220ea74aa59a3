"""`obd2 backups`: what the vault holds, what retention would delete, and how a backup comes back."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.table import Table
from sqlalchemy.engine import make_url
from sqlmodel import Session

from obd2_backup import repository
from obd2_backup.adoption import adopt
from obd2_backup.app import open_vault
from obd2_backup.context import BackupContext
from obd2_backup.dumping import dump as dump_database
from obd2_backup.repository import Bucket
from obd2_backup.restoring import replacing_sql, restore_dump, restore_file
from obd2_backup.rotation import plan_bucket
from obd2_backup.sealing import SEALED_EXTENSION, read_identities, unseal
from obd2_backup.settings import BackupSettings
from obd2_backup.vault import Vault
from obd2_cli.database_access import open_database
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console, harmless
from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.db.dialect import normalise_url
from obd2_common.errors import EXIT_FAILED, ConfigurationError, NotFoundError
from obd2_common.file_hash import sha256_of
from obd2_common.migrate import check_schema
from obd2_common.tables.backups import Backup

URL_MARK = "://"
NAME = "bucket and name"
LONG_TEXTS = {NAME, ""}
"""Headings of the columns that give way to the others."""

command = typer.Typer(
    no_args_is_help=True,
    help="Look into the vault and get backups back. Works on this machine's vault and database, as the settings say.",
)

DeviceOption = Annotated[str | None, typer.Option(help="Only this device's; _server is the server's own dumps.")]
TypeOption = Annotated[str | None, typer.Option("--type", help="Only database, logs or config.")]
WhichArgument = Annotated[str, typer.Argument(help="The backup's id or its beginning, as `list` shows it.")]


@command.command("list")
def list_kept(
    *,
    device: DeviceOption = None,
    kind: TypeOption = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
) -> None:
    """List the stored backups, latest first."""
    with _opened() as (_settings, database):
        rows = database.read(lambda session: repository.stored(session, device, kind, limit=limit))
    table = _table("id", NAME, "received (UTC)", "size", "check")
    for row in rows:
        table.add_row(
            row.backup_id[:8],
            f"{row.source_device}/{row.type}\n{row.filename}",
            f"{row.received_at:%Y-%m-%d %H:%M:%S}",
            decimal(row.size_bytes),
            row.verification,
        )
    Console(highlight=False).print(table if rows else "The vault holds no backup.")


@command.command()
def plan(*, device: DeviceOption = None, kind: TypeOption = None) -> None:
    """Show what the next rotation would delete and why the rest stays. Nothing is changed."""
    console = Console(highlight=False)
    with _opened() as (settings, database):
        now = utc_now()
        for bucket in database.read(repository.buckets):
            if device not in {None, bucket.source_device} or kind not in {None, bucket.type}:
                continue
            console.print(_plan_table(database, settings, bucket), markup=False)
    console.print(f"Planned for {now:%Y-%m-%d %H:%M:%S} UTC. Nothing was deleted.")


@command.command()
def get(
    which: WhichArgument,
    *,
    output: Annotated[Path | None, typer.Option(help="File to write.", show_default="its name in the vault")] = None,
    unpack: Annotated[bool, typer.Option("--unpack", help="Write what the packed file holds.")] = False,
) -> None:
    """Copy a backup out of the vault and check its SHA-256. Nothing is ever overwritten."""
    with _opened() as (settings, database):
        backup = database.read(lambda session: _find(session, which))
    place = Vault(settings.backup_dir, settings.spool_dir).path(backup.path)
    target = output or Path(backup.filename.rpartition(".")[0] if unpack else backup.filename)
    restore_file(place, target, is_unpacked=unpack)
    is_whole = sha256_of(place) == backup.sha256
    console = Console(highlight=False)
    console.print(f"{target}: {decimal(target.stat().st_size)}", markup=False, soft_wrap=True)
    if not is_whole:
        console.print("[red]Its SHA-256 is no longer that of the file received: the copy is damaged.[/red]")
        raise typer.Exit(EXIT_FAILED)


@command.command()
def restore(
    which: Annotated[str, typer.Argument(help="A backup's id or its beginning, or the path of a file of the vault.")],
    into: Annotated[str, typer.Argument(help="A new file for a device's backup; a database URL for a server dump.")],
) -> None:
    """Turn a backup into what it was made from, in a place that is empty.

    A device's database is unpacked into a new file and checked. A dump of the server is loaded into an empty database;
    with a path instead of an id that works even when the server's own database is lost.
    """
    place = Path(which) if Path(which).is_file() else _place_of(which)
    if URL_MARK in into:
        restore_dump(place, normalise_url(into))
    else:
        restore_file(place, Path(into), is_unpacked=True)
    Console(highlight=False).print("Restored.")


@command.command()
def dump() -> None:
    """Dump the server's own database into the vault now. The backup service stores it."""
    with _opened() as (settings, database):
        vault = Vault(settings.backup_dir, settings.spool_dir)
        open_vault(database, vault)
        context = BackupContext(
            database=database,
            vault=vault,
            policy=settings.retention_policy,
            clock=utc_now,
            should_stop=lambda: False,
            reserve_bytes=settings.reserve_bytes,
        )
        backup_id = dump_database(context)
    Console(highlight=False).print(f"Dumped as {backup_id}; it waits in the spool.")


@command.command()
def dumps() -> None:
    """List the server's own dumps by their files, latest first; works without a database."""
    settings = load_settings(BackupSettings)
    for path, size_bytes in Vault(settings.backup_dir, settings.spool_dir).dumps():
        typer.echo(harmless(f"{path}  {size_bytes} bytes"))


@command.command()
def sql(path: Annotated[str, typer.Argument(help="A dump as `dumps` shows it.")]) -> None:
    """Write a dump to standard output as SQL that replaces the database of DATABASE_URL; works without a database."""
    settings = load_settings(BackupSettings)
    place = Vault(settings.backup_dir, settings.spool_dir).path(path)
    for part in replacing_sql(place, make_url(settings.effective_database_url).database or ""):
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


@command.command("adopt")
def adopt_files() -> None:
    """Record the files of the vault that the database does not know, such as after it was put back from a dump."""
    with _opened() as (settings, database):
        vault = Vault(settings.backup_dir, settings.spool_dir)
        vault.prepare()
        adopted = adopt(database, vault, utc_now)
    console = Console(highlight=False)
    for path in adopted:
        console.print(path, markup=False, soft_wrap=True)
    console.print(f"{len(adopted)} recorded. The backup service checks them.")


@command.command("vault")
def check_place(
    *,
    init: Annotated[
        bool, typer.Option("--init", help="Use this folder as the vault from now on, though backups are missing in it.")
    ] = False,
) -> None:
    """Check that the vault is there, and not the empty folder that is left when its disk is not mounted."""
    settings = load_settings(BackupSettings)
    vault = Vault(settings.backup_dir, settings.spool_dir)
    if init:
        vault.prepare()
    vault.check()
    Console(highlight=False).print("The vault is there.")


@command.command()
def replica(
    *,
    init: Annotated[
        bool, typer.Option("--init", help="Mark the place as ours, so that it can be told from an empty one.")
    ] = False,
) -> None:
    """Check that the place of second copies is there and marked."""
    place = load_settings(BackupSettings).replica
    if place is None:
        raise ConfigurationError("BACKUP_REPLICA_URL is not set: there are no second copies")
    if init:
        place.prepare()
    place.check()
    Console(highlight=False).print("The replica is there.")


@command.command()
def decrypt(
    copy: Annotated[Path, typer.Argument(help="A second copy, whose name ends in .age.")],
    *,
    identity: Annotated[Path, typer.Option(help="File with the secret key, as age-keygen writes it.")],
    output: Annotated[Path | None, typer.Option(help="File to write.", show_default="its name without .age")] = None,
) -> None:
    """Open an encrypted second copy. Needs neither the server's database nor its vault; nothing is ever overwritten."""
    target = output or Path(copy.name.removesuffix(SEALED_EXTENSION))
    sha256 = unseal(copy, target, read_identities(identity))
    Console(highlight=False).print(f"{target}: SHA-256 {sha256}", markup=False, soft_wrap=True)


@contextmanager
def _opened() -> Iterator[tuple[BackupSettings, Database]]:
    settings = load_settings(BackupSettings)
    with open_database(settings) as database:
        check_schema(database)
        yield settings, database


def _place_of(which: str) -> Path:
    with _opened() as (settings, database):
        backup = database.read(lambda session: _find(session, which))
        return Vault(settings.backup_dir, settings.spool_dir).path(backup.path)


def _find(session: Session, which: str) -> Backup:
    found = repository.stored_by_prefix(session, which)
    if not found:
        raise NotFoundError(f"the vault holds no backup {which}: see `obd2 backups list`")
    if len(found) > 1:
        raise NotFoundError(f"{which} is the beginning of {len(found)} ids: give more of it")
    return found[0]


def _plan_table(database: Database, settings: BackupSettings, bucket: Bucket) -> Table:
    decisions = database.read(
        lambda session: plan_bucket(session, bucket, settings.retention_policy, now=utc_now()),
    )
    going = sum(not decision.is_kept for decision in decisions)
    table = _table("id", "received (UTC)", "check", "")
    table.title = f"{bucket.source_device} / {bucket.type}: {len(decisions) - going} stay, {going} go"
    for decision in decisions:
        backup = decision.backup
        table.add_row(
            backup.backup_id[:8],
            f"{backup.received_at:%Y-%m-%d %H:%M:%S}",
            "ok" if backup.is_verified else "not ok",
            f"stays: {', '.join(decision.reasons)}" if decision.is_kept else "goes: no rule keeps it",
            style="yellow" if decision.is_date_doubtful else None,
        )
    return table


def _table(*headings: str) -> Table:
    """Return a table that stays readable at 80 columns: only long texts are folded."""
    table = Table()
    for heading in headings:
        table.add_column(heading, no_wrap=heading not in LONG_TEXTS, overflow="fold")
    return table
