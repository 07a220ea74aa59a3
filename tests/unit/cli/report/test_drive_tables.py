"""The tables of drives: values in words, the unknown as unknown, and nothing that steers a terminal."""

import re
from datetime import UTC, datetime

import pytest

from obd2_cli.report import drive_tables, formatting, trend_table
from support.report_documents import CODE, FINDING, comparison, drive_detail, history, statistic, trend
from support.report_text import CHICAGO, report_of, shown


def test_the_list_shows_a_drive_in_one_line_and_in_local_time() -> None:
    text = shown(*drive_tables([drive_detail()], CHICAGO))

    assert "Drives of chi-eclipse-01, epoch 1" in text
    assert re.search(r"33   2026-07-11 12:41 CDT   22 min   14.2   A-      none", text)


def test_the_list_shows_codes_lamp_and_the_worst_finding() -> None:
    codes = [{"code": "P0301", "status": "stored"}, {"code": "P0171", "status": "pending"}]
    more = {**CODE, **codes[1], "code": "P0420", "status": "cleared"}
    drive = drive_detail(
        findingCount=3,
        worstSeverity="WARNING",
        isLampOn=True,
        troubleCodes=[{**CODE, **codes[0]}, {**CODE, **codes[1]}, more],
        flags=["overlap"],
    )

    text = shown(*drive_tables([drive], CHICAGO))

    assert "WARNING (3)" in text
    told = " ".join(line[68:].strip() for line in text.splitlines()[3:])
    assert "lamp on" in " ".join(told.split())
    assert "P0301" in told
    assert "P0171 pending" in " ".join(told.split())
    assert "P0420" not in told
    assert "overlap" in told


def test_a_device_is_called_by_its_name() -> None:
    assert "Drives of Eclipse (chi-eclipse-01), epoch 1" in shown(
        *drive_tables([drive_detail()], CHICAGO, {"chi-eclipse-01": "Eclipse"})
    )


def test_devices_and_epochs_have_tables_of_their_own_and_the_newest_epoch_comes_first() -> None:
    drives = [drive_detail(epoch=1), drive_detail(deviceId="other"), drive_detail(epoch=2)]

    text = shown(*drive_tables(drives, CHICAGO))

    titles = [line.strip() for line in text.splitlines() if line.startswith("Drives of")]
    assert titles == [
        "Drives of chi-eclipse-01, epoch 2",
        "Drives of chi-eclipse-01, epoch 1",
        "Drives of other, epoch 1",
    ]


@pytest.mark.parametrize(
    ("is_real", "word", "remark"), [(True, "yes", ""), (False, "no", ""), (None, "unknown", "unknown whether real")]
)
def test_whether_a_drive_is_real_has_three_answers(is_real: bool | None, word: str, remark: str) -> None:  # noqa: FBT001
    listed = shown(*drive_tables([drive_detail(isReal=is_real)], CHICAGO))
    alone = report_of(drive_detail(isReal=is_real, realShare=None))

    assert ("unknown" in listed, "whether real" in listed) == (bool(remark), bool(remark))
    assert re.search(rf"real\?     {word} *\n", alone)


def test_what_is_unknown_is_called_so() -> None:
    nothing = drive_detail(
        startedAt=None,
        endedAt=None,
        durationSeconds=None,
        distanceKm=None,
        realShare=None,
        grade=None,
        gradePoints=None,
        dataQuality=None,
    )

    listed = shown(*drive_tables([nothing], CHICAGO))
    alone = report_of(nothing)

    assert re.search(r"33 +unknown +unknown +not judged", listed)
    assert "time      unknown, unknown" in alone
    assert "data      unknown" in alone
    assert "grade     not judged" in alone


def test_text_from_elsewhere_cannot_steer_the_terminal() -> None:
    evil = "a\x1b[2Jb[bold]c"

    text = shown(*drive_tables([drive_detail(deviceId=evil)], CHICAGO)) + report_of(
        drive_detail(deviceId=evil, findings=[{**FINDING, "sentence": evil}], isHeldOut=True, holdReason=evil)
    )

    assert "\x1b" not in text
    assert "[bold]c" in text


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (formatting.duration(59), "59 s"),
        (formatting.duration(60), "1 min"),
        (formatting.duration(61), "1 min 1 s"),
        (formatting.duration(1410), "23 min 30 s"),
        (formatting.duration(3599.6), "1 h"),
        (formatting.duration(7325), "2 h 2 min"),
        (formatting.duration(94_200), "26 h 10 min"),
        (formatting.rough_duration(1410), "24 min"),
        (formatting.rough_duration(7325), "2 h 2 min"),
        (formatting.rough_duration(None), "unknown"),
        (formatting.parameter_name("LONG_FUEL_TRIM_1"), "Long-term fuel trim"),
        (formatting.parameter_name("ODD_ONE"), "ODD_ONE"),
        (formatting.measured(2.0, "V"), "2.00 V"),
        (formatting.measured(None, "V"), "unknown"),
        (formatting.rough_duration(45), "45 s"),
        (formatting.number(-0.0), "0.00"),
        (formatting.number(12345.6), "12346"),
        (formatting.number(123.456), "123.5"),
        (formatting.number(0.0044), "0.004"),
        (formatting.signed(-0.00004), "0.00"),
        (formatting.signed(0.00004), "0.00"),
        (formatting.signed(2.5), "+2.50"),
        (formatting.signed(None), "unknown"),
        (formatting.signed(0.0), "0.00"),
        (formatting.count(1, "row"), "1 row"),
        (formatting.local_time(datetime(2026, 1, 1, 5, 0, tzinfo=UTC), CHICAGO), "2025-12-31 23:00 CST"),
    ],
)
def test_values_are_written_for_people(written: str, expected: str) -> None:
    assert written == expected


def test_every_table_fits_eighty_columns() -> None:
    drive = drive_detail(
        deviceId="chi-eclipse-01",
        statistics=[statistic("O2_BANK1_SENSOR2_V", unit="V", minValue=-12345.678)],
        history=history(6, comparisons=[comparison(is_shown=True)], trends=[trend(is_shown=True)]),
    )

    text = report_of(drive) + shown(
        *drive_tables([drive_detail(flags=["clock_anomaly"])], CHICAGO), trend_table(drive, CHICAGO, {})
    )

    assert "…" not in text
    assert "clock anomaly" in text
