"""The database fixtures: every test meets the schema, and nothing another test left."""

import pytest
from sqlalchemy import func, inspect
from sqlmodel import Session, select

from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.tables.operations import Release


def publish(session: Session) -> None:
    now = utc_now()
    session.add(
        Release(
            version="V1.0.0",
            released_at=now,
            git_hash="9c41d7e",
            theme="first",
            description="The first one.",
            published_at=now,
        )
    )


def count_releases(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Release)).one()


@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_does_not_see_what_another_stored(database: Database, turn: int) -> None:
    before = database.read(count_releases)

    database.run(publish)

    assert (before, database.read(count_releases)) == (0, 1), f"turn {turn}"


def test_an_empty_database_has_no_tables(empty_database: Database) -> None:
    assert inspect(empty_database.engine).get_table_names() == []
