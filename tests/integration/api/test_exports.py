"""Drives as files: CSV, workbook, MegaLogViewer log, JSON and VirtualDyno, as other programs read them."""

import csv
import io
import json
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from obd2_api.exports.readings import Column, Export
from obd2_api.exports.texts import csv_text, json_text, msl_text
from obd2_api.exports.workbook import workbook_parts
from obd2_common.db.database import Database
from support.api_client import api_client
from support.api_rows import DEVICE, NOON, device_row, drive_row, statistic_row, store
from support.curve_rows import curve_row

EXPORT = "/api/v1/export"
HOSTILE = "=HYPERLINK(1)"


def two_drives(database: Database) -> None:
    later = NOON + timedelta(days=1)
    store(
        database,
        device_row(),
        drive_row("33"),
        drive_row("34", started_at=later),
        curve_row("COOLANT_TEMP", [80.0, 81.5]),
        curve_row("RPM", [840.0, 860.0], unit="rpm", begins_at=NOON + timedelta(seconds=2)),
        curve_row("RPM", [900.0], unit="rpm", begins_at=later, drive_key="34"),
        statistic_row("RPM"),
    )


def test_csv_has_a_row_of_units_and_a_cell_for_what_was_read_then(database: Database) -> None:
    two_drives(database)

    answer = api_client(database).get(EXPORT, drives="33,34", deviceId=DEVICE)

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="drives.csv"'
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[:2] == [
        ["device", "epoch", "drive", "time", "seconds", "COOLANT_TEMP", "RPM"],
        ["", "", "", "UTC", "s", "°C", "rpm"],
    ]
    assert [row[2:] for row in rows[2:]] == [
        ["33", "2026-07-11T12:00:00.250000Z", "0.0", "80.0", ""],
        ["33", "2026-07-11T12:00:02.250000Z", "2.0", "81.5", "840.0"],
        ["33", "2026-07-11T12:00:04.250000Z", "4.0", "", "860.0"],
        ["34", "2026-07-12T12:00:00.250000Z", "0.0", "", "900.0"],
    ]


def test_drives_since_a_time_and_some_parameters_only(database: Database) -> None:
    two_drives(database)
    since = (NOON + timedelta(hours=1)).isoformat()

    answer = api_client(database).get(EXPORT, since=since, format="json", parameter="RPM")

    (drive,) = answer.json()["drives"]
    assert (drive["driveKey"], drive["statistics"]) == ("34", [])
    assert [(curve["parameter"], curve["seconds"], curve["values"]) for curve in drive["curves"]] == [
        ("RPM", [0.0], [900.0])
    ]


def test_a_workbook_opens_with_its_three_sheets(database: Database, tmp_path: Path) -> None:
    two_drives(database)

    answer = api_client(database, backup_dir=tmp_path).get(EXPORT, drives="33", format="xlsx")

    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Drives", "Statistics", "Readings"]
    assert book["Drives"]["C2"].value == "33"
    assert [cell.value for cell in book["Statistics"][2]][3:7] == ["RPM", "engine speed", "degree_Celsius", 676]
    assert [cell.value for cell in book["Readings"][2]][3:] == ["UTC", "s", "°C", "rpm"]
    assert [cell.value for cell in book["Readings"][4]][4:] == [2, 81.5, 840]


