"""The Pi's time stamps: every shape it has been seen to write, and shapes it has not."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from obd2_common.pitime import PiTime, has_time_shape, parse_pi_time
from obd2_common.time_range import is_in_range

CHICAGO = ZoneInfo("America/Chicago")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-07-11T18:02:39Z", "2026-07-11T18:02:39", id="canonical"),
        pytest.param("2026-07-11T18:02:39z", "2026-07-11T18:02:39", id="small z"),
        pytest.param("2026-07-11 18:02:39Z", "2026-07-11T18:02:39", id="blank before the time"),
        pytest.param("2026-07-11T18:02:39.123Z", "2026-07-11T18:02:39.123", id="milliseconds"),
        pytest.param("2026-07-11T18:02:39.123456Z", "2026-07-11T18:02:39.123456", id="microseconds in UTC"),
        pytest.param("2026-07-11T18:02:39.123456789Z", "2026-07-11T18:02:39.123456", id="nanoseconds are cut"),
        pytest.param("2026-07-11T18:02:39+00:00", "2026-07-11T18:02:39", id="offset zero"),
        pytest.param("2026-07-11T13:02:39-05:00", "2026-07-11T18:02:39", id="offset west"),
        pytest.param("2026-07-11T23:32:39.5+0530", "2026-07-11T18:02:39.5", id="offset without colon"),
        pytest.param("2026-04-19 12:17:09", "2026-04-19T12:17:09", id="CURRENT_TIMESTAMP"),
        pytest.param("2026-04-19T12:17:09", "2026-04-19T12:17:09", id="no fraction, no zone"),
        pytest.param("2026-04-19 12:17:09.5", "2026-04-19T12:17:09.5", id="short fraction, no zone"),
        pytest.param("2026-04-19 07:20:30.837646", "2026-04-19T12:20:30.837646", id="local summer time"),
        pytest.param("2026-01-19T07:20:30.837646", "2026-01-19T13:20:30.837646", id="local winter time"),
        pytest.param("2026-04-18 23:59:59.999999", "2026-04-19T04:59:59.999999", id="local time of another day"),
    ],
)
def test_a_stamp_is_read_by_its_shape(text: str, expected: str) -> None:
    assert parse_pi_time(text, CHICAGO) == PiTime(utc(expected))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "null",
        "2026-07-11",
        "1783792959",
        "1783792959.25",
        "18:02:39",
        "2026-07-11T18:02Z",
        "2026-13-11T18:02:39Z",
        "2026-02-30 18:02:39",
        "2026-07-11T25:02:39Z",
        "2026-07-11T18:02:60Z",
        "2026-07-11T18:02:39+25:00",
        "2026-07-11T18:02:39 UTC",
        " 2026-07-11T18:02:39Z",
        "2026-07-11T18:02:39Z\n",
        "2026-07-11T18:02:39Z; DROP TABLE realtime_data",
        "٢٠٢٦-07-11T18:02:39Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01 00:00:00.000001",
        "0999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-05:00",
        "9999-12-31 23:59:59.999999",
        "9999-12-31T23:59:59Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "1989-12-31T23:59:59Z",
        "1990-01-01T00:00:00+14:00",
        "2100-01-01T00:00:00Z",
        "2099-12-31T23:59:59-14:00",
    ],
)
def test_what_is_no_time_of_a_car_gives_none(text: str) -> None:
    assert parse_pi_time(text, CHICAGO) is None


@pytest.mark.parametrize("text", ["1990-01-01T00:00:00Z", "2099-12-31T23:59:59Z", "2100-01-01T13:59:59+14:00"])
def test_the_ends_of_the_range_are_times_of_a_car(text: str) -> None:
    assert parse_pi_time(text, CHICAGO) is not None


def test_a_text_has_the_shape_of_a_time_or_not() -> None:
    assert has_time_shape("9999-12-31T23:59:59Z")
    assert not has_time_shape("yesterday")


def test_the_zone_of_local_stamps_is_the_callers() -> None:
    berlin = parse_pi_time("2026-07-11 18:02:39.000001", ZoneInfo("Europe/Berlin"))

    assert berlin == PiTime(utc("2026-07-11T16:02:39.000001"))


def test_in_the_autumn_hour_that_occurs_twice_the_earlier_is_taken_and_the_later_kept() -> None:
    twice = parse_pi_time("2026-11-01 01:30:00.000001", CHICAGO)

    assert twice == PiTime(utc("2026-11-01T06:30:00.000001"), alternative=utc("2026-11-01T07:30:00.000001"))


@pytest.mark.parametrize("text", ["2026-11-01 00:59:59.999999", "2026-11-01 02:00:00.000001"])
def test_beside_the_autumn_hour_there_is_one_reading(text: str) -> None:
    time = parse_pi_time(text, CHICAGO)

    assert time is not None
    assert time.alternative is None


def test_a_local_stamp_in_the_hour_that_spring_skips_has_one_reading() -> None:
    skipped = parse_pi_time("2026-03-08 02:30:00.000001", CHICAGO)

    assert skipped == PiTime(utc("2026-03-08T08:30:00.000001"))


def test_utc_stamps_know_no_autumn_hour() -> None:
    assert parse_pi_time("2026-11-01T01:30:00Z", CHICAGO) == PiTime(utc("2026-11-01T01:30:00"))
    assert parse_pi_time("2026-11-01 01:30:00", CHICAGO) == PiTime(utc("2026-11-01T01:30:00"))


@given(st.text(max_size=40))
@example("2026-07-11T18:02:39+99:99")
def test_no_text_makes_the_parser_fail(text: str) -> None:
    time = parse_pi_time(text, CHICAGO)

    assert time is None or is_in_range(time.utc)


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31)),  # noqa: DTZ001 - zones come below
    st.integers(-14 * 60, 14 * 60),
)
def test_a_stamp_with_an_offset_gives_the_instant_it_was_made_from(naive: datetime, offset_minutes: int) -> None:
    instant = naive.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))

    time = parse_pi_time(instant.isoformat(), CHICAGO)

    assert time == PiTime(instant.astimezone(UTC))


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31)))  # noqa: DTZ001
def test_a_local_stamp_goes_back_to_what_the_clock_in_the_car_showed(naive: datetime) -> None:
    shown = naive.isoformat(sep=" ", timespec="microseconds")

    time = parse_pi_time(shown, CHICAGO)

    assert time is not None
    back = time.utc.astimezone(CHICAGO).replace(tzinfo=None)
    assert back in {naive, naive + timedelta(hours=1)}  # an hour later in the hour that spring skips
