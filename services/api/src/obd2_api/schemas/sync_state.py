"""The documents of `/sync/state`, `/sync/rows` and `/capabilities`."""

from datetime import datetime

from pydantic import Field

from obd2_api.schemas.wire import WireModel


class IdRange(WireModel):
    """A range of ids, both ends included."""

    first: int
    last: int


class BlockState(WireModel):
    """The digest of the rows whose id, divided by `blockRows`, is `number`."""

    number: int
    row_count: int
    first_id: int
    last_id: int
    digest: str


class SyncTableState(WireModel):
    """What the server holds of one table."""

    row_count: int = Field(description="Rows stored.")
    high_water_id: int | None = Field(description="The largest id; null for tables keyed by text.")
    min_time: datetime | None = Field(description="Earliest time of a row, UTC.")
    max_time: datetime | None = Field(description="Latest time of a row, UTC.")
    gaps: list[IdRange] = Field(description="Ids missing between the smallest and the largest, 1000 ranges at most.")
    are_gaps_cut: bool = Field(description="There are more gaps than are listed.")
    digest: str | None = Field(description="SHA-256 over the content of all rows; null for tables keyed by text.")
    blocks: list[BlockState] = Field(description="The same in parts, to find a difference.")
    quarantined_ids: list[str] = Field(
        description="Ids of rows of this table that are in quarantine; without digests also of those set aside.",
    )


class SyncState(WireModel):
    """What the server holds of one device."""

    device_id: str
    epoch: int = Field(description="Which life of the device's database this describes.")
    open_epoch: int = Field(description="The life new rows belong to.")
    block_rows: int = Field(description="Ids per block.")
    tables: dict[str, SyncTableState] = Field(description="Table name -> state, only tables that something came for.")


class RowDigests(WireModel):
    """The digests of single rows."""

    device_id: str
    epoch: int
    table: str
    digests: dict[int, str] = Field(description="Row id -> SHA-256 of its content.")


class Limits(WireModel):
    """What a request may not exceed."""

    max_sync_payload_bytes: int = Field(description="Largest body of /sync, after decompression.")
    max_sync_rows: int = Field(description="Most rows of one request, all tables together.")
    max_sync_tables: int = Field(description="Most tables of one request.")
    max_backup_size_bytes: int = Field(description="Largest backup file.")
    device_id_characters: int
    batch_id_characters: int


class Capabilities(WireModel):
    """What this server takes."""

    version: str
    schema_version: str = Field(description="The database schema's revision.")
    content_encodings: list[str] = Field(description="Values of Content-Encoding that /sync accepts.")
    tables: list[str] = Field(description="Tables it stores; others go to quarantine.")
    refused_tables: list[str] = Field(description="Tables that must not leave the Pi; a request with one is refused.")
    limits: Limits
