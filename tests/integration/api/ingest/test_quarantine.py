"""Bad rows never fail a batch: they are kept word for word, once each, and named."""

import json

import pytest

from obd2_api.ingest.envelope import read_envelope
from obd2_api.ingest.quarantine import unpack
from obd2_api.ingest.receive import receive
from obd2_common.errors import InvalidInputError
from support.ingest_setup import Server
from support.pi_rows import DEVICE, EXAMPLES, body, example, reading, readings


def raw_body(table: str, *rows: str) -> bytes:
    return (
        f'{{"deviceId": "{DEVICE}", "batchId": "b", '
        f'"tables": {{"{table}": {{"lastSyncedId": 0, "rows": [{", ".join(rows)}]}}}}}}'
    ).encode()


def kept(server: Server) -> list[tuple[str, str, str | None, str | None]]:
    return [(row["row_text"], row["reason"], row["column_name"], row["source_id"]) for row in server.rows("quarantine")]


def test_three_bad_rows_in_five_hundred_are_kept_beside_the_others(server: Server) -> None:
    rows: list[object] = list(readings(1, 500))
    rows[10] = reading(11, value=float("inf"))
    rows[200] = reading(201, unit="x" * 70_000)
    rows[499] = "no row"

    receipt = server.send({"realtime_data": rows})

    counts = receipt.as_json()["tablesProcessed"]["realtime_data"]
    assert counts == {"inserted": 497, "updated": 0, "errors": 3, "unchanged": 0, "quarantined": 3}
    assert server.count("realtime_data") == 497
    assert [row[1:] for row in kept(server)] == [
        ("not_finite", "value", "11"),
        ("too_long", "unit", "201"),
        ("not_an_object", None, None),
    ]


def test_a_bad_row_is_kept_with_everything_an_operator_needs(server: Server) -> None:
    receipt = server.send({"realtime_data": [reading(7, value="high")]})

    (row,) = server.rows("quarantine")
    assert json.loads(row["row_text"]) == reading(7, value="high")
    assert (row["source_device"], row["source_epoch"], row["table_name"]) == (DEVICE, 1, "realtime_data")
    assert (row["batch_id"], row["receipt_id"]) == (receipt.batch_id, receipt.receipt_id)
    assert (row["received_at"], row["times_received"], row["state"]) == (server.clock.now, 1, "open")


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 1, "timestamp": "2026-07-11T18:00:00Z", "value": 1e999}',
        '{"value": Infinity,   "id": 1}',
        '{"value": -Infinity, "id": 1}',
        '{"value": NaN, "id": 1}',
        '{"z": 1, "id": null, "a": 0.10}',
        '{"id": 1, "value": 0, "value": "b", "value": "a"}',
        '{"id": 123456789012345678901234567890}',
        '{"id": 1, "unit": ["\\u00b0C"]}',
        '{"id": 1, "unit": "\\ud83d"}',
        "[1, 2.50, 3e0]",
        "null",
    ],
)
def test_a_bad_row_is_kept_word_for_word(server: Server, text: str) -> None:
    receipt = server.take(raw_body("realtime_data", '{"id": 5}', text, '{"id": 6}'))

    assert (receipt.tables["realtime_data"].inserted, receipt.tables["realtime_data"].quarantined) == (2, 1)
    assert [row[0] for row in kept(server)] == [text]


def test_bytes_that_are_no_utf8_are_kept_readably(server: Server) -> None:
    receipt = server.take(raw_body("realtime_data", '{"id": 5}', '{"id": 6, "unit": "?C"}').replace(b"?", b"\xb0"))

    assert receipt.tables["realtime_data"].inserted == 1
    assert kept(server) == [('{"id": 6, "unit": "\\udcb0C"}', "not_utf8", "unit", "6")]


@pytest.mark.parametrize("depth", [20, 500, 1000])
def test_a_row_nested_deeply_is_kept(server: Server, depth: int) -> None:
    text = '{"id": 1, "deep": ' + "[" * depth + "]" * depth + "}"

    server.take(raw_body("realtime_data", text, '{"id": 2}'))

    assert [row[:2] for row in kept(server)] == [(text, "too_deep")]
    assert server.count("realtime_data") == 1


def test_a_row_of_megabytes_is_kept(server: Server) -> None:
    text = json.dumps({"id": 1, "unit": "\\'\U0001f697" * 500_000})

    server.take(raw_body("realtime_data", text))

    (row,) = server.rows("quarantine")
    assert unpack(row["row_text"], row["row_encoding"]) == text


def test_the_same_bad_row_again_does_not_grow_the_quarantine(server: Server) -> None:
    rows = [reading(1, value="x"), reading(2)]
    server.counts("realtime_data", rows)
    first_seen = server.clock.now
    server.clock.advance(minutes=1)

    counts = server.counts("realtime_data", rows, batch="again")

    (row,) = server.rows("quarantine")
    assert counts == (0, 1, 1, 1)
    assert (row["times_received"], row["received_at"], row["last_received_at"]) == (2, first_seen, server.clock.now)


