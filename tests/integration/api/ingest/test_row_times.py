"""Stored times: the text as it came, UTC beside it, flags that outlive being sent again."""

from support.ingest_setup import Server
from support.pi_rows import example, reading, readings


def times(server: Server) -> list[str | None]:
    moments = [row["timestamp"] for row in server.rows("realtime_data")]
    return [moment and moment.strftime("%H:%M") for moment in moments]


def flags(server: Server, table: str = "realtime_data") -> list[str | None]:
    return [row["row_flags"] for row in server.rows(table)]


def test_a_stamp_that_is_none_is_kept_as_text(server: Server) -> None:
    counts = server.counts("realtime_data", [reading(1, timestamp="yesterday"), reading(2, timestamp=1752256959)])

    assert counts == (2, 0, 0, 0)
    assert [row["timestamp_raw"] for row in server.rows("realtime_data")] == ["yesterday", "1752256959"]
    assert times(server) == [None, None]
    assert flags(server) == ["time_unparsed", "time_unparsed"]


def test_a_clock_that_jumps_back_between_two_batches_is_flagged(server: Server) -> None:
    server.counts("realtime_data", readings(100, 110))

    server.counts("realtime_data", [reading(111, timestamp="2026-07-10T18:00:00Z"), reading(112)])

    assert flags(server)[-2:] == ["time_backward", None]


def test_a_gap_filled_later_is_no_jump(server: Server) -> None:
    server.counts("realtime_data", readings(100, 110))

    server.counts("realtime_data", readings(50, 99))

    assert set(flags(server)) == {None}


def test_flags_of_the_clock_outlive_a_richer_row(server: Server) -> None:
    jumped = [reading(2, timestamp="2026-07-10T18:00:00Z"), reading(3, timestamp="2026-07-12T18:00:00Z")]
    server.counts("realtime_data", [reading(1), *jumped])
    server.clock.advance(days=2)

    counts = server.counts("realtime_data", [{**row, "drive_id": 40} for row in jumped])

    assert counts == (0, 2, 0, 0)
    assert flags(server) == [None, "time_backward", "time_future"]


def test_a_row_that_follows_a_gap_is_not_flagged_when_it_comes_again(server: Server) -> None:
    server.counts("realtime_data", [reading(5)])
    server.counts("realtime_data", [reading(1, timestamp="2026-07-11T17:30:00Z")])

    server.counts("realtime_data", [reading(1, timestamp="2026-07-11T17:30:00Z", unit="a"), reading(5, unit="a")])

    assert flags(server) == [None, None]


def test_flags_of_columns_that_do_not_come_again_stay(server: Server) -> None:
    server.counts("dtc_log", [example("dtc_log", first_seen_timestamp="junk", data_source="guessed")])

    server.counts("dtc_log", [{"id": 4, "status": "stored"}])

    assert flags(server, "dtc_log") == ["time_unparsed,choice_unknown"]


def test_a_flag_goes_when_its_cause_does(server: Server) -> None:
    server.counts("battery_health_log", [example("battery_health_log", end_timestamp="junk")])

    server.counts("battery_health_log", [example("battery_health_log", end_timestamp="2026-07-11T18:40:00Z")])

    assert flags(server, "battery_health_log") == [None]


def test_in_the_doubled_hour_a_richer_row_keeps_the_hour_its_neighbours_proved(server: Server) -> None:
    stamps = ["2025-11-02 01:50:00.500000", "2025-11-02 01:05:00.500000", "2025-11-02 01:40:00.500000"]
    rows = [reading(number, timestamp=stamp) for number, stamp in enumerate(stamps, start=1)]
    server.counts("realtime_data", rows[:2])
    server.counts("realtime_data", rows[2:])
    before = times(server)

    counts = server.counts("realtime_data", [{**rows[2], "drive_id": 40}])

    assert counts == (0, 1, 0, 0)
    assert before == ["06:50", "07:05", "07:40"]
    assert times(server) == before


def test_the_oldest_and_the_last_second_are_stored(server: Server) -> None:
    server.counts(
        "realtime_data",
        [reading(1, timestamp="1990-01-01T00:00:00Z"), reading(2, timestamp="2099-12-31T23:59:59.999999Z")],
    )

    moments = [row["timestamp"].isoformat() for row in server.rows("realtime_data")]
    assert moments == ["1990-01-01T00:00:00+00:00", "2099-12-31T23:59:59.999999+00:00"]
