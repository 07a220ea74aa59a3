"""What `obd2 report` shows: values in words, the unknown as unknown, and nothing that steers a terminal."""

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic.alias_generators import to_camel
from rich.console import Console, RenderableType
from typer.testing import CliRunner, Result

from obd2_api.schemas.drives import DriveDetail
from obd2_api.schemas.health import Health
from obd2_cli.__main__ import build_app
from obd2_cli.report import drive_report, drive_tables, trend_table, words
from obd2_cli.server_client import ServerClient, ServerUnavailableError
from obd2_common.errors import ConfigurationError, NotFoundError
from report_documents import ANALYSIS, DRIVE, FINDING, drive_detail
from sync_server_fake import Reply, SeenRequest, SyncServerFake, sync_server

CHICAGO = ZoneInfo("America/Chicago")
HEALTH = {
    **{to_camel(name): None for name in Health.model_fields},
    "status": "degraded",
    "version": "0.1.0",
    "uptime": "1m",
    "driveCount": 1,
    "lastAnalysis": None,
    "components": {"api": "up", "mysql": "up", "ollama": "down", "ollamaModel": "unknown"},
    "lastSync": {"deviceId": "chi-eclipse-01", "syncedAt": "2026-07-11T18:02:44Z", "batchId": "b"},
    "pendingDrives": 2,
}


def statistic(name: str, scope: str = "all", **changed: object) -> dict[str, object]:
    numbers = {"minValue": 1.0, "maxValue": 3.0, "avgValue": 2.0, "stdValue": 0.5, "outlierMin": 1.0, "outlierMax": 3.0}
    return {
        "parameterName": name,
        "scope": scope,
        "unit": "V",
        "dataSource": "real",
        "sampleCount": 1234,
        "dataQuality": "full",
        **numbers,
        **changed,
    }


