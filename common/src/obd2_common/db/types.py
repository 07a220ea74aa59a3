"""Column types that mean the same on MySQL, MariaDB and SQLite."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Double, Integer, LargeBinary, String, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

MYSQL_DIALECTS = ("mysql", "mariadb")


def binary_collation(dialect: Dialect) -> str:
    """Name the collation under which texts are equal only when every character, trailing blanks too, is."""
    return "utf8mb4_nopad_bin" if getattr(dialect, "is_mariadb", False) else "utf8mb4_0900_bin"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time, stored as DATETIME(6) without a zone."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Ask MySQL for microseconds, which it drops by default."""
        if dialect.name in MYSQL_DIALECTS:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Drop the zone after converting to UTC; a naive time is a bug."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a time without zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class KeyText(TypeDecorator[str]):
    """A text that identifies something: compared by code point, trailing blanks and letter case count."""

    impl = String
    cache_ok = True

    def __init__(self, length: int = 255) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the engine's own no-pad binary collation."""
        if dialect.name in MYSQL_DIALECTS:
            return dialect.type_descriptor(
                mysql.VARCHAR(self.length, charset="utf8mb4", collation=binary_collation(dialect)),
            )
        return dialect.type_descriptor(String(self.length))


class LongText(TypeDecorator[str]):
    """A text of up to 4 GiB in utf8mb4."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use LONGTEXT where TEXT would end at 64 KiB."""
        if dialect.name in MYSQL_DIALECTS:
            return dialect.type_descriptor(mysql.LONGTEXT(charset="utf8mb4", collation=binary_collation(dialect)))
        return dialect.type_descriptor(Text())


class BodyText(TypeDecorator[str]):
    """A text of up to 65 535 bytes in utf8mb4."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Fix character set and collation, whatever the database's defaults are."""
        if dialect.name in MYSQL_DIALECTS:
            return dialect.type_descriptor(mysql.TEXT(charset="utf8mb4", collation=binary_collation(dialect)))
        return dialect.type_descriptor(Text())


BODY_TEXT_BYTES = 65_535
KEY_TEXT_CHARACTERS = 255

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit number that SQLite can also use as an automatic key."""

Blob = LargeBinary().with_variant(mysql.LONGBLOB(), *MYSQL_DIALECTS)
"""Bytes of any length; MySQL's BLOB ends at 64 KiB."""

JsonText = JSON(none_as_null=True)
Real = Double
Whole = BigInteger
