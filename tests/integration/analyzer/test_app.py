"""The analyzer as it runs: threads, schedule, heartbeat, start and stop."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.app import start
from obd2_analyzer.ollama.metrics import AdviceMetrics
from obd2_analyzer.ollama.settings import OllamaSettings
from obd2_analyzer.settings import AnalyzerSettings
from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.errors import ConfigurationError, SchemaMismatchError
from obd2_common.tables.analyses import Analysis
from obd2_common.tables.drives import Drive
from obd2_common.tables.jobs import Job
from obd2_common.tables.operations import ServiceHeartbeat
from support.analyzer_store import CAR, Garage
from support.drive_rows import between, drive_rows
from support.fake_ollama import FakeOllama
from support.notice_receiver import running_receiver

PATIENCE_SECONDS = 30.0


def settings(**changes: object) -> AnalyzerSettings:
    return AnalyzerSettings(_env_file=None, analyzer_poll_seconds=0.02, **changes)  # type: ignore[arg-type]


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread writes to the database, where no event can be set."""
    waiting = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / 0.02)):
        if condition():
            return
        waiting.wait(0.02)
    pytest.fail("waited in vain")


def test_it_works_off_what_is_due_and_tells_that_it_lives(garage: Garage) -> None:
    garage.receive(drive_rows(300))
    analyzer = start(settings(analyzer_workers=2), garage.database)

    try:
        wait_until(lambda: len(garage.all(Analysis)) == 1 and {job.state for job in garage.all(Job)} == {"done"})
        wait_until(lambda: len(garage.all(ServiceHeartbeat)) == 1)
    finally:
        analyzer.stop()

    (beat,) = garage.all(ServiceHeartbeat)
    assert (beat.service, beat.details["lastError"]) == ("analyzer", None)
    assert list(garage.drives()) == ["7"]


def test_it_tells_a_receiver_of_a_device_that_is_silent(garage: Garage) -> None:
    with running_receiver() as receiver:
        analyzer = start(settings(notice_webhook_url=receiver.url), garage.database)
        try:
            wait_until(lambda: {job.state for job in garage.all(Job)} == {"done"})
        finally:
            analyzer.stop()

    assert [json.loads(request.body)["event"] for request in receiver.received] == ["device_silent"]


def test_its_heartbeat_tells_of_the_model(garage: Garage) -> None:
    with FakeOllama("llama3.1:8b").running() as fake:
        given = OllamaSettings(_env_file=None, ollama_base_url=fake.base_url, ollama_model="llama3.1:8b")
        adviser = OllamaAdviser(given, AdviceMetrics(CollectorRegistry()))
        adviser.preflight()
        analyzer = start(settings(), garage.database, adviser=adviser)
        try:
            wait_until(lambda: len(garage.all(ServiceHeartbeat)) == 1)
        finally:
            analyzer.stop()

    (beat,) = garage.all(ServiceHeartbeat)
    assert beat.details["model"] == {
        "name": "llama3.1:8b",
        "isReachable": True,
        "isPresent": True,
        "digest": fake.models[0].digest,
        "detail": None,
    }


def test_who_asks_does_not_wait_for_what_nobody_asked_for(garage: Garage) -> None:
    with FakeOllama("llama3.1:8b").running() as fake:
        fake.may_answer.clear()
        given = OllamaSettings(_env_file=None, ollama_base_url=fake.base_url, ollama_model="llama3.1:8b")
        adviser = OllamaAdviser(given, AdviceMetrics(CollectorRegistry()))
        garage.clock.now = utc_now()
        garage.receive(drive_rows(300, signals={"BATTERY_V": 11.8}))
        analyzer = start(settings(analysis_timeout_seconds=6), garage.database, adviser=adviser)
        try:
            assert fake.was_asked.wait(PATIENCE_SECONDS)
            job_id = garage.ask({"deviceId": CAR, "driveId": 7})
            wait_until(lambda: garage.job(job_id).state == "done")
        finally:
            analyzer.stop()

    (asked,) = garage.all(Analysis, job_id=job_id)
    (unasked,) = garage.all(Job, reason="drive_computed")
    assert asked.engine == "rules"
    assert (unasked.state, unasked.attempts) == ("queued", 0)  # broken off by the stop, to be done after the next start


def test_a_job_left_by_a_dead_worker_is_taken_over_at_the_start(garage: Garage) -> None:
    garage.receive(drive_rows(300))
    garage.worker("dead")._claim()  # noqa: SLF001 - a worker that is killed right after its claim

    analyzer = start(settings(), garage.database)  # the garage's clock stands in the past, so the lease is over
    try:
        wait_until(lambda: len(garage.all(Analysis)) == 1)
    finally:
        analyzer.stop()

    assert list(garage.drives()) == ["7"]


def test_it_does_not_start_on_a_database_without_tables(empty_database: Database) -> None:
    with pytest.raises(SchemaMismatchError):
        start(settings(), empty_database)


def test_it_does_not_start_with_a_thresholds_file_it_cannot_use(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[coolant]\nalert_celcius = 98\n", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="alert_celcius"):
        start(settings(analyzer_thresholds_file=file), database)


def test_a_changed_thresholds_file_has_stored_drives_judged_again(garage: Garage, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("", encoding="utf-8")
    garage.receive(drive_rows(900, signals={"COOLANT_TEMP": between(400, 900, 105.0, 90.0)}))
    analyzer = start(settings(analyzer_thresholds_file=file), garage.database)
    try:
        wait_until(lambda: [drive.grade for drive in garage.all(Drive)] == ["D"])

        file.write_text(
            "[coolant]\nalert_celsius = 106\nwarning_celsius = 108\nstop_above_celsius = 110\n", encoding="utf-8"
        )
        analyzer._look_at_limits()  # noqa: SLF001 - what the schedule does every few seconds

        wait_until(lambda: [drive.grade for drive in garage.all(Drive)] == ["A"])
    finally:
        analyzer.stop()


def test_single_settings_change_the_numbers_of_history() -> None:
    limits = (
        settings(trend_window_drives=12, anomaly_threshold_sigma=2.5, calibration_min_drives=7)
        .operator_limits()
        .thresholds.history
    )

    assert (limits.trend_drives, limits.watch_sigma, limits.minimum_drives) == (12, 2.5, 7)