def shown(*parts: RenderableType, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    for part in parts:
        console.print(part)
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def report_of(drive: DriveDetail, *, is_every_scope: bool = False) -> str:
    return shown(*drive_report(drive, CHICAGO, is_every_scope=is_every_scope))


def test_the_list_shows_a_drive_in_one_line_and_in_local_time() -> None:
    text = shown(*drive_tables([drive_detail()], CHICAGO))

    assert "Drives of chi-eclipse-01, epoch 1" in text
    assert "33   2026-07-11 12:41 CDT   22 min   9,812   yes     A-" in text


def test_devices_and_epochs_have_tables_of_their_own_and_the_newest_epoch_comes_first() -> None:
    drives = [drive_detail(epoch=1), drive_detail(deviceId="other"), drive_detail(epoch=2)]

    text = shown(*drive_tables(drives, CHICAGO))

    titles = [line.strip() for line in text.splitlines() if line.startswith("Drives of")]
    assert titles == [
        "Drives of chi-eclipse-01, epoch 2",
        "Drives of chi-eclipse-01, epoch 1",
        "Drives of other, epoch 1",
    ]


@pytest.mark.parametrize(("is_real", "word"), [(True, "yes"), (False, "no"), (None, "unknown")])
def test_whether_a_drive_is_real_has_three_answers(is_real: bool | None, word: str) -> None:  # noqa: FBT001
    listed = shown(*drive_tables([drive_detail(isReal=is_real)], CHICAGO))
    alone = report_of(drive_detail(isReal=is_real, realShare=None))

    assert f" {word} " in listed
    assert re.search(rf"real\?     {word} *\n", alone)


def test_what_is_unknown_is_called_so() -> None:
    nothing = drive_detail(
        startedAt=None,
        endedAt=None,
        durationSeconds=None,
        realShare=None,
        grade=None,
        gradePoints=None,
        dataQuality=None,
    )

    listed = shown(*drive_tables([nothing], CHICAGO))
    alone = report_of(nothing)

    assert re.search(r"33 +unknown +unknown +9,812", listed)
    assert "time      unknown, unknown" in alone
    assert "data      unknown" in alone
    assert "grade     none" in alone


def test_a_drive_that_is_not_computed_is_told_from_one_without_findings() -> None:
    waiting = report_of(drive_detail(state="open", grade=None, gradePoints=None))
    sound = report_of(drive_detail())

    assert "pending" in waiting
    assert "Not computed yet." in waiting
    assert "Not analysed yet." in waiting
    assert "Findings\n  None." in sound


def test_a_finding_is_shown_with_its_sentence_and_when_it_began() -> None:
    text = report_of(drive_detail(findings=[{**FINDING, "severity": "WATCH", "sentence": "Small."}, FINDING]))

    assert re.search(r"STOP +COOLANT_TEMP reached 109 °C. \(from 12:50:00\)", text)
    assert text.index("STOP") < text.index("WATCH")


def test_a_severity_of_a_later_version_is_shown_last() -> None:
    text = report_of(drive_detail(findings=[{**FINDING, "severity": "PANIC"}, FINDING]))

    assert text.index("STOP") < text.index("PANIC")


def test_recommendations_say_who_made_them() -> None:
    by_rules = report_of(drive_detail(latestAnalysis=ANALYSIS))
    by_model = report_of(drive_detail(latestAnalysis={**ANALYSIS, "engine": "llm", "model": "llama3.1:8b"}))
    none = report_of(drive_detail(latestAnalysis={**ANALYSIS, "recommendations": []}))

    assert "1.  Cooling: Check it. (confidence 90%)" in by_rules
    assert "Said by the rules." in by_rules
    assert "Said by the model llama3.1:8b." in by_model
    assert "None; the rules found nothing to recommend." in none


def test_statistics_leave_out_what_means_little_unless_asked_for() -> None:
    held = [
        statistic("BATTERY_V"),
        statistic("FUEL_SYSTEM_STATUS"),
        statistic("LONG_FUEL_TRIM_1", unit="%"),
        statistic("LONG_FUEL_TRIM_1", "closed_loop_warm", unit="%"),
        statistic("MAF", "rpm_2500", unit="g/s"),
    ]

    usual = report_of(drive_detail(statistics=held))
    everything = report_of(drive_detail(statistics=held), is_every_scope=True)

    assert [line.split()[0] for line in usual.splitlines() if "1,234" in line] == ["BATTERY_V", "LONG_FUEL_TRIM_1"]
    assert "LONG_FUEL_TRIM_1 *" in usual
    assert "* in closed loop with a warm engine only" in usual
    assert len([line for line in everything.splitlines() if "1,234" in line]) == 5


def test_a_statistic_without_a_number_is_unknown_and_not_zero() -> None:
    text = report_of(drive_detail(statistics=[statistic("RPM", minValue=None, unit=None)]))

    assert "unknown" in next(line for line in text.splitlines() if line.strip().startswith("RPM"))


def history(prior_drives: int, **parts: object) -> dict[str, object]:
    nothing: dict[str, object] = {"comparisons": [], "anomalies": [], "trends": [], "correlations": []}
    return {"priorDriveCount": prior_drives, **nothing, **parts}


def comparison(*, is_shown: bool, **changed: object) -> dict[str, object]:
    return {
        "parameter": "COOLANT_TEMP",
        "mean": 98.2,
        "baseline": {"mean": 90.0, "sigma": 2.0, "driveCount": 6},
        "distanceSigma": 4.1,
        "status": "INVESTIGATE",
        "isShown": is_shown,
        **changed,
    }


def trend(*, is_shown: bool, **changed: object) -> dict[str, object]:
    return {
        "parameter": "LONG_FUEL_TRIM_1",
        "direction": "RISING",
        "drift": 2.5,
        "driftPercent": None,
        "correlation": 0.9,
        "isSignificant": True,
        "driveCount": 8,
        "isShown": is_shown,
        **changed,
    }


def test_comparisons_are_shown_once_there_are_enough_drives() -> None:
    enough = report_of(drive_detail(history=history(6, comparisons=[comparison(is_shown=True)])))
    without_spread = comparison(is_shown=True, distanceSigma=None, status=None)
    flat = report_of(drive_detail(history=history(6, comparisons=[without_spread])))
    few = report_of(drive_detail(history=history(2, comparisons=[comparison(is_shown=False)])))

    assert "98.20" in enough
    assert "90.00 ± 2.00" in enough
    assert "+4.10 sigma" in enough
    assert "investigate" in enough
    assert "no spread" in flat
    assert "unknown" in flat
    assert "Too few to compare with yet: 2 earlier drives of the same kind." in few


def test_trends_are_shown_clear_ones_first_and_percent_only_where_it_means_something() -> None:
    trends = [
        trend(is_shown=True, parameter="RPM", isSignificant=False, direction="STABLE", drift=-3.0, driftPercent=-0.4),
        trend(is_shown=True),
        trend(is_shown=False, parameter="MAF"),
    ]

    text = shown(trend_table(drive_detail(history=history(7, trends=trends))))
    none = shown(trend_table(drive_detail(history=history(1, trends=[]))))

    assert text.index("LONG_FUEL_TRIM_1") < text.index("RPM")
    assert "+2.50  " in text
    assert "-3.00 (-0.40 %)" in text
    assert "MAF" not in text
    assert "No trends of chi-eclipse-01 up to drive 33 yet: 1 earlier drive of the same kind." in " ".join(none.split())


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
        (words.duration(59), "59 s"),
        (words.duration(61), "1:01 min"),
        (words.duration(7325), "2:02 h"),
        (words.rough_duration(45), "45 s"),
        (words.number(-0.0), "0.00"),
        (words.number(12345.6), "12346"),
        (words.number(123.456), "123.5"),
        (words.number(0.0044), "0.004"),
        (words.signed(-0.00004), "0.00"),
        (words.signed(0.00004), "0.00"),
        (words.signed(2.5), "+2.50"),
        (words.signed(None), "unknown"),
        (words.signed(0.0), "0.00"),
        (words.count(1, "row"), "1 row"),
        (words.local_time(datetime(2026, 1, 1, 5, 0, tzinfo=UTC), CHICAGO), "2025-12-31 23:00 CST"),
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

    text = report_of(drive) + shown(*drive_tables([drive_detail(flags=["clock_anomaly"])], CHICAGO), trend_table(drive))

    assert "…" not in text
    assert "clock anomaly" in text


@pytest.fixture
def server() -> Iterator[SyncServerFake]:
    """A server that knows one drive."""
    documents = {
        "/api/v1/drives": {"drives": [DRIVE], "nextCursor": None},
        "/api/v1/drives/chi-eclipse-01/33": DRIVE,
        "/api/v1/health": HEALTH,
    }

    def answer(request: SeenRequest) -> Reply:
        path = request.path.partition("?")[0]
        if path not in documents:
            return Reply(404, json.dumps({"detail": "No such drive"}).encode())
        return Reply(body=json.dumps(documents[path]).encode())

    with sync_server() as running:
        running.answer = answer
        yield running


def run(server: SyncServerFake, *arguments: str) -> Result:
    command = ["report", *arguments, "--url", server.url, "--api-key", "k"]
    return CliRunner().invoke(build_app("report"), command)


def test_the_command_lists_shows_one_and_only_reads(server: SyncServerFake) -> None:
    listed = run(server)
    alone = run(server, "33", "--device", "chi-eclipse-01")
    trends = run(server, "--trends", "--device", "chi-eclipse-01")

    assert (listed.exit_code, alone.exit_code, trends.exit_code) == (0, 0, 0)
    assert "Drives of chi-eclipse-01" in listed.output
    assert "More waits to be computed" in listed.output
    assert "Drive 33 of chi-eclipse-01" in alone.output
    assert "No trends of chi-eclipse-01" in trends.output
    assert {request.method for request in server.seen} == {"GET"}


def test_a_drive_that_does_not_exist_is_said(server: SyncServerFake) -> None:
    missing = run(server, "34", "--device", "chi-eclipse-01")

    assert isinstance(missing.exception, NotFoundError)
    assert "No such drive" in str(missing.exception)


def test_pages_are_followed_up_to_the_limit(server: SyncServerFake) -> None:
    server.answer = lambda request: Reply(
        body=json.dumps({"drives": [DRIVE], "nextCursor": "more" if "cursor" not in request.path else None}).encode()
    )

    with ServerClient(server.url, "k") as client:
        assert len(client.drives(limit=50)) == 2
        assert len(client.drives(limit=1)) == 1


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (Reply(401, b'{"detail": "Invalid API key"}'), ConfigurationError, "Invalid API key. Give --api-key"),
        (Reply(503, b'{"detail": "busy"}'), ServerUnavailableError, "says: busy"),
        (Reply(500, b"oops"), ServerUnavailableError, "says: 500"),
        (Reply(200, b"<html>"), ServerUnavailableError, "no OBD2-Server of this version"),
        (Reply(is_cut=True), ServerUnavailableError, "no server answers"),
    ],
)
def test_what_a_server_cannot_do_is_said_in_one_sentence(
    server: SyncServerFake, reply: Reply, kind: type[Exception], said: str
) -> None:
    server.answer = lambda _: reply

    refused = run(server)

    assert isinstance(refused.exception, kind)
    assert said in str(refused.exception)


@pytest.mark.parametrize(("url", "key"), [("http://127.0.0.1:99999", "k"), ("http://127.0.0.1:1", "k\u00e9y\n")])
def test_an_address_or_a_key_that_cannot_be_is_refused(url: str, key: str) -> None:
    with pytest.raises((ConfigurationError, ServerUnavailableError)), ServerClient(url, key) as client:
        client.health()
