"""The proof sees a loss where there is one."""

import threading
from typing import Any

import pytest

from obd2_api.ingest.decode import decode_rows
from obd2_common.row_digests import blocks_of_rows, table_digest
from obd2_common.synced_specs import SYNCED_TABLES
from proof.bad_input import miscounted
from proof.pis import Pi, reading
from proof.target import Target
from proof.way_in import closed_operations
from support.pi_rows import Row

SPEC = SYNCED_TABLES["realtime_data"]
RECEIPT = {"inserted": 1, "updated": 0, "quarantined": 1}


class Holding(Target):
    """A server that holds these readings of every device."""

    def __init__(self, rows: list[Row], epoch: int = 1) -> None:
        super().__init__("http://127.0.0.1:1", "k")
        decoded = decode_rows(SPEC, rows)
        digest = table_digest(blocks_of_rows(SPEC, decoded.ids, decoded.columns))
        self._state = {"epoch": epoch, "tables": {"realtime_data": {"rowCount": len(rows), "digest": digest}}}

    def ask(self, path: str, **parameters: Any) -> Any:  # noqa: ANN401 - as its base
        assert (path, parameters["deviceId"]) == ("/api/v1/sync/state", "pi-1")
        return self._state


def lost(target: Target) -> int:
    pi = Pi(target, "pi-1", target.address, threading.Event(), 10)
    pi.acknowledged["realtime_data"] = 10
    return pi.differences()[0]


ROWS = [reading(row_id) for row_id in range(1, 11)]


@pytest.mark.parametrize(
    ("rows", "epoch", "expected"),
    [
        (ROWS, 1, 0),
        (ROWS[:7], 1, 3),
        ([*ROWS, reading(11)], 1, 1),
        ([{**ROWS[0], "value": 7.25}, *ROWS[1:]], 1, 1),
        (ROWS, 2, 1),
    ],
    ids=["all", "three missing", "one too many", "another value", "another life"],
)
def test_what_differs_from_what_was_acknowledged_is_lost(rows: list[Row], epoch: int, expected: int) -> None:
    assert lost(Holding(rows, epoch)) == expected


@pytest.mark.parametrize(("count", "told"), [(2, 0), (3, 1)])
def test_a_receipt_that_tells_of_fewer_rows_than_were_sent_is_a_loss(count: int, told: int) -> None:
    sent = {"realtime_data": {"rows": ROWS[:count]}}

    assert len(miscounted(1, sent, {"tablesProcessed": {"realtime_data": RECEIPT}})) == told


def test_operations_without_a_key_are_no_doors() -> None:
    document = {"paths": {"/a": {"get": {"security": [{"ApiKey": ["read"]}]}}, "/health": {"get": {}}}}

    assert list(closed_operations(document)) == [("GET", "/a", {"read"})]
