"""Two devices under one id: every row is stored once, and the epochs stay few."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from obd2_api.ingest.replay import replay
from obd2_api.ingest.state import RECENT_EPOCHS
from obd2_common.shared_id import SUSPICION_LASTS, is_shared_id_suspected
from obd2_common.synced_specs import SYNCED_TABLES
from support.ingest_setup import NOW, Server, Stored
from support.pi_rows import Row, example, reading

TABLES = ("connection_log", "drive_summary", "dtc_log", "realtime_data")
CHANGING = {"drive_summary": "starting_battery_v", "dtc_log": "status"}
FEW = 5
"""Epochs that two devices may need: two to tell them apart, and those opened before they were suspected."""
LARGEST_BATCH = 40


@dataclass
class Pi:
    """A device with tables that grow, and cursors that move when a request was answered."""

    name: str
    chance: random.Random
    first_ids: dict[str, int]
    rows: dict[str, dict[int, Row]] = field(default_factory=lambda: {table: {} for table in TABLES})
    cursors: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    arrivals: dict[tuple[str, int], list[Row]] = field(default_factory=dict)
    """Table, epoch -> the first request of this device that went there."""

    def live(self, now: datetime) -> None:
        """Write new rows, as a drive does; ids have holes where the Pi cleaned up."""
        for table in TABLES:
            number = max(self.rows[table], default=self.first_ids[table] - 1)
            count = self.chance.randrange(60 if table == "realtime_data" else 4)
            for place in range(count):
                number += 1 if self.chance.random() < 0.97 else self.chance.randint(2, 12)
                self.rows[table][number] = self._row(table, number, now + timedelta(seconds=place))

    def _row(self, table: str, number: int, moment: datetime) -> Row:
        stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        if table == "realtime_data":
            return reading(number, timestamp=stamp, value=self.chance.random(), drive_id=1, unit=self.name)
        if table == "connection_log":
            return example(table, id=number, timestamp=stamp, event_type=f"seen by {self.name}")
        if table == "drive_summary":
            return example(table, id=number, drive_start_timestamp=stamp.replace("Z", f".{ord(self.name):06}"))
        return example(table, id=number, first_seen_timestamp=stamp, dtc_code=f"P{ord(self.name)}")

    def push(self, server: Server) -> None:
        """Send a sweep; an answer may get lost, a request may come twice, an update rewinds the cursor."""
        for table in TABLES:
            if table in CHANGING and self.rows[table] and self.chance.random() < 0.3:
                number = self.chance.choice(sorted(self.rows[table]))
                self.rows[table][number][CHANGING[table]] = self.chance.random() if table == "drive_summary" else "new"
                self.cursors[table] = min(self.cursors[table], number - 1)
            waiting = [row for number, row in sorted(self.rows[table].items()) if number > self.cursors[table]]
            batch = waiting[: self.chance.choice([LARGEST_BATCH, LARGEST_BATCH, 7])]
            if not batch:
                continue
            for _ in range(1 + (self.chance.random() < 0.2)):
                epoch = server.send({table: batch}).epoch
                self.arrivals.setdefault((table, epoch), batch)
            if self.chance.random() < 0.85:
                self.cursors[table] = batch[-1]["id"]

    @property
    def is_done(self) -> bool:
        return all(not rows or self.cursors[table] >= max(rows) for table, rows in self.rows.items())


def identities(stored: list[Stored], table: str) -> Counter[tuple[object, ...]]:
    identity = SYNCED_TABLES[table].identity
    return Counter((row["source_id"], *(row.get(f"{name}_raw", row[name]) for name in identity)) for row in stored)


def sent(pis: list[Pi], table: str) -> Counter[tuple[object, ...]]:
    identity = SYNCED_TABLES[table].identity
    return Counter((row["id"], *(row[name] for name in identity)) for pi in pis for row in pi.rows[table].values())


def content(rows: list[Stored]) -> dict[tuple[object, ...], Stored]:
    """Return rows of a table whose rows never change, by primary key."""
    return {(row["source_epoch"], row["source_id"]): row for row in rows}


@pytest.mark.parametrize("seed", range(6))
def test_two_devices_that_take_turns_need_few_epochs_and_lose_or_double_nothing(server: Server, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - test data
    far_apart = seed % 2 == 1
    pis = [
        Pi("A", chance, dict.fromkeys(TABLES, 1)),
        Pi("B", chance, {table: chance.randint(1, 400) if far_apart else 1 for table in TABLES}),
    ]
    before: dict[tuple[object, ...], Stored] = {}
    for turn in range(40):
        pi = chance.choice(pis)
        if turn < 30:
            pi.live(server.clock.now)
        pi.push(server)
        server.clock.advance(hours=chance.choice([0, 0, 1, 30]), seconds=61)
        now_stored = content(server.rows("realtime_data"))
        assert {key: now_stored[key] for key in before} == before, "a stored reading changed"
        before = now_stored
    while not all(pi.is_done for pi in pis):
        for pi in pis:
            pi.push(server)

    for table in TABLES:
        # A table's first request after what looked like a rebuild moves whole, also what of it the first epoch holds.
        moved = sum(len(pi.arrivals.get((table, 2), ())) for pi in pis)
        stored, expected = identities(server.rows(table), table), sent(pis, table)
        assert expected <= stored
        assert set(stored) == set(expected)
        assert (stored - expected).total() <= moved
        for row in server.rows("sync_cursors"):
            ids = [each for each in server.rows(row["table_name"]) if each["source_epoch"] == row["source_epoch"]]
            assert row["row_count"] == len(ids)
    assert len(server.rows("device_epochs")) <= FEW


def test_equal_steps_are_told_apart_as_well(server: Server) -> None:
    one = [reading(number, value=float(number)) for number in range(1, 201)]
    two = [reading(number, value=-float(number)) for number in range(1, 201)]

    for start in range(0, 200, 10):
        server.counts("realtime_data", one[start : start + 10])
        server.counts("realtime_data", two[start : start + 10])
    for start in range(0, 200, 7):
        again = one[start : start + 7], two[start : start + 7]
        assert [server.counts("realtime_data", rows)[2] for rows in again] == [len(rows) for rows in again]

    stored = Counter((row["source_id"], row["value"]) for row in server.rows("realtime_data"))
    assert stored == Counter((row["id"], row["value"]) for row in one + two)
    assert len(server.rows("device_epochs")) <= FEW


def test_two_devices_under_one_id_are_suspected(server: Server) -> None:
    assert [row["shared_id_suspected_at"] for row in server.rows("devices")] == []
    for start in (1, 11, 21):
        server.counts("realtime_data", [reading(number, value=1.0) for number in range(start, start + 10)])
        server.counts("realtime_data", [reading(number, value=2.0) for number in range(start, start + 10)])

    assert server.rows("devices")[0]["shared_id_suspected_at"] == NOW


def test_one_rebuild_is_no_reason_for_suspicion(server: Server) -> None:
    for value in (1.0, 2.0):
        for start in (1, 11, 21):
            server.counts("realtime_data", [reading(number, value=value) for number in range(start, start + 10)])
    server.counts("realtime_data", [reading(number, value=1.0) for number in range(11, 21)])

    assert [row["source_epoch"] for row in server.rows("device_epochs")] == [1, 2]
    assert server.rows("devices")[0]["shared_id_suspected_at"] is None


def test_two_rebuilds_in_a_season_are_no_reason_either(server: Server) -> None:
    for value in (1.0, 2.0, 3.0):
        server.counts("realtime_data", [reading(number, value=value) for number in range(1, 31)])
        server.clock.advance(days=3)

    assert [row["source_epoch"] for row in server.rows("device_epochs")] == [1, 2, 3]
    assert server.rows("devices")[0]["shared_id_suspected_at"] is None


def test_an_old_copy_that_lives_on_goes_on_in_its_epoch(server: Server) -> None:
    server.counts("realtime_data", [reading(number, value=1.0) for number in range(1, 21)])
    server.counts("realtime_data", [reading(number, value=2.0) for number in range(1, 16)])

    late = server.send({"realtime_data": [reading(number, value=1.0) for number in range(15, 26)]})
    more = server.send({"realtime_data": [reading(number, value=1.0) for number in range(26, 31)]})
    new = server.send({"realtime_data": [reading(number, value=2.0) for number in range(16, 31)]})

    assert (late.epoch, more.epoch, new.epoch) == (1, 1, 2)
    assert (late.tables["realtime_data"].inserted, late.tables["realtime_data"].unchanged) == (5, 6)


def test_a_request_whose_rows_lie_in_two_epochs_counts_each_once(server: Server) -> None:
    for start in (1, 11, 21):
        server.counts("realtime_data", [reading(number, value=1.0) for number in range(start, start + 10)])
        server.counts("realtime_data", [reading(number, value=2.0) for number in range(start, start + 10)])
    bad = reading(31, value="bad")

    receipt = server.send({"realtime_data": [*(reading(number, value=1.0) for number in range(1, 31)), bad, bad]})

    counts = receipt.tables["realtime_data"]
    assert (counts.inserted, counts.updated, counts.unchanged, counts.quarantined) == (0, 30, 30, 2)
    assert [row["times_received"] for row in server.rows("quarantine")] == [2]


def life(number: int, first: int, last: int) -> list[Row]:
    """Return readings of one life of a database; lives lie a day apart, ids count seconds."""
    began = NOW + timedelta(days=number)
    return [
        reading(row_id, timestamp=f"{began + timedelta(seconds=row_id):%Y-%m-%dT%H:%M:%SZ}", value=float(number))
        for row_id in range(first, last + 1)
    ]


def lives_by_epoch(server: Server) -> dict[int, set[float]]:
    found: dict[int, set[float]] = {}
    for row in server.rows("realtime_data"):
        found.setdefault(row["source_epoch"], set()).add(row["value"])
    return found


def three_lives_within_an_hour(server: Server) -> None:
    for number, last in ((1, 1000), (2, 650), (3, 500)):
        server.counts("realtime_data", life(number, 1, last))


def test_rows_of_the_third_life_do_not_go_into_the_second_after_a_hole_in_the_ids(server: Server) -> None:
    three_lives_within_an_hour(server)

    server.counts("realtime_data", life(3, 700, 1199))
    server.counts("realtime_data", life(3, 1200, 1399))

    assert lives_by_epoch(server) == {1: {1.0}, 2: {2.0}, 3: {3.0}}
    assert len(server.rows("realtime_data")) == 1000 + 650 + 500 + 700


def test_the_cursor_of_the_sender_tells_the_life_where_ids_and_times_do_not(server: Server) -> None:
    three_lives_within_an_hour(server)
    rows = [{**row, "timestamp": None} for row in life(2, 700, 720)]

    receipt = server.send({"realtime_data": rows}, sent_up_to=650)

    assert (receipt.epoch, receipt.tables["realtime_data"].inserted) == (2, 21)


def test_rows_that_may_be_of_two_lives_are_set_aside_and_can_be_replayed(server: Server) -> None:
    three_lives_within_an_hour(server)
    between = NOW + timedelta(days=3, seconds=500 + 86_400 * 0.5)
    rows = [
        reading(number, timestamp=f"{between + timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}", value=9.0)
        for number in range(700, 711)
    ]

    receipt = server.send({"realtime_data": [*rows, reading(711, value="bad")]})

    kept = server.rows("quarantine")
    assert receipt.tables["realtime_data"].quarantined == 12
    assert {row["reason"] for row in kept} == {"doubtful_epoch", "wrong_type"}
    assert lives_by_epoch(server) == {1: {1.0}, 2: {2.0}, 3: {3.0}}
    doubtful = [row["quarantine_id"] for row in kept if row["reason"] == "doubtful_epoch"]
    assert replay(server.ingest, doubtful).stored == 11
    assert lives_by_epoch(server)[3] == {3.0, 9.0}


def rebuild(server: Server, times: int) -> None:
    for _ in range(times):
        number = server.count("device_epochs") + 1
        server.counts("realtime_data", [reading(row_id, value=-float(number)) for row_id in range(1, 4)])
        server.clock.advance(days=20)


def statements(server: Server, row_id: int) -> int:
    """Return how many statements a request with one new reading takes."""
    seen = []
    event.listen(server.database.engine, "before_cursor_execute", lambda *_: seen.append(1))
    server.counts("realtime_data", [reading(row_id)])
    return len(seen)


def test_a_request_costs_the_same_whatever_the_number_of_epochs(server: Server) -> None:
    rebuild(server, RECENT_EPOCHS + 1)
    before = statements(server, 11)
    rebuild(server, 2 * RECENT_EPOCHS)

    assert statements(server, 12) <= before


def test_a_late_duplicate_of_a_life_long_ago_opens_no_epoch(server: Server) -> None:
    rebuild(server, RECENT_EPOCHS + 5)
    late = [reading(row_id, value=-2.0) for row_id in range(1, 5)]

    receipt = server.send({"realtime_data": late})

    counts = receipt.tables["realtime_data"]
    assert (receipt.epoch, counts.inserted, counts.unchanged) == (2, 1, 3)
    assert server.count("device_epochs") == RECENT_EPOCHS + 5


def test_a_suspicion_without_new_signs_ends() -> None:
    noted = datetime(2026, 7, 11, tzinfo=UTC)

    assert is_shared_id_suspected(noted, noted + SUSPICION_LASTS - timedelta(seconds=1))
    assert not is_shared_id_suspected(noted, noted + SUSPICION_LASTS)
    assert not is_shared_id_suspected(None, noted)