def test_readings_beyond_one_sheet_go_on_in_the_next(database: Database, tmp_path: Path) -> None:
    store(database, drive_row(), curve_row("RPM", [float(number) for number in range(7)]))
    export = Export(database, [drive_row()], [Column("RPM", "°C")])

    book = load_workbook(io.BytesIO(b"".join(workbook_parts(export, tmp_path, sheet_rows=5))))

    assert book.sheetnames[2:] == ["Readings", "Readings 2", "Readings 3"]
    values = [row[5] for name in book.sheetnames[2:] for row in book[name].iter_rows(min_row=3, values_only=True)]
    assert values == list(range(7))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_no_text_of_a_device_becomes_a_formula(database: Database, tmp_path: Path, file_format: str) -> None:
    store(
        database,
        drive_row(device="@evil"),
        curve_row(HOSTILE, [-1.0], unit="+cmd|' /C calc'!A0", device="@evil"),
    )

    answer = api_client(database, backup_dir=tmp_path).get(EXPORT, drives="33", deviceId="@evil", format=file_format)

    if file_format == "csv":
        rows = list(csv.reader(io.StringIO(answer.text)))
    else:
        sheet = load_workbook(io.BytesIO(answer.content))["Readings"]
        rows = [["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert rows[0][5] == f"'{HOSTILE}"
    assert rows[1][5] == "'+cmd|' /C calc'!A0"
    assert rows[2][0] == "'@evil"
    assert float(rows[2][5]) == -1.0


def test_a_megalogviewer_log_has_two_lines_names_units_and_no_hole(database: Database) -> None:
    store(
        database,
        device_row(),
        drive_row("33"),
        drive_row("34", started_at=NOON + timedelta(hours=1)),
        curve_row("COOLANT_TEMP", [80.0]),
        curve_row("RPM", [840.0, 850.0, 860.0, 870.0, 880.0], unit="r\tpm"),
        curve_row("RPM", [900.0], unit="r\tpm", begins_at=NOON + timedelta(hours=1), drive_key="34"),
    )

    lines = api_client(database).get(EXPORT, drives="33,34", format="msl").text.splitlines()

    assert lines[0].startswith('"OBD2-Server ')
    assert lines[1] == '"Capture Date: Sat Jul 11 12:00:00 UTC 2026"'
    assert lines[2:4] == ["Time\tCOOLANT_TEMP\tRPM", "s\tdeg C\tr_pm"]
    assert lines[4:] == [
        "0.000\t80.0\t840.0",
        "2.000\t80.0\t850.0",
        "4.000\t80.0\t860.0",
        "6.000\t80.0\t870.0",
        "8.000\tNaN\t880.0",
        "MARK 001 - drive 34 of chi-eclipse-01",
        "3600.000\tNaN\t900.0",
    ]


def test_virtualdyno_gets_a_fast_log_and_a_reason_for_a_slow_one(database: Database) -> None:
    store(
        database,
        device_row(),
        drive_row("33"),
        drive_row("34"),
        curve_row("RPM", [2000.0, 2100.0], unit="rpm", every=2.0),
        curve_row("RPM", [2000.0, 2100.0], unit="rpm", every=0.1, drive_key="34"),
    )
    client = api_client(database)

    slow, fast = (client.get(EXPORT, drives=key, format="virtualdyno") for key in ("33", "34"))

    assert slow.status_code == 422
    assert "RPM was read every 2.0 s" in slow.json()["detail"]
    assert fast.text == "Time,RPM\n0.000,2000.0\n0.100,2100.0\n"
    assert 'filename="chi-eclipse-01-drive-34.virtualdyno.csv"' in fast.headers["content-disposition"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 422),
        ({"drives": "33", "since": "2026-07-11"}, 422),
        ({"drives": "33", "format": "docx"}, 422),
        ({"drives": "77"}, 404),
        ({"drives": "33,34", "format": "virtualdyno"}, 422),
    ],
)
def test_what_cannot_be_exported_is_refused(database: Database, asked: dict[str, str], status: int) -> None:
    two_drives(database)

    assert api_client(database).get(EXPORT, **asked).status_code == status


def test_an_export_without_any_drive_has_its_head_alone(database: Database) -> None:
    since = {"since": "2020-01-01"}

    assert api_client(database).get(EXPORT, **since).text.splitlines()[0] == "device,epoch,drive,time,seconds"
    assert api_client(database).get(EXPORT, **since, format="json").json() == {"drives": []}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("write", [csv_text, msl_text, json_text])
def test_memory_does_not_grow_with_the_number_of_readings(database: Database, write: object) -> None:
    assert callable(write)
    peaks = []
    for key, count in (("33", 8_000), ("34", 80_000)):
        values = [float(number % 100) for number in range(count)]
        store(
            database, drive_row(key), curve_row("RPM", values, drive_key=key), curve_row("MAF", values, drive_key=key)
        )
        export = Export(database, [drive_row(key)], [Column("MAF", "°C"), Column("RPM", "°C")])
        size = sum(len(part) for part in write(export))  # the first run fills caches
        tracemalloc.start()
        assert sum(len(part) for part in write(export)) == size > count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] + 1_000_000


def test_json_stays_a_document_across_parts(database: Database) -> None:
    values = [float(number) for number in range(10_000)]
    store(database, device_row(), drive_row(), curve_row("RPM", values), curve_row("MAF", values))

    text = api_client(database).get(EXPORT, drives="33", format="json").text

    assert [len(curve["values"]) for curve in json.loads(text)["drives"][0]["curves"]] == [10_000, 10_000]
