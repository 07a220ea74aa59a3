"""The receipt of a sync request."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from obd2_common.clock import iso_z


@dataclass(frozen=True, slots=True)
class TableReceipt:
    """What became of one table's rows; inserted + updated + quarantined is the number received."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    quarantined: int = 0

    def plus(self, other: "TableReceipt") -> "TableReceipt":
        """Add up two parts of a table's rows."""
        return TableReceipt(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.quarantined + other.quarantined,
        )

    def as_json(self) -> dict[str, int]:
        """Return the receipt's entry; every quarantined row is an error and nothing else is."""
        return {
            "inserted": self.inserted,
            "updated": self.updated,
            "errors": self.quarantined,
            "unchanged": self.unchanged,
            "quarantined": self.quarantined,
        }


@dataclass(slots=True)
class Receipt:
    """What became of one request, true because it is written in the request's own transaction."""

    receipt_id: str
    batch_id: str
    synced_at: datetime
    epoch: int
    tables: dict[str, TableReceipt] = field(default_factory=dict)
    drive_data_received: bool = False
    auto_analysis_triggered: bool = False

    def total(self, name: str) -> int:
        """Add up one number over all tables."""
        return sum(getattr(table, name) for table in self.tables.values())

    def tables_json(self) -> dict[str, Any]:
        """Return the per-table part of the answer."""
        return {name: table.as_json() for name, table in self.tables.items()}

    def as_json(self) -> dict[str, Any]:
        """Return the answer to the Pi."""
        return {
            "status": "ok",
            "batchId": self.batch_id,
            "receiptId": self.receipt_id,
            "syncedAt": iso_z(self.synced_at),
            "epoch": self.epoch,
            "tablesProcessed": self.tables_json(),
            "driveDataReceived": self.drive_data_received,
            "autoAnalysisTriggered": self.auto_analysis_triggered,
        }
