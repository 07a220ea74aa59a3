"""What an operator asks of the service's image, which holds no `obd2`: ``python -m obd2_backup.command``."""

import argparse
import sys
from typing import BinaryIO

from sqlalchemy.engine import make_url

from obd2_backup.adoption import adopt
from obd2_backup.packing import UNPACKING_ERRORS
from obd2_backup.restoring import RestoreError, sql_of
from obd2_backup.settings import BackupSettings
from obd2_backup.vault import Vault
from obd2_common.backups.names import SERVER_DEVICE, content_kind
from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.errors import ConfigurationError, Obd2Error
from obd2_common.logging import configure_logging

EXIT_FAILED = 3


def main(arguments: list[str], output: BinaryIO) -> int:
    """Do what is asked and return the exit status; what it gives goes to the output, complaints to standard error."""
    parser = argparse.ArgumentParser(prog="python -m obd2_backup.command", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("dumps", help="list the dumps of the server's own database, latest first")
    sql = commands.add_parser("sql", help="write a dump of the vault as SQL that replaces the database")
    sql.add_argument("path", help="as `dumps` shows it")
    commands.add_parser("adopt", help="record the files of the vault that the database does not know")
    commands.add_parser("mark-replica", help="mark the place of second copies as ours")
    asked = parser.parse_args(arguments)
    configure_logging("WARNING", "console", sys.stderr)  # standard output is what was asked for
    settings = BackupSettings()
    try:
        if asked.command == "dumps":
            _list_dumps(settings, output)
        elif asked.command == "sql":
            _write_sql(settings, asked.path, output)
        elif asked.command == "adopt":
            _adopt(settings, output)
        else:
            _mark_replica(settings, output)
    except (Obd2Error, OSError, *UNPACKING_ERRORS) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED
    output.flush()
    return 0


def _list_dumps(settings: BackupSettings, output: BinaryIO) -> None:
    # A name begins with the same word and goes on with the time, so that the order of names is that of times.
    for dump in sorted((settings.backup_dir / SERVER_DEVICE / "database").glob("*"), reverse=True):
        line = f"{dump.relative_to(settings.backup_dir)}  {dump.stat().st_size} bytes\n"
        output.write(line.encode())


def _write_sql(settings: BackupSettings, path: str, output: BinaryIO) -> None:
    place = Vault(settings.backup_dir, settings.spool_dir).path(path)
    if content_kind(place.name)[0] != "dump":
        raise RestoreError(f"{path} is no dump of a MySQL or MariaDB database")
    name = f"`{(make_url(settings.effective_database_url).database or '').replace('`', '``')}`"
    create = f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    statements = sql_of(place)
    # Nothing is written before the first of it could be read.
    first = next(statements, b"")
    output.write(f"DROP DATABASE IF EXISTS {name};\n{create};\nUSE {name};\n".encode())
    output.write(first)
    output.writelines(statements)


def _adopt(settings: BackupSettings, output: BinaryIO) -> None:
    database = Database(settings.effective_database_url)
    try:
        adopted = adopt(database, Vault(settings.backup_dir, settings.spool_dir), utc_now)
    finally:
        database.close()
    output.writelines(f"{path}\n".encode() for path in adopted)


def _mark_replica(settings: BackupSettings, output: BinaryIO) -> None:
    replica = settings.replica
    if replica is None:
        raise ConfigurationError("BACKUP_REPLICA_URL is not set: there are no second copies")
    replica.prepare()
    output.write(b"marked\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout.buffer))
