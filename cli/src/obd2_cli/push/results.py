"""What came of a push, table by table."""

import json
from dataclasses import dataclass, field
from enum import StrEnum

from obd2_cli.push.transport import Verdict

COUNTS = ("inserted", "updated", "unchanged", "errors", "quarantined")


class TableStatus(StrEnum):
    """How a table ended."""

    OK = "ok"
    EMPTY = "nothing to send"
    ABSENT = "not in this file"
    FAILED = "failed"
    MISCOUNTED = "receipt is wrong"
    REDIRECTED = "redirected"
    SKIPPED = "not reached"


@dataclass(slots=True)
class TableReceipt:
    """One table's part of a push.

    Args:
        table: its name.
        status: how it ended.
        rows_sent: rows in batches the server accepted.
        batches: accepted batches.
        tries: requests made, retries included.
        counts: sums over the server's receipts, by the names in `COUNTS`; zero where it sent none.
        detail: what went wrong, for people.
    """

    table: str
    status: TableStatus = TableStatus.SKIPPED
    rows_sent: int = 0
    batches: int = 0
    tries: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    detail: str = ""

    @property
    def is_ok(self) -> bool:
        """Tell whether everything this table has is with the server."""
        return self.status in {TableStatus.OK, TableStatus.EMPTY, TableStatus.ABSENT}


@dataclass(slots=True)
class PushResult:
    """What came of a push.

    Args:
        tables: in the order of a sweep, all ten.
        sweeps: how many times the tables were visited.
        abort_reason: why a sweep ended early, empty when none did.
        ping: verdict on the ping before the flush, absent when no flush was asked for.
        counter: verdict on the drive counter; absent when no flush was asked for, it was not reached, or there is
            no counter to send.
        rewound: table -> how far its cursor was and how far the server really is, where the server was behind.
    """

    tables: dict[str, TableReceipt]
    sweeps: int = 0
    abort_reason: str = ""
    ping: Verdict | None = None
    counter: Verdict | None = None
    rewound: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def rows_sent(self) -> int:
        """Return how many rows the server accepted."""
        return sum(receipt.rows_sent for receipt in self.tables.values())

    @property
    def is_ok(self) -> bool:
        """Tell whether everything asked for was done."""
        flush_verdicts = {self.ping, self.counter} - {None, Verdict.OK}
        return not self.abort_reason and not flush_verdicts and all(each.is_ok for each in self.tables.values())


def receipt_counts(body: bytes, table: str) -> dict[str, int] | None:
    """Return a table's counts from the server's answer, None when the answer holds none."""
    try:
        counts = json.loads(body)["tablesProcessed"][table]
        return {name: int(counts.get(name, 0)) for name in COUNTS}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
