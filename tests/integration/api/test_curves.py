"""Curves, events, trends, comparisons and maps, as pages and scripts ask for them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from obd2_common.db.database import Database
from obd2_common.series import pack_series
from obd2_common.tables.curves import DriveSeries
from obd2_common.tables.drives import DriveTroubleCode
from obd2_common.tables.operators import TuneEra
from obd2_common.tables.synced import AlertLog, ConnectionLog
from support.api_client import api_client
from support.api_rows import DEVICE, NOON, drive_row, finding_row, statistic_row, store
from support.curve_rows import cell_row

SERIES = f"/api/v1/drives/{DEVICE}/33/series"


def series_row(parameter: str, values: list[float], *, begins_at: datetime = NOON, every: int = 2) -> DriveSeries:
    offsets = [every * 1_000_000 * place for place in range(len(values))]
    return DriveSeries(
        source_device=DEVICE,
        source_epoch=1,
        drive_key="33",
        parameter_name=parameter,
        unit="°C",
        started_at=begins_at,
        sample_count=len(values),
        median_interval_seconds=float(every),
        min_value=min(values),
        max_value=max(values),
        packed=pack_series(offsets, values),
    )


def test_curves_count_from_the_start_of_the_drive(database: Database) -> None:
    late = NOON + timedelta(seconds=10)
    store(database, drive_row(), series_row("COOLANT_TEMP", [80.0, 81.0]), series_row("MAF", [3.0], begins_at=late))

    found = api_client(database).get(SERIES).json()

    assert found["parameters"] == ["COOLANT_TEMP", "MAF"]
    assert [(line["parameter"], line["seconds"], line["values"]) for line in found["lines"]] == [
        ("COOLANT_TEMP", [0.0, 2.0], [80.0, 81.0]),
        ("MAF", [10.0], [3.0]),
    ]
    assert found["lines"][0]["name"] == "coolant temperature"


def test_a_stretch_of_one_parameter_comes_with_all_its_samples(database: Database) -> None:
    store(database, drive_row(), series_row("COOLANT_TEMP", [float(n) for n in range(500)]), series_row("MAF", [3.0]))
    client = api_client(database)
    begin, end = (NOON + timedelta(seconds=100)).isoformat(), (NOON + timedelta(seconds=110)).isoformat()

    (whole,) = client.get(SERIES, parameter="COOLANT_TEMP", points=50).json()["lines"]
    (part,) = client.get(SERIES, **{"parameter": "COOLANT_TEMP", "points": 50, "from": begin, "to": end}).json()[
        "lines"
    ]

    assert (len(whole["values"]) <= 50, whole["isReduced"], whole["sampleCount"]) == (True, True, 500)
    assert (part["seconds"][0], part["seconds"][-1], part["isReduced"]) == (98.0, 112.0, False)


def test_a_drive_without_a_start_or_without_curves_has_none(database: Database) -> None:
    store(database, drive_row("33", started_at=None), drive_row("34"))
    client = api_client(database)

    assert client.get(SERIES).json()["lines"] == []
    assert client.get(f"/api/v1/drives/{DEVICE}/34/series").json()["lines"] == []
    assert client.get(f"/api/v1/drives/{DEVICE}/34/events").json()["events"] == []
    assert client.get(f"/api/v1/drives/{DEVICE}/99/series").status_code == 404


def test_events_of_a_drive_come_in_the_order_of_time(database: Database) -> None:
    key: dict[str, Any] = {"source_device": DEVICE, "source_epoch": 1, "synced_at": NOON, "sync_batch_id": "b"}
    store(
        database,
        drive_row(),
        finding_row(1),
        DriveTroubleCode(
            source_device=DEVICE,
            source_epoch=1,
            drive_key="33",
            code="P0301",
            description="misfire of cylinder 1",
            status="stored",
            first_seen_at=NOON + timedelta(minutes=3),
            is_new=True,
        ),
        AlertLog(
            **key,
            source_id=1,
            timestamp=NOON + timedelta(minutes=2),
            alert_type="coolant_high",
            parameter_name="COOLANT_TEMP",
            value=103.0,
            threshold=100.0,
            drive_id=33,
        ),
        ConnectionLog(**key, source_id=1, timestamp=NOON + timedelta(minutes=1), event_type="drive_start", success=1),
        ConnectionLog(**key, source_id=2, timestamp=NOON + timedelta(minutes=1), event_type="connect_attempt"),
        ConnectionLog(**key, source_id=3, timestamp=NOON + timedelta(days=1), event_type="drive_end"),
    )

    events = api_client(database).get(f"/api/v1/drives/{DEVICE}/33/events").json()["events"]

    assert [(event["kind"], event["seconds"], event["text"]) for event in events] == [
        ("finding", 0.0, "Finding 1."),
        ("connection", 60.0, "drive start"),
        ("alert", 120.0, "coolant_high: 103"),
        ("trouble_code", 180.0, "P0301: misfire of cylinder 1 (stored)"),
    ]


def test_a_trend_has_a_point_for_each_real_drive_and_the_eras_they_lie_in(database: Database) -> None:
    second = NOON + timedelta(days=1)
    store(
        database,
        drive_row("1"),
        drive_row("2", started_at=second),
        drive_row("3", is_real=False),
        drive_row("4", is_held_out=True),
        *(statistic_row("COOLANT_TEMP", drive_key=key) for key in "1234"),
        TuneEra(source_device=DEVICE, name="new ecu", started_at=second - timedelta(hours=1), created_at=NOON),
    )
    client = api_client(database)

    trend = client.get("/api/v1/trends", deviceId=DEVICE, parameter="COOLANT_TEMP").json()
    of_era = client.get("/api/v1/trends", deviceId=DEVICE, parameter="COOLANT_TEMP", era="new ecu").json()

    assert [point["driveKey"] for point in trend["points"]] == ["1", "2"]
    assert [era["name"] for era in trend["eras"]] == [None, "new ecu"]
    assert [point["driveKey"] for point in of_era["points"]] == ["2"]
    assert client.get("/api/v1/trends", deviceId=DEVICE, parameter="MAF", era="no such").status_code == 404


def test_drives_are_set_side_by_side(database: Database) -> None:
    store(
        database,
        drive_row("1"),
        drive_row("2"),
        statistic_row("COOLANT_TEMP", drive_key="1"),
        statistic_row("COOLANT_TEMP", drive_key="2"),
        statistic_row("MAF", drive_key="2"),
        statistic_row("RUNTIME_SEC", drive_key="2"),
    )

    found = api_client(database).call("GET", f"/api/v1/compare?deviceId={DEVICE}&drive=1&drive=2").json()

    assert [side["label"] for side in found["sides"]] == ["drive 1", "drive 2"]
    assert [(row["parameter"], row["minimums"]) for row in found["parameters"]] == [
        ("COOLANT_TEMP", [80.0, 80.0]),
        ("MAF", [None, 80.0]),
    ]


def test_eras_are_set_side_by_side(database: Database) -> None:
    eras = [
        TuneEra(source_device=DEVICE, name=name, started_at=NOON + timedelta(days=day), created_at=NOON)
        for name, day in (("first", -1), ("second", 1))
    ]
    store(
        database,
        *eras,
        drive_row("1"),
        drive_row("2", started_at=NOON + timedelta(days=2)),
        statistic_row("COOLANT_TEMP", drive_key="1"),
    )

    found = api_client(database).call("GET", f"/api/v1/compare?deviceId={DEVICE}&era=first&era=second").json()

    assert [(side["label"], side["driveCount"]) for side in found["sides"]] == [("first", 1), ("second", 1)]
    assert found["parameters"][0]["maximums"] == [92.0, None]


@pytest.mark.parametrize("query", ["drive=1", "drive=1&drive=2&era=x&era=y", "", "&".join(["drive=1"] * 5)])
def test_a_comparison_needs_two_to_four_of_one_kind(query: str, database: Database) -> None:
    assert api_client(database).call("GET", f"/api/v1/compare?deviceId={DEVICE}&{query}").status_code == 422


def test_a_map_adds_up_drives_and_leaves_out_cells_with_few_samples(database: Database) -> None:
    store(
        database,
        drive_row("1"),
        drive_row("2", epoch=2),
        cell_row("1", 2000, 30, [10.0, 20.0, 30.0]),
        cell_row("2", 2000, 30, [40.0], epoch=2),
        cell_row("1", 2500, 30, [5.0]),
    )
    client = api_client(database)

    every = client.get("/api/v1/maps", deviceId=DEVICE, parameter="TIMING_ADVANCE").json()
    one = client.get("/api/v1/maps", deviceId=DEVICE, parameter="TIMING_ADVANCE", drive="1", minimumSamples=1).json()

    assert every["cells"] == [
        {"rpmBand": 2000, "loadBand": 30, "sampleCount": 4, "mean": 25.0, "minimum": 10.0, "maximum": 40.0}
    ]
    assert [(cell["rpmBand"], cell["sampleCount"]) for cell in one["cells"]] == [(2000, 3), (2500, 1)]
    assert (every["driveCount"], one["driveCount"]) == (2, 1)
