"""Looks after issued keys inside the api's container: ``python -m obd2_api.keys``, which `make keys` runs.

Does what `obd2 keys` does where the command line is not installed.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta

from pydantic import ValidationError

from obd2_api.auth.issuing import LONGEST_LIFETIME, issue_key, parse_scopes, revoke_key, rotate_key
from obd2_api.auth.repository import list_keys, state_of
from obd2_common.clock import iso_z, utc_now
from obd2_common.db.database import Database
from obd2_common.errors import Obd2Error
from obd2_common.logging import configure_logging
from obd2_common.migrate import check_schema
from obd2_common.settings import CommonSettings

EXIT_REFUSED = 2


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say and return the exit status."""
    configure_logging("WARNING", "console", sys.stderr)
    asked = _parser().parse_args(arguments)
    try:
        with closing(Database(CommonSettings().effective_database_url)) as database:
            database.ping()
            check_schema(database)
            _say(_COMMANDS[asked.command](database, asked))
    except (Obd2Error, ValidationError) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REFUSED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keys", description="Look after the keys issued to devices and programs.")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="issue a key and show it, once")
    create.add_argument("name")
    create.add_argument("--device", help="the only device it speaks for; it then has the scope push")
    create.add_argument("--scope", action="append", default=[], help="push, read or admin; may be repeated")
    create.add_argument("--days", type=_days, help="after how many days it expires")
    commands.add_parser("list", help="show every key, but not the keys themselves")
    revoke = commands.add_parser("revoke", help="take a key back")
    revoke.add_argument("key", help="id or name")
    rotate = commands.add_parser("rotate", help="issue a key in the place of another one")
    rotate.add_argument("key", help="id or name")
    rotate.add_argument(
        "--grace-days", type=_days, default=timedelta(days=30), help="how long the old one stays valid; 30"
    )
    return parser


def _days(text: str) -> timedelta:
    days = float(text)
    if not 0 <= days <= LONGEST_LIFETIME.days:
        raise ValueError
    return timedelta(days=days)


def _create(database: Database, asked: argparse.Namespace) -> list[str]:
    scopes = parse_scopes(asked.scope, device_id=asked.device)
    new = database.run(lambda session: issue_key(session, asked.name, scopes, asked.device, asked.days, now=utc_now()))
    return [new.text]


def _list(database: Database, _asked: argparse.Namespace) -> list[str]:
    now = utc_now()
    return [
        "\t".join(
            [
                key.key_id,
                key.name,
                key.source_device or "any device",
                key.scopes,
                state_of(key, now),
                f"used {iso_z(key.last_used_at)}" if key.last_used_at else "never used",
            ],
        )
        for key in database.read(list_keys)
    ]


def _revoke(database: Database, asked: argparse.Namespace) -> list[str]:
    return [f"revoked {database.run(lambda session: revoke_key(session, asked.key, now=utc_now()))}"]


def _rotate(database: Database, asked: argparse.Namespace) -> list[str]:
    grace = asked.grace_days
    return [database.run(lambda session: rotate_key(session, asked.key, grace, now=utc_now())).text]


_COMMANDS = {"create": _create, "list": _list, "revoke": _revoke, "rotate": _rotate}


def _say(lines: list[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
