"""From the Pi's trouble code log to the codes of drives, whenever its rows come."""

from typing import Any

import pytest

from obd2_common.clock import iso_z
from obd2_common.tables.drives import DriveTroubleCode
from support.analyzer_store import Garage
from support.code_rows import at
from support.drive_rows import ALL_BUT_RPM, NOON, drive_rows
from support.ingest_setup import Server
from support.pi_rows import Row, example

DAY = 86_400.0


class Pi:
    """Sends rows to a server beside an analyzer, and lets the analyzer do what they make due."""

    def __init__(self, garage: Garage) -> None:
        self.garage = garage
        self.server = Server(garage.database, garage.clock)

    def drive(self, drive_id: int, day: int, **signals: float) -> None:
        """Let a minute's drive be stored and computed."""
        rows = drive_rows(
            60,
            signals=signals,
            started_at=NOON + day * DAY,
            first_id=drive_id * 1000,
            drive_id=drive_id,
            without=ALL_BUT_RPM,
        )
        self.garage.receive(rows)
        self.work()

    def send(self, table: str, *rows: Row) -> None:
        self.server.send({table: rows})
        self.work()

    def work(self) -> None:
        self.garage.clock.advance(minutes=6)
        self.garage.work()

    def codes(self) -> dict[str, list[tuple[str, str]]]:
        """Return code and status of every drive that has any."""
        found: dict[str, list[tuple[str, str]]] = {}
        for code in self.garage.all(DriveTroubleCode):
            found.setdefault(code.drive_key, []).append((code.code, code.status))
        return {key: sorted(codes) for key, codes in found.items()}

    def code(self, drive_key: str) -> DriveTroubleCode:
        (found,) = self.garage.all(DriveTroubleCode, drive_key=drive_key)
        assert isinstance(found, DriveTroubleCode)
        return found


@pytest.fixture
def pi(garage: Garage) -> Pi:
    return Pi(garage)


def logged(code: str, *, drive_id: int | None, first: float, last: float | None = None, **changes: Any) -> Row:  # noqa: ANN401
    """Return a row of the log; its times are seconds after noon of the first day."""
    seen = {"first_seen_timestamp": iso_z(at(first)), "last_seen_timestamp": iso_z(at(first if last is None else last))}
    own = {"dtc_code": code, "description": None, "status": "stored", "drive_id": drive_id}
    return example("dtc_log", **{**seen, **own, **changes})


def test_a_code_that_comes_after_its_drive_was_computed_is_taken_in(pi: Pi) -> None:
    pi.drive(1, 0)

    pi.send("dtc_log", logged("P0301", drive_id=1, first=30))

    code = pi.code("1")
    assert (code.code, code.status, code.is_new) == ("P0301", "stored", True)
    assert (code.description, code.first_seen_at, code.last_seen_at) == ("Misfire on cylinder 1", at(30), at(30))


def test_a_code_that_comes_before_its_drive_waits_for_it(pi: Pi) -> None:
    pi.send("dtc_log", logged("P0301", drive_id=1, first=30))

    pi.drive(1, 0)

    assert pi.codes() == {"1": [("P0301", "stored")]}


def test_a_freeze_frame_finds_its_code_whichever_comes_first(pi: Pi) -> None:
    frames = [example("dtc_freeze_frame", id=number, dtc_log_id=number) for number in (4, 5)]
    pi.drive(1, 0)

    pi.send("dtc_freeze_frame", frames[0])
    pi.send("dtc_log", logged("P0301", drive_id=1, first=30, id=4), logged("P0420", drive_id=1, first=30, id=5))
    pi.send("dtc_freeze_frame", frames[1])

    found = pi.garage.all(DriveTroubleCode)
    assert {code.code for code in found} == {"P0301", "P0420"}
    assert [code.freeze_frame for code in found] == [{"RPM": 2210.0, "COOLANT_TEMP": 93.0}] * 2


