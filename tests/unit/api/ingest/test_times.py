"""Time columns come to UTC, and rows whose clock cannot be trusted are flagged."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from obd2_api.ingest.decode import decode_rows
from obd2_api.ingest.times import TimeContext, from_sql_time, sql_time, utc_columns
from obd2_common.synced_specs import SYNCED_TABLES
from support.ingest_setup import CHICAGO, NOW
from support.pi_rows import EXAMPLES, example, reading

Flags = list[str | None]


def converted(
    table: str, rows: list[dict[str, Any]], previous: datetime | None = None
) -> tuple[dict[str, list[Any]], Flags]:
    spec = SYNCED_TABLES[table]
    return utc_columns(spec, decode_rows(spec, rows), TimeContext(CHICAGO, NOW, previous))


def utc_of(*texts: object, ids: list[int] | None = None, previous: datetime | None = None) -> tuple[list[Any], Flags]:
    rows = [reading(row_id, timestamp=text) for row_id, text in zip(ids or range(1, 1000), texts, strict=False)]
    columns, flags = converted("realtime_data", rows, previous)
    return [text and text.removesuffix(".000000") for text in columns["timestamp"]], flags


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        pytest.param("2026-07-11T18:02:39Z", "2026-07-11 18:02:39", id="a canonical"),
        pytest.param("2026-04-19 12:17:09", "2026-04-19 12:17:09", id="b CURRENT_TIMESTAMP"),
        pytest.param("2026-04-19 07:20:30.837646", "2026-04-19 12:20:30.837646", id="c local in summer"),
        pytest.param("2026-01-19T07:20:30.837646", "2026-01-19 13:20:30.837646", id="c local in winter"),
        pytest.param("2026-04-16 08:00:01", "2026-04-16 08:00:01", id="d simulated"),
        pytest.param("2026-07-11T18:02:39.123Z", "2026-07-11 18:02:39.123000", id="e milliseconds"),
        pytest.param("2026-07-11T18:02:39+00:00", "2026-07-11 18:02:39", id="f zero offset"),
        pytest.param("2026-07-11T18:02:39-05:00", "2026-07-11 23:02:39", id="f offset"),
        pytest.param("2026-07-11 18:02:39.123456-0500", "2026-07-11 23:02:39.123456", id="f without colon"),
        pytest.param("2024-02-29 23:59:59.500000", "2024-03-01 05:59:59.500000", id="leap day"),
        pytest.param("2026-02-29T10:00:00Z", None, id="no leap day"),
        pytest.param("2026-03-08 01:59:59.999999", "2026-03-08 07:59:59.999999", id="before spring"),
        pytest.param("2026-03-08 03:00:00.000001", "2026-03-08 08:00:00.000001", id="after spring"),
        pytest.param("2026-11-01 00:59:59.999999", "2026-11-01 05:59:59.999999", id="before autumn"),
        pytest.param("2026-11-01 01:30:00.000001", "2026-11-01 06:30:00.000001", id="doubled hour"),
        pytest.param("2026-11-01 02:00:00.000001", "2026-11-01 08:00:00.000001", id="after autumn"),
        pytest.param("2026-07-11", None, id="g date only"),
        pytest.param("1752256959", None, id="g epoch number"),
        pytest.param(1752256959, None, id="g epoch number as number"),
        pytest.param("noon", None, id="g junk"),
        pytest.param("", None, id="g empty"),
        pytest.param("2026-07-11T18:02:39Z ", None, id="g blank at the end"),
        pytest.param("2026-07-11T18:02:39Z\n", None, id="g line end"),
        pytest.param("2026-07-11T24:00:00Z", None, id="g hour 24"),
        pytest.param("2026-07-11T18:02:60Z", None, id="g leap second"),
        pytest.param("2026-13-11T18:02:39Z", None, id="g month 13"),
        pytest.param("٢٠٢٦-07-11T18:02:39Z", None, id="g other digits"),
        pytest.param("0001-01-01T00:00:00Z", None, id="g year 1"),
        pytest.param("9999-12-31T23:59:59-05:00", None, id="g past the last year"),
        pytest.param("9999-12-31T23:59:59Z", None, id="the last second"),
        pytest.param("2099-12-31T23:59:59Z", "2099-12-31 23:59:59", id="the last second that counts"),
        pytest.param("2026-07-11T18:02:39+99:00", None, id="g offset"),
    ],
)
def test_each_shape_of_a_stamp_becomes_utc_or_nothing(text: object, utc: str | None) -> None:
    (found,), (flags,) = utc_of(text)

    assert found == utc
    assert (flags in {"time_unparsed", "time_out_of_range"}) == (utc is None)


def test_null_is_no_time_and_no_fault() -> None:
    assert utc_of(None) == ([None], [None])


def test_in_the_hour_that_spring_skips_time_goes_on() -> None:
    utc, flags = utc_of("2026-03-08 01:59:58.500000", "2026-03-08 02:10:00.500000", "2026-03-08 03:20:00.500000")

    assert utc == ["2026-03-08 07:59:58.500000", "2026-03-08 08:10:00.500000", "2026-03-08 08:20:00.500000"]
    assert flags == [None, None, None]


def test_in_the_hour_that_autumn_doubles_ids_decide() -> None:
    utc, flags = utc_of(
        "2025-11-02 01:10:00.500000",
        "2025-11-02 01:50:00.500000",
        "2025-11-02 01:05:00.500000",
        "2025-11-02 01:55:00.500000",
        "2025-11-02 02:00:00.500000",
    )

    assert [text[11:16] for text in utc] == ["06:10", "06:50", "07:05", "07:55", "08:00"]
    assert flags == [None] * 5


def test_ids_decide_also_when_the_rows_come_in_another_order() -> None:
    utc, _ = utc_of("2025-11-02 01:05:00.500000", "2025-11-02 01:50:00.500000", ids=[2, 1])

    assert [text[11:16] for text in utc] == ["07:05", "06:50"]


def test_a_row_from_long_after_does_not_tell_which_of_two_hours_is_meant() -> None:
    utc, flags = utc_of("2026-03-08 02:30:00.500000", "2025-11-02 01:30:00.500000")

    assert utc[1][11:16] == "06:30"
    assert flags == [None, "time_backward"]


def test_the_newest_stored_row_decides_for_the_first_of_a_batch() -> None:
    previous = datetime(2025, 11, 2, 6, 59, tzinfo=UTC)

    utc, flags = utc_of("2025-11-02 01:05:00.500000", previous=previous)

    assert utc[0][11:16] == "07:05"
    assert flags == [None]


def test_a_stamp_ahead_of_the_server_is_flagged() -> None:
    near = (NOW + timedelta(minutes=59)).strftime("%Y-%m-%dT%H:%M:%SZ")
    far = (NOW + timedelta(minutes=61)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert utc_of(near, far)[1] == [None, "time_future"]


def test_time_that_runs_backwards_as_ids_grow_is_flagged_once() -> None:
    _, flags = utc_of("2026-07-11T18:00:00Z", "2026-07-11T17:00:00Z", "2026-07-11T17:00:01Z")

    assert flags == [None, "time_backward", None]


def test_a_second_or_two_backwards_is_no_jump() -> None:
    assert utc_of("2026-07-11T18:00:02Z", "2026-07-11T18:00:00Z")[1] == [None, None]


def test_order_in_the_batch_is_no_jump() -> None:
    assert utc_of("2026-07-11T18:00:00Z", "2026-07-11T17:00:00Z", ids=[2, 1])[1] == [None, None]


def test_a_jump_between_two_batches_is_flagged() -> None:
    previous = datetime(2026, 7, 11, 18, 0, tzinfo=UTC)

    assert utc_of("2026-07-11T17:00:00Z", "2026-07-11T17:00:01Z", previous=previous)[1] == ["time_backward", None]
    assert utc_of("2026-07-11T17:59:59Z", "2026-07-11T18:00:01Z", previous=previous)[1] == [None, None]


def test_rows_without_a_time_do_not_hide_a_jump() -> None:
    _, flags = utc_of("2026-07-11T18:00:00Z", "junk", None, "2026-07-11T17:00:00Z")

    assert flags == [None, "time_unparsed", None, "time_backward"]


def test_a_row_may_have_several_flags_each_once() -> None:
    row = example("dtc_log", first_seen_timestamp="junk", last_seen_timestamp="junk", status="no", data_source="no")

    _, flags = converted("dtc_log", [row])

    assert flags == ["time_unparsed,choice_unknown"]


@pytest.mark.parametrize("table", sorted(EXAMPLES))
def test_the_rows_of_the_pi_have_no_flags(table: str) -> None:
    columns, flags = converted(table, [EXAMPLES[table]])

    assert flags == [None]
    assert all(text is None or from_sql_time(text).tzinfo is UTC for texts in columns.values() for text in texts)


def test_profiles_have_no_order_in_time() -> None:
    rows = [example("profiles"), example("profiles", id="a", created_at="2020-01-01 00:00:00")]

    assert converted("profiles", rows)[1] == [None, None]


@pytest.mark.parametrize("moment", [NOW, datetime(1000, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_time_survives_being_written(moment: datetime) -> None:
    assert from_sql_time(sql_time(moment)) == moment
