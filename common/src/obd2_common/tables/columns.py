"""Shorthands for table columns, so that a table reads like the list of what it holds."""

from typing import Any

from sqlmodel import Field

from obd2_common.db.types import Blob, BodyText, JsonText, KeyText, LongText, Real, UtcDateTime, Whole

TABLE_OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
}


def key(length: int = 255) -> Any:  # noqa: ANN401 - what sqlmodel.Field itself returns
    """Declare a text column of the primary key."""
    return Field(primary_key=True, sa_type=KeyText(length))


def key_number() -> Any:  # noqa: ANN401
    """Declare a 64-bit column of the primary key that the server fills in itself."""
    return Field(primary_key=True, sa_type=Whole, sa_column_kwargs={"autoincrement": False})


def short_text(length: int = 255, *, default: str | None = None, required: bool = False) -> Any:  # noqa: ANN401
    """Declare a short text compared by code point."""
    if required:
        return Field(sa_type=KeyText(length))
    return Field(default=default, sa_type=KeyText(length))


def text() -> Any:  # noqa: ANN401
    """Declare an optional text of up to 65 535 bytes."""
    return Field(default=None, sa_type=BodyText)


def long_text() -> Any:  # noqa: ANN401
    """Declare an optional text of up to 4 GiB."""
    return Field(default=None, sa_type=LongText)


def real() -> Any:  # noqa: ANN401
    """Declare an optional double-precision number."""
    return Field(default=None, sa_type=Real)


def whole(*, default: int | None = None, required: bool = False) -> Any:  # noqa: ANN401
    """Declare a 64-bit whole number."""
    if required:
        return Field(sa_type=Whole)
    return Field(default=default, sa_type=Whole)


def moment(*, required: bool = False) -> Any:  # noqa: ANN401
    """Declare an aware UTC time with microseconds."""
    if required:
        return Field(sa_type=UtcDateTime)
    return Field(default=None, sa_type=UtcDateTime)


def blob() -> Any:  # noqa: ANN401
    """Declare bytes of up to 4 GiB."""
    return Field(sa_type=Blob)


def json() -> Any:  # noqa: ANN401
    """Declare an optional JSON document."""
    return Field(default=None, sa_type=JsonText)