def test_a_freeze_frame_that_cannot_be_read_is_stored_as_it_came(pi: Pi) -> None:
    pi.drive(1, 0)
    pi.send("dtc_freeze_frame", example("dtc_freeze_frame", pid_responses_json="{half"))

    pi.send("dtc_log", logged("P0301", drive_id=1, first=30))

    assert (pi.code("1").freeze_frame, pi.code("1").freeze_frame_text) == (None, "{half")


def test_a_stored_code_stays_with_later_drives_until_it_is_erased(pi: Pi) -> None:
    for number in range(1, 5):
        pi.drive(number, number)
    pi.send("dtc_log", logged("P0301", drive_id=2, first=2 * DAY + 30))
    assert pi.codes() == {key: [("P0301", "stored")] for key in ("2", "3", "4")}

    pi.send("dtc_log", logged("P0301", drive_id=2, first=2 * DAY + 30, last=3 * DAY + 30, status="cleared"))

    assert pi.codes() == {key: [("P0301", "cleared")] for key in ("2", "3")}


def test_a_code_seen_again_concerns_only_the_drives_since(pi: Pi) -> None:
    for number in range(1, 4):
        pi.drive(number, number)
    pi.send("dtc_log", logged("P0301", drive_id=1, first=DAY + 30))
    pi.send("dtc_log", logged("P0301", drive_id=1, first=DAY + 30, last=3 * DAY + 30))
    before = {key: drive.computed_at for key, drive in pi.garage.drives().items()}

    pi.send("dtc_log", logged("P0301", drive_id=1, first=DAY + 30, last=3 * DAY + 40))

    after = {key: drive.computed_at for key, drive in pi.garage.drives().items()}
    # The row names drive 1; drive 2 ended before the code was seen last.
    assert [key for key in sorted(after) if after[key] != before[key]] == ["1", "3"]


def test_a_drive_without_a_number_has_the_codes_of_its_time(pi: Pi) -> None:
    pi.garage.receive(drive_rows(120, drive_id=None, without=ALL_BUT_RPM))
    pi.work()
    (drive_key,) = pi.garage.drives()

    pi.send("dtc_log", logged("P0455", drive_id=None, first=60))

    assert pi.codes() == {drive_key: [("P0455", "stored")]}


def test_the_codes_of_another_life_of_the_database_are_not_this_ones(pi: Pi, garage: Garage) -> None:
    pi.drive(1, 0)
    garage.know("other")

    pi.server.send({"dtc_log": [logged("P0301", drive_id=1, first=30)]}, device="other")
    pi.work()

    assert pi.codes() == {}


def test_the_lamp_is_stored_with_the_drive(pi: Pi) -> None:
    pi.drive(1, 0, MIL_ON=1.0)
    pi.drive(2, 1, MIL_ON=0.0)
    pi.drive(3, 2)

    assert {key: drive.is_lamp_on for key, drive in pi.garage.drives().items()} == {"1": True, "2": False, "3": None}


def test_computing_drives_again_in_any_order_changes_nothing(pi: Pi) -> None:
    for number in range(1, 5):
        pi.drive(number, number, MIL_ON=float(number % 2))
    rows = [
        logged("P0301", drive_id=2, first=2 * DAY + 30, last=4 * DAY, id=1),
        logged("P0420", drive_id=3, first=3 * DAY + 30, status="pending", id=2),
        logged("P0301", drive_id=3, first=3 * DAY + 40, status="cleared", id=3),
        logged("odd", drive_id=None, first=DAY + 30, id=4),
    ]
    pi.send("dtc_log", *rows)
    before = pi.garage.facts()

    for order in ((4, 3, 2, 1), (2, 4, 1, 3)):
        for number in order:
            row = drive_rows(60, started_at=NOON + number * DAY, first_id=number * 1000, drive_id=number)[:1]
            pi.garage.receive(row)
            pi.garage.work()

    assert pi.garage.facts() == before
