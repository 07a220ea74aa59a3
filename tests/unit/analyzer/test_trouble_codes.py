"""Which trouble codes a drive has, and what is known of them."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_analyzer.drive_facts import Surroundings, drive_facts, facts_digest
from obd2_analyzer.facts.code_descriptions import COMMON, describe_code
from obd2_analyzer.facts.freeze_frames import read_freeze_frame
from obd2_analyzer.facts.readings import readings_from_rows
from obd2_analyzer.facts.trouble_codes import (
    CodeRow,
    CodeState,
    DriveWindow,
    TroubleCode,
    is_code,
    trouble_codes,
    written_code,
)
from obd2_analyzer.thresholds import load_thresholds
from support.code_rows import at, code_row
from support.drive_rows import ALL_BUT_RPM, drive_rows

DRIVE = DriveWindow(7, at(0), at(600))
DAY = 86_400.0


def codes(*rows: CodeRow, drive: DriveWindow = DRIVE, counted: int | None = None) -> tuple[TroubleCode, ...]:
    return trouble_codes(rows, drive, CodeState(counted=counted), source="real", default_source=None)


def test_a_code_of_the_drive_has_its_status_times_and_our_words() -> None:
    (code,) = codes(code_row("P0420"))

    assert (code.code, code.status, code.is_new) == ("P0420", "stored", True)
    assert (code.first_seen_at, code.last_seen_at) == (at(60), at(500))
    assert "atalyst" in code.description


def test_the_text_of_the_pi_goes_before_ours() -> None:
    (code,) = codes(code_row(description="Cylinder 1 Misfire Detected\x1b"))

    assert code.description == "Cylinder 1 Misfire Detected"


def test_a_code_stored_on_an_earlier_drive_is_still_there_and_known() -> None:
    (code,) = codes(code_row(seen=(-3 * DAY, -2 * DAY), drive_id=4))

    assert (code.status, code.is_new, code.last_seen_at) == ("stored", False, at(-2 * DAY))


@pytest.mark.parametrize("status", ["pending", "cleared"])
def test_an_earlier_code_that_is_not_stored_ends_with_its_drives(status: str) -> None:
    assert codes(code_row(status=status, seen=(-3 * DAY, -2 * DAY), drive_id=4)) == ()


def test_a_code_erased_before_the_drive_is_no_longer_there() -> None:
    stored = code_row(source_id=1, seen=(-3 * DAY, -2 * DAY), drive_id=4)
    erased = code_row(source_id=2, status="cleared", seen=(-DAY, -DAY), drive_id=5)

    assert codes(stored, erased) == ()


def test_an_earlier_code_is_gone_when_the_car_counts_none() -> None:
    earlier = code_row(seen=(-3 * DAY, -2 * DAY), drive_id=4)

    assert codes(earlier, counted=0) == ()
    assert len(codes(earlier, counted=1)) == 1


def test_a_code_of_a_later_drive_is_not_there_yet() -> None:
    assert codes(code_row(seen=(DAY, DAY), drive_id=9)) == ()


def test_a_code_seen_before_and_after_a_drive_was_there_in_it() -> None:
    (code,) = codes(code_row(seen=(-DAY, DAY), drive_id=4))

    assert (code.is_new, code.last_seen_at) == (False, at(600))


def test_a_code_that_came_back_is_known() -> None:
    before = code_row(source_id=1, status="cleared", seen=(-3 * DAY, -2 * DAY), drive_id=4)

    (code,) = codes(before, code_row(source_id=2))

    assert (code.status, code.is_new) == ("stored", False)


def test_a_row_without_drive_counts_for_the_drive_at_whose_edge_it_is_stamped() -> None:
    just_before, long_before = (code_row(seen=(second, second), drive_id=None) for second in (-40.0, -4000.0))

    assert [code.is_new for code in codes(just_before)] == [True]
    assert [code.is_new for code in codes(long_before)] == [False]


def test_a_drive_without_known_times_has_the_codes_that_name_it() -> None:
    unknown = DriveWindow(7, None, None)

    assert len(codes(code_row(seen=(None, None)), drive=unknown)) == 1
    assert codes(code_row(seen=(None, None), drive_id=9), drive=unknown) == ()


def test_codes_of_another_source_are_left_out() -> None:
    assert codes(code_row(data_source="fixture")) == ()
    assert len(codes(code_row(data_source=None))) == 1


def test_stored_codes_come_first_then_pending_then_erased_ones() -> None:
    rows = [code_row("P0100", "cleared"), code_row("P0171", "pending"), code_row("P0455"), code_row("P0301")]

    assert [code.code for code in codes(*rows)] == ["P0301", "P0455", "P0171", "P0100"]


@pytest.mark.parametrize(
    ("text", "status"),
    [("Stored ", "stored"), ("PENDING", "pending"), ("confirmed", "stored"), (None, "stored"), ("history", "cleared")],
)
def test_a_status_is_read_however_it_is_written(text: str | None, status: str) -> None:
    assert [code.status for code in codes(code_row(status=text))] == [status]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" p0301 ", "P0301"),
        ("P0301-00", "P0301"),
        ("U0100", "U0100"),
        ("P03011", "P03011"),
        ("misfire", "misfire"),
        ("", None),
        (None, None),
        ("x" * 300, "x" * 64),
    ],
)
def test_a_code_is_written_as_the_standard_does_and_other_texts_stay(text: str | None, code: str | None) -> None:
    assert written_code(text) == code


def test_a_freeze_frame_is_read_in_our_names() -> None:
    (code,) = codes(code_row(frames=('{"RPM": 2210.0, "RUN_TIME": 61, "MAF": null, "SPEED": "n/a"}',)))

    assert code.freeze_frame == {"RPM": 2210.0, "RUNTIME_SEC": 61.0, "MAF": None, "SPEED": "n/a"}
    assert code.freeze_frame_text is None


@pytest.mark.parametrize("text", ["not json", "[1, 2]", "", '{"RPM": '])
def test_a_freeze_frame_that_cannot_be_read_is_kept_as_it_came(text: str) -> None:
    (code,) = codes(code_row(frames=(text,)))

    assert (code.freeze_frame, code.freeze_frame_text) == (None, text)


def test_a_freeze_frame_holds_nothing_a_database_refuses() -> None:
    frame = read_freeze_frame('{"A\\ud800": "\\udfff", "B": Infinity, "C": 1e400, "D": [1], "E": %s}' % ("9" * 400))

    assert frame == {"A?": "?", "B": None, "C": None, "D": "[1]", "E": None}


def test_the_frame_shown_is_the_latest_one_of_the_drive() -> None:
    early, late = at(60), at(DAY)
    row = replace(code_row(), frames=((late, '{"RPM": 3}'), (None, '{"RPM": 1}'), (early, '{"RPM": 2}')))

    (code,) = codes(row)

    assert code.freeze_frame == {"RPM": 2.0}


@pytest.mark.parametrize("code", ["P0303", "P0999", "P1135", "P2ABC", "P3400", "C0035", "B1000", "U0100", "nonsense"])
def test_every_code_has_a_description(code: str) -> None:
    assert describe_code(code)


def test_every_common_code_is_one() -> None:
    assert [code for code in COMMON if not is_code(code)] == []


@pytest.mark.parametrize(
    ("lamp", "is_on"),
    [
        (0.0, False),
        (1.0, True),
        (lambda second: 1.0 if second == 300 else 0.0, False),
        (lambda second: 1.0 if second >= 300 else 0.0, True),
        (lambda second: 1.0 if second < 300 else 0.0, True),
    ],
)
def test_the_lamp_is_on_when_more_than_one_odd_sample_says_so(lamp: float, is_on: bool) -> None:  # noqa: FBT001
    rows = drive_rows(600, signals={"MIL_ON": lamp})

    assert drive_facts(readings_from_rows(rows), Surroundings(), load_thresholds()).is_lamp_on is is_on


def test_without_a_reading_of_the_lamp_nobody_knows() -> None:
    rows = drive_rows(600, without=ALL_BUT_RPM)

    assert drive_facts(readings_from_rows(rows), Surroundings(), load_thresholds()).is_lamp_on is None


_SECONDS = st.one_of(st.none(), st.floats(-3 * DAY, 3 * DAY))
_ROWS = st.lists(
    st.builds(
        code_row,
        st.sampled_from(["P0301", "P0420", "odd", None]),
        st.sampled_from(["stored", "pending", "cleared", None, "?"]),
        source_id=st.integers(1, 50),
        seen=st.tuples(_SECONDS, _SECONDS),
        drive_id=st.sampled_from([None, 0, 4, 7, 9]),
        frames=st.lists(st.sampled_from(["{}", "junk", '{"RPM": 1}']), max_size=2).map(tuple),
    ),
    max_size=6,
    unique_by=lambda row: row.source_id,
)


@given(rows=_ROWS)
def test_the_order_of_arrival_does_not_change_a_drives_codes(rows: list[CodeRow]) -> None:
    readings = readings_from_rows(drive_rows(60, without=ALL_BUT_RPM))

    digests = {
        facts_digest(drive_facts(readings, Surroundings(drive_id=7, code_rows=order), load_thresholds()))
        for order in itertools.islice(itertools.permutations(rows), 24)
    }

    assert len(digests) == 1


@given(rows=_ROWS, later=st.floats(601 + 120, 3 * DAY))
def test_seeing_a_code_again_after_a_drive_leaves_the_drive_as_it_was(rows: list[CodeRow], later: float) -> None:
    seen = [row for row in rows if row.last_seen_at is not None and row.last_seen_at > at(720)]
    again = [replace(row, last_seen_at=at(later)) if row in seen else row for row in rows]

    assert {code.code: code.last_seen_at for code in codes(*again)} == {
        code.code: code.last_seen_at for code in codes(*rows)
    }
