"""Who may talk to the api: keys the operator issued, and exchanges of the shared key."""

from datetime import datetime

from sqlmodel import SQLModel

from obd2_common.tables.columns import TABLE_OPTIONS, key, moment, short_text


class ApiKey(SQLModel, table=True):
    """A key issued to one device or program; the key itself is not kept.

    ``key_id`` is the part of the key that is shown. ``digest`` is the SHA-256 of the whole key in hexadecimal.
    ``scopes`` names what it opens, separated by commas. ``last_used_at`` is written every few minutes at most.
    """

    __tablename__ = "api_keys"
    __table_args__ = TABLE_OPTIONS
    key_id: str = key(16)
    name: str = short_text(64, required=True)
    source_device: str | None = short_text()
    scopes: str = short_text(32, required=True)
    digest: str = short_text(64, required=True)
    created_at: datetime = moment(required=True)
    expires_at: datetime | None = moment()
    revoked_at: datetime | None = moment()
    last_used_at: datetime | None = moment()


class KeyRotation(SQLModel, table=True):
    """One exchange of the shared key, during which the previous one is valid too.

    ``rotation_id`` names the pair of keys and can only be computed by who has both.
    """

    __tablename__ = "key_rotations"
    __table_args__ = TABLE_OPTIONS
    rotation_id: str = key(64)
    begun_at: datetime = moment(required=True)
    previous_used_at: datetime | None = moment()
