"""Digests of stored rows, computed where the rows are, to compare with those of another holder of the same rows."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select

from obd2_common.db.types import MYSQL_DIALECTS
from obd2_common.row_text import ROW_SEPARATOR, mysql_row_text, row_texts, stored_name
from obd2_common.synced_specs import SyncedTable

BLOCK_ROWS = 10_000
"""A block holds the rows whose id divided by this is the same."""
Owner = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Block:
    """The digest of the rows of one range of ids.

    Args:
        number: id // BLOCK_ROWS of its rows.
        row_count: how many there are.
        first_id, last_id: the smallest and largest of their ids.
        digest: SHA-256 of their canonical texts in the order of their ids, hexadecimal.
    """

    number: int
    row_count: int
    first_id: int
    last_id: int
    digest: str


def blocks_of_rows(spec: SyncedTable, ids: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> list[Block]:
    """Digest rows given as columns; ids must be distinct."""
    rows = sorted(zip(ids, row_texts(spec, ids, columns), strict=True))
    blocks = []
    for number, group in groupby(rows, key=lambda row: row[0] // BLOCK_ROWS):
        members = list(group)
        digest = digest_of([text for _, text in members])
        blocks.append(Block(number, len(members), members[0][0], members[-1][0], digest))
    return blocks


def digest_of(texts: Sequence[str]) -> str:
    """Digest canonical row texts in their order."""
    return hashlib.sha256(ROW_SEPARATOR.join(texts).encode()).hexdigest()


def table_digest(blocks: Sequence[Block]) -> str:
    """Digest a whole table from its blocks, oldest first."""
    return hashlib.sha256("\n".join(f"{block.number} {block.digest}" for block in blocks).encode()).hexdigest()


def stored_blocks(connection: Connection, spec: SyncedTable, owner: Owner) -> list[Block]:
    """Digest every stored row of one table of one device and epoch."""
    if connection.dialect.name not in MYSQL_DIALECTS:
        return [
            block
            for ids, columns in _stored_parts(connection, spec, owner)
            for block in blocks_of_rows(spec, ids, columns)
        ]
    statement = (
        f"SELECT FLOOR(source_id / {BLOCK_ROWS}), COUNT(*), MIN(source_id), MAX(source_id), {_digest(spec)} "  # noqa: S608
        f"FROM `{spec.name}` WHERE source_device = %s AND source_epoch = %s "
        f"GROUP BY FLOOR(source_id / {BLOCK_ROWS}) ORDER BY 1"
    )
    rows = connection.exec_driver_sql(statement, owner)
    return [Block(int(number), count, first, last, digest) for number, count, first, last, digest in rows]


def stored_row_digests(
    connection: Connection,
    spec: SyncedTable,
    owner: Owner,
    *,
    first_id: int,
    last_id: int,
) -> dict[int, str]:
    """Return id -> digest of the stored rows of a range of ids, both ends included."""
    if connection.dialect.name not in MYSQL_DIALECTS:
        return {
            row_id: digest_of([text])
            for ids, columns in _stored_parts(connection, spec, owner, first_id, last_id)
            for row_id, text in zip(ids, row_texts(spec, ids, columns), strict=True)
        }
    statement = (
        f"SELECT source_id, SHA2({mysql_row_text(spec)}, 256) AS digest FROM `{spec.name}` "  # noqa: S608 - names are ours
        "WHERE source_device = %s AND source_epoch = %s AND source_id BETWEEN %s AND %s"
    )
    rows = connection.exec_driver_sql(statement, (*owner, first_id, last_id))
    return {row.source_id: row.digest for row in rows}


def holds_exactly(
    connection: Connection,
    spec: SyncedTable,
    owner: Owner,
    ids: Sequence[int],
    columns: Mapping[str, Sequence[Any]],
) -> bool:
    """Tell whether every given row is stored with every given value, without fetching rows.

    True is certain. False may also mean that the question could not be put, because the ids have holes; the caller
    then looks at the rows themselves. Columns that are not given do not count.
    """
    if not columns or max(ids) - min(ids) + 1 != len(ids):
        return False
    if connection.dialect.name in MYSQL_DIALECTS:
        return _same_digest(connection, spec, owner, ids, columns)
    return _same_values(connection, spec, owner, ids, columns)


def _same_digest(
    connection: Connection,
    spec: SyncedTable,
    owner: Owner,
    ids: Sequence[int],
    columns: Mapping[str, Sequence[Any]],
) -> bool:
    statement = (
        f"SELECT COUNT(*), {_digest(spec, columns)} FROM `{spec.name}` "  # noqa: S608 - names are ours
        "WHERE source_device = %s AND source_epoch = %s AND source_id BETWEEN %s AND %s"
    )
    count, digest = connection.exec_driver_sql(statement, (*owner, min(ids), max(ids))).one()
    if count != len(ids):
        return False
    texts = row_texts(spec, ids, columns, columns)
    if list(ids) != sorted(ids):
        texts = [text for _, text in sorted(zip(ids, texts, strict=True))]
    return bool(digest_of(texts) == digest)


def _same_values(
    connection: Connection,
    spec: SyncedTable,
    owner: Owner,
    ids: Sequence[int],
    columns: Mapping[str, Sequence[Any]],
) -> bool:
    names = ", ".join(f'"{stored_name(name, spec.columns[name])}"' for name in columns)
    statement = (
        f'SELECT source_id, {names} FROM "{spec.name}" '  # noqa: S608 - names are ours
        "WHERE source_device = ? AND source_epoch = ? AND source_id BETWEEN ? AND ?"
    )
    rows = connection.exec_driver_sql(statement, (*owner, min(ids), max(ids)))
    return {row[0]: tuple(row) for row in rows} == dict(zip(ids, zip(ids, *columns.values(), strict=True), strict=True))


def _digest(spec: SyncedTable, names: Iterable[str] | None = None) -> str:
    return f"SHA2(GROUP_CONCAT({mysql_row_text(spec, names)} ORDER BY source_id SEPARATOR '{ROW_SEPARATOR}'), 256)"


def _stored_parts(
    connection: Connection,
    spec: SyncedTable,
    owner: Owner,
    first_id: int | None = None,
    last_id: int | None = None,
) -> Iterator[tuple[list[int], Mapping[str, Sequence[Any]]]]:
    """Yield the stored rows block by block, as columns."""
    table = spec.table
    names = list(spec.columns)
    query = (
        select(table.c.source_id, *(table.c[stored_name(name, kind)] for name, kind in spec.columns.items()))
        .where(table.c.source_device == owner[0], table.c.source_epoch == owner[1])
        .order_by(table.c.source_id)
    )
    if first_id is not None and last_id is not None:
        query = query.where(table.c.source_id.between(first_id, last_id))
    rows = connection.execution_options(yield_per=BLOCK_ROWS).execute(query)
    for _, group in groupby(rows, key=lambda row: row[0] // BLOCK_ROWS):
        ids, *columns = (list(values) for values in zip(*group, strict=True))
        yield ids, dict(zip(names, columns, strict=True))
