"""What observations make of the server's state."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from obd2_api import health
from obd2_api.health import HealthMonitor, Observations, describe, last_sync, uptime_text
from obd2_api.repository.health import HealthFacts
from obd2_common.db.database import Database
from obd2_common.tables.backups import BackupRun
from obd2_common.tables.devices import Device
from obd2_common.tables.operations import ServiceHeartbeat
from support.api_server import api_settings
from support.database_sources import sqlite_database

NOW = datetime(2026, 7, 11, 18, 0, tzinfo=UTC)
MODEL = "llama3.1:8b"


def facts(**known: object) -> HealthFacts:
    nothing: dict[str, object] = {
        "schema_version": "0001",
        "drive_count": 29,
        "last_analysis_at": None,
        "quarantined_rows": 0,
        "pending": {},
        "dead_jobs": 0,
        "last_trigger": None,
        "last_backup": None,
        "devices": [],
        "heartbeats": [],
        "drills": [],
        "rotation": None,
    }
    return HealthFacts(**{**nothing, **known})  # type: ignore[arg-type]


def device(name: str, *, success_at: datetime | None) -> Device:
    return Device(
        source_device=name,
        display_name=name,
        open_epoch=1,
        first_seen_at=NOW,
        last_seen_at=NOW,
        last_success_at=success_at,
        last_batch_id=f"{name}-batch",
    )


@pytest.mark.parametrize(
    ("is_up", "models", "status", "ollama", "model"),
    [
        (True, frozenset({MODEL}), "healthy", "up", MODEL),
        (True, frozenset({"other"}), "degraded", "up", "not_loaded"),
        (True, frozenset(), "degraded", "up", "not_loaded"),
        (True, None, "degraded", "down", "unknown"),
        (False, frozenset({MODEL}), "unhealthy", "up", MODEL),
        (False, None, "unhealthy", "down", "unknown"),
    ],
)
def test_status_follows_the_database_first_and_the_model_second(
    *,
    is_up: bool,
    models: frozenset[str] | None,
    status: str,
    ollama: str,
    model: str,
) -> None:
    seen = Observations(is_database_up=is_up, storage_fault=None, facts=facts(), models=models, disk=None)

    told = describe(seen, model=MODEL, build=None, started_at=NOW, now=NOW)

    assert (told.status, told.components.ollama, told.components.ollama_model) == (status, ollama, model)
    assert told.components.mysql == ("up" if is_up else "down")


def test_without_facts_the_members_scripts_read_are_still_there() -> None:
    seen = Observations(is_database_up=False, storage_fault=None, facts=None, models=None, disk=None)

    told = describe(seen, model=MODEL, build=None, started_at=NOW, now=NOW).model_dump(by_alias=True)

    assert {"status", "driveCount", "uptime", "lastSync", "lastAnalysis"} <= set(told)
    assert told["driveCount"] is None


def test_the_latest_success_of_any_device_is_the_last_sync() -> None:
    found = last_sync(
        [device("a", success_at=NOW), device("b", success_at=NOW + timedelta(1)), device("c", success_at=None)]
    )

    assert found is not None
    assert (found.device_id, found.batch_id) == ("b", "b-batch")


def test_a_device_that_never_succeeded_is_no_last_sync() -> None:
    assert last_sync([device("a", success_at=None)]) is None


def beat_of(service: str, instance: str, age: timedelta) -> ServiceHeartbeat:
    return ServiceHeartbeat(service=service, instance=instance, version="1", started_at=NOW, beat_at=NOW - age)


@pytest.mark.parametrize("service", ["analyzer", "backup"])
def test_a_silent_service_makes_the_server_degraded_with_the_reason(service: str) -> None:
    beats = [beat_of("analyzer", "a", timedelta(0)), beat_of("backup", "b", timedelta(0))]
    silent = [beat if beat.service != service else beat_of(service, "c", timedelta(minutes=3)) for beat in beats]
    models = frozenset({MODEL})

    told, well = (
        describe(
            Observations(
                is_database_up=True, storage_fault=None, facts=facts(heartbeats=given), models=models, disk=None
            ),
            model=MODEL,
            build=None,
            started_at=NOW,
            now=NOW,
        )
        for given in (silent, beats)
    )

    assert (told.status, told.reasons) == ("degraded", [f"the {service} gives no sign of life"])
    assert (well.status, well.reasons) == ("healthy", [])


def test_dead_containers_leave_the_list_but_a_silent_service_keeps_its_last() -> None:
    beats = [
        beat_of("analyzer", "new", timedelta(0)),
        beat_of("analyzer", "replaced", timedelta(hours=1)),
        beat_of("backup", "last", timedelta(hours=1)),
        beat_of("backup", "older", timedelta(hours=2)),
    ]
    seen = Observations(is_database_up=True, storage_fault=None, facts=facts(heartbeats=beats), models=None, disk=None)

    told = describe(seen, model=MODEL, build=None, started_at=NOW, now=NOW)

    assert [(each.instance, each.is_alive) for each in told.services or []] == [("new", True), ("last", False)]


def test_every_reason_is_told() -> None:
    seen = Observations(is_database_up=True, storage_fault="no room", facts=facts(), models=frozenset(), disk=None)

    told = describe(seen, model=MODEL, build=None, started_at=NOW, now=NOW)

    assert (told.status, told.reasons) == ("unhealthy", ["no room", f"Ollama does not have the model {MODEL}"])


def test_a_service_is_alive_while_its_heartbeat_is_fresh() -> None:
    beats = [
        ServiceHeartbeat(service="analyzer", instance=name, version="1", started_at=NOW, beat_at=NOW - age)
        for name, age in (("fresh", timedelta(seconds=30)), ("older", timedelta(minutes=2)))
    ]
    seen = Observations(is_database_up=True, storage_fault=None, facts=facts(heartbeats=beats), models=None, disk=None)

    told = describe(seen, model=MODEL, build=None, started_at=NOW, now=NOW)

    assert told.services is not None
    assert {service.instance: service.is_alive for service in told.services} == {"fresh": True, "older": True}


@pytest.mark.parametrize(
    ("uptime", "text"),
    [
        (timedelta(seconds=59), "0m"),
        (timedelta(minutes=61), "1h 1m"),
        (timedelta(days=3, hours=4, minutes=12, seconds=59), "3d 4h 12m"),
        (timedelta(days=1), "1d 0h 0m"),
        (timedelta(seconds=-5), "0m"),
    ],
)
def test_uptime_is_told_in_days_hours_and_minutes(uptime: timedelta, text: str) -> None:
    assert uptime_text(uptime) == text


def test_a_failed_restore_drill_is_told_with_its_age_and_reason() -> None:
    drill = BackupRun(
        run_id="1",
        kind="drill",
        source_device="chi-eclipse-01",
        started_at=NOW - timedelta(hours=2),
        finished_at=NOW - timedelta(hours=1),
        outcome="failed",
        details={"reason": "the database holds no table"},
    )
    seen = Observations(is_database_up=True, storage_fault=None, facts=facts(drills=[drill]), models=None, disk=None)

    (told,) = describe(seen, model=MODEL, build=None, started_at=NOW, now=NOW).restore_drills or []

    assert (told.device_id, told.outcome, told.age_seconds) == ("chi-eclipse-01", "failed", 3600)
    assert told.reason == "the database holds no table"


def monitor(database: Database, asked: list[str]) -> HealthMonitor:
    def list_models(url: str) -> frozenset[str]:
        asked.append(url)
        return frozenset({MODEL})

    return HealthMonitor(api_settings(), database, clock=lambda: NOW, list_models=list_models)


@pytest.mark.parametrize("is_recent", [True, False])
def test_those_without_a_key_share_a_report_and_others_get_their_own(tmp_path: Path, *, is_recent: bool) -> None:
    asked: list[str] = []

    async def ask(watched: HealthMonitor) -> None:
        report = watched.recent_report if is_recent else watched.report
        await report()
        await asyncio.gather(report(), report())

    with sqlite_database(tmp_path) as database:
        asyncio.run(ask(monitor(database, asked)))

    assert (len(asked) == 1) is is_recent


def test_a_report_is_made_anew_when_its_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(health, "FRESH_SECONDS", -1.0)

    async def ask(watched: HealthMonitor) -> None:
        await watched.recent_report()
        await watched.recent_report()

    with sqlite_database(tmp_path) as database:
        asyncio.run(ask(monitor(database, asked)))

    assert len(asked) == 2
