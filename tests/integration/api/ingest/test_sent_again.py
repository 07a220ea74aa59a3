"""Rows that come again, late, in any order and grouping: the tables end up the same."""

import random

import pytest

from support.ingest_setup import Server, as_sent
from support.pi_rows import example, reading, readings


def test_new_rows_are_inserted(server: Server) -> None:
    assert server.counts("realtime_data", readings(1, 500)) == (500, 0, 0, 0)
    assert server.as_sent("realtime_data") == as_sent(readings(1, 500))


def test_rows_sent_again_tell_which_of_two_autumn_hours_the_new_ones_are_in(server: Server) -> None:
    times = ("01:10:00", "01:50:00", "01:05:00", "01:20:00", "01:30:00", "01:15:00")
    rows = [reading(number, timestamp=f"2025-11-02 {time}.500000") for number, time in enumerate(times, start=1)]
    server.counts("realtime_data", rows[:4])

    server.counts("realtime_data", rows[2:5])
    server.counts("realtime_data", [rows[5], reading(7, timestamp="2025-11-02 01:40:00.500000")])

    stored = [row["timestamp"].strftime("%H:%M") for row in server.rows("realtime_data")]
    assert stored == ["06:10", "06:50", "07:05", "07:20", "07:30", "07:15", "07:40"]


def test_a_late_row_is_read_by_the_row_stored_before_it(server: Server) -> None:
    times = ("01:50:00", "01:05:00", "01:06:00", "01:40:00")
    rows = [reading(number, timestamp=f"2025-11-02 {time}.500000") for number, time in enumerate(times, start=1)]
    server.counts("realtime_data", [rows[0], rows[1], rows[3]])

    server.counts("realtime_data", [rows[2]])

    assert [row["timestamp"].strftime("%H:%M") for row in server.rows("realtime_data")] == [
        "06:50",
        "07:05",
        "07:06",
        "07:40",
    ]


def test_a_batch_sent_twice_is_stored_once_and_changes_nothing(server: Server) -> None:
    server.counts("realtime_data", readings(1, 500))
    before = server.rows("realtime_data")
    server.clock.advance(seconds=5)

    counts = server.counts("realtime_data", readings(1, 500), batch="another")

    assert counts == (0, 500, 500, 0)
    assert server.rows("realtime_data") == before


def test_overlapping_batches_insert_only_what_is_new(server: Server) -> None:
    server.counts("realtime_data", readings(1, 300))

    counts = server.counts("realtime_data", readings(200, 600))

    assert counts == (300, 101, 101, 0)
    assert server.as_sent("realtime_data") == as_sent(readings(1, 600))


def test_a_batch_before_the_known_ones_fills_the_gap(server: Server) -> None:
    server.counts("realtime_data", readings(501, 1000))

    counts = server.counts("realtime_data", readings(1, 600))

    assert counts == (500, 100, 100, 0)
    assert server.as_sent("realtime_data") == as_sent(readings(1, 1000))


def test_a_cursor_that_rewinds_brings_the_same_rows_again(server: Server) -> None:
    summaries = [
        example("drive_summary", id=number, drive_start_timestamp=f"2026-07-0{number}T10:00:00Z")
        for number in range(1, 7)
    ]
    server.counts("drive_summary", summaries)
    filled = {**summaries[0], "barometric_kpa_at_start": 99.5}

    first = server.counts("drive_summary", [filled])
    again = server.counts("drive_summary", summaries[1:])

    assert (first, again) == ((0, 1, 0, 0), (0, 5, 5, 0))
    assert server.as_sent("drive_summary") == as_sent([filled, *summaries[1:]], "drive_summary")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_pieces_in_random_order_with_repetitions_give_the_same_table(server: Server, seed: int) -> None:
    generator = random.Random(seed)  # noqa: S311 - test data
    rows = readings(1, 1500)
    pieces = [rows[start : start + 100] for start in range(0, 1500, 100)]
    for _ in range(20):
        start = generator.randrange(1500)
        pieces.append(rows[start : start + generator.randrange(1, 300)])
    generator.shuffle(pieces)

    inserted = 0
    for piece in pieces:
        shuffled = generator.sample(piece, len(piece))
        counts = server.counts("realtime_data", shuffled)
        assert counts[0] + counts[1] == len(piece)
        assert counts[1] == counts[2]
        inserted += counts[0]

    assert inserted == 1500
    assert server.as_sent("realtime_data") == as_sent(rows)
    assert server.rows("sync_cursors")[0]["high_water_id"] == 1500
    assert server.rows("sync_cursors")[0]["row_count"] == 1500
    assert [epoch["source_epoch"] for epoch in server.rows("device_epochs")] == [1]


def test_sparse_ids_far_apart_are_recognised(server: Server) -> None:
    rows = [reading(number) for number in (1, 5, 10**6, 10**12, 2**63 - 1, -5)]
    server.counts("realtime_data", rows)

    counts = server.counts("realtime_data", [*rows, reading(7)])

    assert counts == (1, 6, 6, 0)


def test_more_known_rows_than_one_query_asks_for_are_recognised(server: Server) -> None:
    rows = [reading(number * 10) for number in range(1, 2501)]
    server.counts("realtime_data", rows)

    assert server.counts("realtime_data", rows) == (0, 2500, 2500, 0)


def test_rows_above_a_lost_cursor_are_recognised(server: Server) -> None:
    server.counts("realtime_data", readings(1, 50))
    server.database.run(lambda session: session.connection().exec_driver_sql("DELETE FROM sync_cursors"))

    counts = server.counts("realtime_data", readings(1, 60))

    assert counts == (10, 50, 50, 0)
    assert server.as_sent("realtime_data") == as_sent(readings(1, 60))


def test_rows_below_a_cursor_that_are_not_there_are_inserted(server: Server) -> None:
    server.counts("realtime_data", readings(1, 50))
    server.database.run(
        lambda session: session.connection().exec_driver_sql("DELETE FROM realtime_data WHERE source_id > 20")
    )

    counts = server.counts("realtime_data", readings(1, 50))

    assert counts == (30, 20, 20, 0)
