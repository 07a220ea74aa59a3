"""What a whole database holds, as one digest per table, to compare two of them."""

import hashlib

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from obd2_common.db.database import Database


def table_digests(database: Database) -> dict[str, tuple[int, str]]:
    """Return the number of rows of every table and a digest of all their values."""

    def digest_all(session: Session) -> dict[str, tuple[int, str]]:
        found = {}
        for table in SQLModel.metadata.sorted_tables:
            rows = session.connection().execute(select(table).order_by(*table.primary_key.columns)).all()
            text = "\n".join(repr(tuple(row)) for row in rows)
            found[table.name] = (len(rows), hashlib.sha256(text.encode()).hexdigest())
        return found

    return database.read(digest_all)
