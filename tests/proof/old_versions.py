"""Old versions: a database at each earlier schema is filled and migrated, and holds the same rows afterwards."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, DateTime, Integer, MetaData, Numeric, Table, insert, inspect, select

from obd2_common.db.database import Database
from obd2_common.migrate import OUR_MIGRATIONS, upgrade
from obd2_common.synced_specs import SYNCED_TABLES
from proof.verdicts import Verdict
from support.database_process import server_process
from support.database_server import DATABASE_PREFIX
from support.pi_rows import EXAMPLES

PART = "old versions"
ROWS = 200
MOMENT = datetime(2026, 7, 11, 18, 2, 39, 123456, tzinfo=UTC)
Digests = Mapping[str, tuple[Sequence[str], str]]


def run_old_versions(*, on_mariadb: bool) -> list[Verdict]:
    """Migrate a filled database from every earlier schema to the newest."""
    config = Config()
    config.set_main_option("script_location", str(OUR_MIGRATIONS))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][:0:-1]
    changed = []
    with ExitStack() as stack:
        urls = _mariadb_urls(stack) if on_mariadb else _sqlite_urls(stack)
        for revision, url in zip(revisions, urls, strict=False):
            database = Database(url)
            stack.callback(database.close)
            before = _made_at(database, config, revision)
            upgrade(database)
            with database.engine.connect() as connection:
                after = {name: (columns, _digest(connection, name, columns)) for name, (columns, _) in before.items()}
            changed += [f"{name} from {revision}" for name in before if before[name] != after[name]]
    tried = f"tables of {len(revisions)} earlier schemas ({revisions[0]} to {revisions[-1]}), filled and migrated"
    return [Verdict(PART, tried, len(revisions) * len(SYNCED_TABLES), len(changed), "; ".join(changed[:3]))]


def _sqlite_urls(stack: ExitStack) -> Iterator[str]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="obd2-proof-")))
    while True:
        yield f"sqlite:///{folder / str(len(list(folder.iterdir())))}.db"


def _mariadb_urls(stack: ExitStack) -> Iterator[str]:
    server = stack.enter_context(server_process("mariadb"))
    number = 0
    while number := number + 1:
        name = f"{DATABASE_PREFIX}_{number}"
        server.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        yield server.database_url(name)


def _made_at(database: Database, config: Config, revision: str) -> Digests:
    """Bring an empty database to an earlier schema, fill it, and digest what every table holds."""
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    with database.engine.begin() as connection:
        found = inspect(connection).get_table_names()
        digests = {}
        for name in SYNCED_TABLES.keys() & set(found):
            table = Table(name, MetaData(), autoload_with=connection)
            connection.execute(insert(table), [_row(table, number) for number in range(1, ROWS + 1)])
            columns = [column.name for column in table.columns]
            digests[name] = columns, _digest(connection, name, columns)
    return digests


def _row(table: Table, number: int) -> dict[str, Any]:
    example, spec = EXAMPLES[table.name], SYNCED_TABLES[table.name]
    row: dict[str, Any] = {"source_device": "chi-eclipse-01", "source_epoch": 1}
    for column in table.columns:
        name = column.name
        if name in row:
            continue
        if name == "source_id" or (spec.has_text_key and name == spec.key):
            row[name] = f"key {number}" if spec.has_text_key else number
        elif isinstance(column.type, DateTime):
            row[name] = MOMENT.replace(tzinfo=None)
        elif (value := example.get(name.removesuffix("_raw"))) is not None:
            row[name] = value
        elif not column.nullable:
            row[name] = number if isinstance(column.type, Integer | Numeric) else f"text {number}"
    return row


def _digest(connection: Connection, name: str, columns: Sequence[str]) -> str:
    table = Table(name, MetaData(), autoload_with=connection)
    rows = connection.execute(select(*(table.c[column] for column in columns if column in table.c)))
    return hashlib.sha256("\n".join(sorted(repr(tuple(row)) for row in rows)).encode()).hexdigest()
