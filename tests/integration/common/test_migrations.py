"""The migrations make exactly what the models say, on every engine, and drift does not stay unseen."""

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from obd2_common.db.database import Database
from obd2_common.errors import SchemaMismatchError
from obd2_common.migrate import check_schema, current_revision, head_revision, upgrade
from support.database_schema import VERSION_TABLE, schema_of

DRIFTS = {
    "a column is gone": "ALTER TABLE releases DROP COLUMN theme",
    "a column was added": "ALTER TABLE releases ADD COLUMN note INTEGER",
    "a table is gone": "DROP TABLE releases",
}
SERVER_DRIFTS = {
    "a number lost its precision": "ALTER TABLE realtime_data MODIFY value FLOAT",
    "a key became narrower": "ALTER TABLE realtime_data MODIFY drive_id INT",
    "a text became shorter": "ALTER TABLE releases MODIFY theme VARCHAR(10) NOT NULL",
    "a column may be null": "ALTER TABLE releases MODIFY theme VARCHAR(64) NULL",
    "a text became blind to letter case": "ALTER TABLE releases MODIFY theme VARCHAR(64) COLLATE utf8mb4_general_ci",
    "a time lost its microseconds": "ALTER TABLE releases MODIFY released_at DATETIME NOT NULL",
}


def test_migrations_from_nothing_make_what_the_models_say(empty_database: Database) -> None:
    upgrade(empty_database)
    with empty_database.engine.connect() as connection:
        migrated = schema_of(connection)

    SQLModel.metadata.drop_all(empty_database.engine)
    SQLModel.metadata.create_all(empty_database.engine)
    with empty_database.engine.connect() as connection:
        modelled = schema_of(connection)

    assert migrated == modelled
    assert set(migrated) == set(SQLModel.metadata.tables)


def test_a_migrated_database_has_the_newest_revision_and_passes_the_check(empty_database: Database) -> None:
    applied = upgrade(empty_database)

    assert applied[-1] == head_revision() == current_revision(empty_database) == check_schema(empty_database)


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.engine.connect() as connection:
        before = schema_of(connection)

    applied = upgrade(database)

    with database.engine.connect() as connection:
        after = schema_of(connection)
    assert applied == []
    assert after == before


def test_a_database_that_was_never_migrated_is_told_from_one_that_was(empty_database: Database) -> None:
    assert current_revision(empty_database) is None
    with pytest.raises(SchemaMismatchError, match=r"never migrated.*obd2 migrate"):
        check_schema(empty_database)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(empty_database: Database) -> None:
    upgrade(empty_database)
    with empty_database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaMismatchError, match=r"at 9999, which this version does not know"):
        upgrade(empty_database)
    assert current_revision(empty_database) == "9999"


@pytest.mark.parametrize("change", DRIFTS.values(), ids=DRIFTS)
def test_drift_is_found(empty_database: Database, change: str) -> None:
    upgrade(empty_database)
    with empty_database.engine.begin() as connection:
        connection.execute(text(change))

    with pytest.raises(SchemaMismatchError, match=r"differs: .*(releases|theme|note|somebody_elses)"):
        check_schema(empty_database)


@pytest.mark.databases("server")
@pytest.mark.parametrize("change", SERVER_DRIFTS.values(), ids=SERVER_DRIFTS)
def test_drift_of_a_type_is_found(empty_database: Database, change: str) -> None:
    upgrade(empty_database)
    with empty_database.engine.begin() as connection:
        connection.execute(text(change))

    with pytest.raises(SchemaMismatchError, match=r"differs: .*(value|drive_id|theme|released_at)"):
        check_schema(empty_database)


@pytest.mark.databases("server")
def test_columns_are_wide_and_exact_whatever_the_database_defaults_to(empty_database: Database) -> None:
    with empty_database.engine.begin() as connection:
        connection.execute(text("ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_swedish_ci"))

    upgrade(empty_database)

    with empty_database.engine.connect() as connection:
        columns = connection.execute(
            text(
                "SELECT CONCAT(table_name, '.', column_name) AS name, column_type AS type, collation_name AS collation "
                "FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name <> :version_table"
            ),
            {"version_table": VERSION_TABLE},
        ).all()
    kinds = {column.type.partition("(")[0] for column in columns}
    times = {column.type for column in columns if column.type.startswith("datetime")}
    loose = {
        column.name: column.collation
        for column in columns
        if column.collation is not None
        and not (column.collation.startswith("utf8mb4_") and column.collation.endswith("_bin"))
    }
    # MariaDB writes JSON as longtext and booleans as tinyint.
    assert kinds <= {"bigint", "double", "datetime", "varchar", "text", "longtext", "json", "tinyint", "longblob"}
    assert times == {"datetime(6)"}
    assert loose == {}


def test_a_table_of_somebody_else_in_the_same_database_is_no_difference(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes_of_the_operator (note INTEGER)"))
    try:
        assert check_schema(database) == head_revision()
    finally:
        with database.engine.begin() as connection:
            connection.execute(text("DROP TABLE notes_of_the_operator"))