def test_the_same_bad_row_many_times_in_one_request_is_kept_once(server: Server) -> None:
    counts = server.counts("realtime_data", [7] * 20_000)

    (row,) = server.rows("quarantine")
    assert counts == (0, 0, 0, 20_000)
    assert (row["row_text"], row["times_received"]) == ("7", 20_000)


def test_thousands_of_different_bad_rows_are_kept(server: Server) -> None:
    counts = server.counts("realtime_data", list(range(5000)))

    assert counts == (0, 0, 0, 5000)
    assert {row["row_text"] for row in server.rows("quarantine")} == {str(number) for number in range(5000)}


def test_the_same_text_in_another_table_or_of_another_device_is_another_row(server: Server) -> None:
    server.counts("realtime_data", [7])
    server.counts("dtc_log", [7])
    server.counts("realtime_data", [7], device="other")

    assert server.count("quarantine") == 3


@pytest.mark.parametrize("table", ["startup_log", "Realtime_Data", "realtime_data ", "", "devices", "x'; --", "\x00"])
def test_the_rows_of_a_table_that_is_not_known_are_kept(server: Server, table: str) -> None:
    receipt = server.send({table: readings(1, 3), "realtime_data": readings(1, 2)})

    assert receipt.tables[table].as_json()["errors"] == 3
    assert receipt.tables["realtime_data"].inserted == 2
    assert {(row["table_name"], row["reason"]) for row in server.rows("quarantine")} == {(table, "unknown_table")}


@pytest.mark.parametrize(
    ("table", "poison", "stored"),
    [
        ("realtime_data", {"value": float("inf")}, False),
        ("realtime_data", {"value": float("-inf")}, False),
        ("realtime_data", {"value": float("nan")}, False),
        ("realtime_data", {"id": None}, False),
        ("realtime_data", {"id": 10**30}, False),
        ("realtime_data", {"drive_id": 10**30}, False),
        ("realtime_data", {"unit": "x" * 10_240}, True),
        ("realtime_data", {"data_source": "guessed"}, True),
        ("realtime_data", {"timestamp": "yesterday"}, True),
        ("realtime_data", {"timestamp": None, "parameter_name": None, "value": None}, True),
        ("realtime_data", {"parameter_name": ""}, True),
        ("realtime_data", {"new_column": [1]}, True),
        ("connection_log", {"mac_address": "profile:daily->performance 0123456789ab"}, True),
        ("connection_log", {"event_type": "shutdown_\U0001f50b"}, True),
        ("battery_health_log", {"load_class": "unheard of"}, True),
        ("dtc_log", {"status": "unheard of"}, True),
        ("dtc_freeze_frame", {"vehicle_info_vin": "UNKNOWNVIN"}, True),
        ("dtc_freeze_frame", {"pid_responses_json": "{broken"}, True),
        ("dtc_freeze_frame", {"dtc_log_id": 999_999}, True),
        ("ai_recommendations", {"priority_rank": 99, "is_duplicate_of": 12345}, True),
        ("statistics", {"profile_id": "no such profile"}, True),
        ("profiles", {"id": 7}, False),
        ("vehicle_info", {"vin": None}, False),
        ("vehicle_info", {"vin": ""}, False),
    ],
)
def test_a_poison_row_is_stored_or_kept_and_its_neighbour_is_stored(
    server: Server,
    table: str,
    poison: dict[str, object],
    stored: bool,  # noqa: FBT001
) -> None:
    neighbour = example(table, id=77, vin="NEIGHBOUR") if table == "vehicle_info" else example(table, id=77)
    if table == "profiles":
        neighbour["id"] = "neighbour"

    counts = server.counts(table, [{**EXAMPLES[table], **poison}, neighbour])

    assert counts == ((2, 0, 0, 0) if stored else (1, 0, 0, 1))
    assert server.count(table) + server.count("quarantine") == 2


@pytest.mark.parametrize("table", ["battery_log", "power_log"])
def test_a_table_that_must_not_leave_the_pi_is_refused_and_nothing_is_stored(server: Server, table: str) -> None:
    server.send({"realtime_data": [reading(1)]})
    before = server.dump()
    envelope = read_envelope(body({"realtime_data": readings(1, 5), table: [{"id": 1}]}, drive_counter=3))

    with pytest.raises(InvalidInputError, match=table):
        receive(server.ingest, envelope)

    assert server.dump() == before


def test_the_refusal_names_every_such_table(server: Server) -> None:
    with pytest.raises(InvalidInputError, match="battery_log, power_log"):
        server.send({"power_log": [], "battery_log": []})

    assert server.count("devices") == 0


def test_battery_health_log_is_another_table(server: Server) -> None:
    assert server.counts("battery_health_log", [EXAMPLES["battery_health_log"]]) == (1, 0, 0, 0)
