"""A killed migration goes on where it was, several at once do the work once, a refused one says so each time."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from obd2_common.db.database import Database
from obd2_common.errors import SchemaMismatchError
from obd2_common.migrate import OUR_MIGRATIONS, check_schema, current_revision, upgrade
from obd2_common.migrations import steps
from support.database_schema import schema_of

TESTS = Path(__file__).parents[2]
FIRST = """
    op.create_table('cars', sa.Column('id', sa.BigInteger(), primary_key=True, autoincrement=False),
                    sa.Column('km', sa.BigInteger()), sa.Column('colour', sa.String(16)))
    op.create_index('ix_cars_km', 'cars', ['km'])
    op.bulk_insert(sa.table('cars', sa.column('id'), sa.column('km')), [{'id': 1, 'km': 10}, {'id': 2, 'km': 20}])
    op.execute("INSERT INTO cars (id, km) VALUES (3, 30)")
"""
SECOND = """
    op.execute("UPDATE cars SET km = km + 1")
    op.add_column('cars', sa.Column('note', sa.String(16)))
    op.execute("UPDATE cars SET note = 'seen', km = km * 2")
    op.drop_index('ix_cars_km', 'cars')
    op.drop_column('cars', 'colour')
    op.execute("ALTER TABLE cars RENAME COLUMN km TO mileage")
    op.execute("DELETE FROM cars WHERE id = 2")
    op.rename_table('cars', 'vehicles')
    op.execute("UPDATE vehicles SET mileage = mileage + 1")
    op.create_table('plates', sa.Column('id', sa.BigInteger(), primary_key=True, autoincrement=False))
    op.execute("INSERT INTO plates SELECT id FROM vehicles")
    op.drop_table('plates')
"""


def kill_at_every_statement(url: str, *folder: Path) -> int:
    """Migrate, killed after each statement in turn, until nothing is left to do; return how often it was killed."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "support.killed_migrations", url, *folder],
        cwd=TESTS,
        env={"PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def write_migrations(folder: Path, *bodies: str) -> Path:
    """Write migrations 0001, 0002 … with these bodies into a new folder."""
    (folder / "versions").mkdir(parents=True)
    shutil.copy(OUR_MIGRATIONS / "env.py", folder)
    for number, body in enumerate(bodies, 1):
        before = f"'{number - 1:04}'" if number > 1 else "None"
        (folder / "versions" / f"{number:04}.py").write_text(
            f"import sqlalchemy as sa\nfrom alembic import op\nrevision = '{number:04}'\ndown_revision = {before}\n"
            f"def upgrade():{body}"
        )
    return folder


@pytest.mark.kill
@pytest.mark.timeout(1800)
def test_a_migration_killed_at_any_statement_comes_to_the_same_schema(
    empty_database: Database, database: Database
) -> None:
    kills = kill_at_every_statement(empty_database.engine.url.render_as_string(hide_password=False))

    check_schema(empty_database)
    with empty_database.engine.connect() as killed, database.engine.connect() as clean:
        expected = schema_of(clean)
        assert schema_of(killed) == expected
    assert kills > len(expected)


@pytest.mark.kill
def test_rows_are_changed_once_however_often_a_migration_is_killed(empty_database: Database, tmp_path: Path) -> None:
    folder = write_migrations(tmp_path / "migrations", FIRST, SECOND)

    kills = kill_at_every_statement(empty_database.engine.url.render_as_string(hide_password=False), folder)

    with empty_database.engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text("SELECT id, mileage, note FROM vehicles ORDER BY id"))]
        tables = set(schema_of(connection))
    assert (rows, tables) == ([(1, 23, "seen"), (3, 63, "seen")], {"vehicles"})
    assert kills > (FIRST + SECOND).count("op.")
    assert upgrade(empty_database, folder) == []


def test_of_four_at_once_one_migrates_and_the_others_find_it_done(empty_database_url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "obd2_cli", "migrate"]

    running = [
        subprocess.Popen(  # noqa: S603 - our own program
            command,
            cwd=tmp_path,
            env={"DATABASE_URL": empty_database_url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    outputs = [process.communicate() for process in running]

    assert [process.returncode for process in running] == [0] * 4, outputs
    assert sorted("There was nothing to do." in told for told, _ in outputs) == [False, True, True, True]


@pytest.mark.databases("server")
def test_a_statement_the_server_refuses_is_refused_each_time(empty_database: Database, tmp_path: Path) -> None:
    folder = write_migrations(tmp_path / "migrations", FIRST)
    with empty_database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE cars (somebody_elses INTEGER)"))

    for _ in range(2):
        with pytest.raises(DBAPIError, match="already exists"):
            upgrade(empty_database, folder)

    with empty_database.engine.begin() as connection:
        connection.execute(text("DROP TABLE cars"))
    assert upgrade(empty_database, folder) == ["0001"]


@pytest.mark.databases("server")
def test_half_a_migration_is_not_gone_on_with_by_another_version(empty_database: Database, tmp_path: Path) -> None:
    broken = write_migrations(tmp_path / "broken", FIRST, SECOND + "    op.drop_table('nowhere')\n")
    other = write_migrations(tmp_path / "other", FIRST, SECOND.replace("km + 1", "km + 2"))
    older = write_migrations(tmp_path / "older", FIRST)
    with pytest.raises(DBAPIError, match="nowhere"):
        upgrade(empty_database, broken)

    with pytest.raises(SchemaMismatchError, match=r"0002 was begun by another version .* at step 1"):
        upgrade(empty_database, other)
    with pytest.raises(SchemaMismatchError, match=r"at 0002, which this version does not know"):
        upgrade(empty_database, older)

    write_migrations(tmp_path / "mended", FIRST, SECOND)
    assert upgrade(empty_database, tmp_path / "mended") == ["0002"]
    assert current_revision(empty_database) == "0002"
    with empty_database.engine.connect() as connection:
        assert steps.begun(connection) == set()
