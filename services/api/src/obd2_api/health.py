"""Finds out how the server is, within five seconds, whatever hangs."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from obd2_api.probes import DiskSpace, Probe, ask_disk_space, ask_ollama_models, has_model
from obd2_api.repository.health import HealthFacts, health_facts
from obd2_api.schemas import health as schemas
from obd2_api.settings import ApiSettings
from obd2_common import __version__
from obd2_common.build import read_build
from obd2_common.clock import Clock
from obd2_common.db.database import Database
from obd2_common.errors import DatabaseUnavailableError, StorageFaultError
from obd2_common.heartbeat import WriteProof, prove_room
from obd2_common.jobs import queue as jobs
from obd2_common.shared_id import is_shared_id_suspected
from obd2_common.tables.backups import BackupRun
from obd2_common.tables.devices import Device
from obd2_common.tables.jobs import Job
from obd2_common.tables.operations import ServiceHeartbeat

DATABASE_TIMEOUT_SECONDS = 3.0
OLLAMA_TIMEOUT_SECONDS = 4.0
DISK_TIMEOUT_SECONDS = 2.0
FRESH_SECONDS = 1.0
"""How old a report may be that somebody without a key gets."""
HEARTBEAT_FRESH = timedelta(minutes=2)
_NOT_FOR_THE_PUBLIC = frozenset({"lastError"})
"""What a service tells operators about itself that may hold text from anywhere."""


@dataclass(frozen=True, slots=True)
class Observations:
    """What the probes brought back; None where nothing came in time."""

    is_database_up: bool
    storage_fault: str | None
    """Why the database cannot be trusted or written although it may answer."""
    facts: HealthFacts | None
    models: frozenset[str] | None
    disk: DiskSpace | None


class HealthMonitor:
    """The probes behind `/health` and the time the server began.

    Args:
        settings: where Ollama and the backups are.
        database: is asked for a sign of life and for facts, separately.
        clock: tells how long the server runs.
        rotation_id: the exchange of the shared key that is going on, if any.
        list_models: asks Ollama for its models.
    """

    def __init__(
        self,
        settings: ApiSettings,
        database: Database,
        *,
        clock: Clock,
        rotation_id: str | None = None,
        list_models: Callable[[str], frozenset[str]] = ask_ollama_models,
    ) -> None:
        self._model = settings.ollama_model
        self._clock = clock
        self._recent: asyncio.Task[schemas.Health] | None = None
        self._recent_at = float("-inf")
        self._started_at = clock()
        self._build = read_build()
        self._storage = database.storage
        self._proof = WriteProof(database, clock)
        self._ping = Probe(
            "database", lambda: _ping(database, self._proof, clock), timeout_seconds=DATABASE_TIMEOUT_SECONDS
        )
        self._facts = Probe(
            "facts",
            lambda: database.read(lambda session: health_facts(session, rotation_id=rotation_id)),
            timeout_seconds=DATABASE_TIMEOUT_SECONDS,
        )
        self._models = Probe(
            "ollama",
            lambda: list_models(settings.ollama_base_url),
            timeout_seconds=OLLAMA_TIMEOUT_SECONDS,
        )
        self._disk = Probe("disk", lambda: ask_disk_space(settings.backup_dir), timeout_seconds=DISK_TIMEOUT_SECONDS)

    async def recent_report(self) -> schemas.Health:
        """Return a report that is a second old at most; those who ask while one is being made wait for the same."""
        task = self._recent
        if task is None or (task.done() and (task.cancelled() or time.monotonic() - self._recent_at > FRESH_SECONDS)):
            task = self._recent = asyncio.get_running_loop().create_task(self._report_and_note())
        return task.result() if task.done() else await asyncio.shield(task)

    async def _report_and_note(self) -> schemas.Health:
        report = await self.report()
        self._recent_at = time.monotonic()
        return report

    async def report(self) -> schemas.Health:
        """Ask everything at once and return what is known when the slowest time-out is over."""
        is_up, facts, models, disk = await asyncio.gather(
            self._ping.answer(),
            self._facts.answer(),
            self._models.answer(),
            self._disk.answer(),
        )
        fault = self._storage.fault or self._proof.fault
        seen = Observations(is_database_up=is_up is True, storage_fault=fault, facts=facts, models=models, disk=disk)
        return describe(seen, model=self._model, build=self._build, started_at=self._started_at, now=self._clock())


def describe(
    seen: Observations, *, model: str, build: str | None, started_at: datetime, now: datetime
) -> schemas.Health:
    """Put observations into the document that tells them."""
    facts = seen.facts if seen.is_database_up else None
    is_database_sound = seen.is_database_up and seen.storage_fault is None
    is_model_there = seen.models is not None and has_model(seen.models, model)
    beats = [] if facts is None else latest_beats(facts.heartbeats, now)
    silent = [] if facts is None else silent_services(beats, now)
    reasons = [
        *([] if seen.is_database_up else ["the database does not answer"]),
        *([] if seen.storage_fault is None else [seen.storage_fault]),
        *(f"the {service} gives no sign of life" for service in silent),
        *([] if seen.models is not None else ["Ollama does not answer"]),
        *([] if seen.models is None or is_model_there else [f"Ollama does not have the model {model}"]),
    ]
    return schemas.Health(
        status="unhealthy" if not is_database_sound else "degraded" if reasons else "healthy",
        reasons=reasons,
        version=__version__,
        build=build,
        uptime=uptime_text(now - started_at),
        drive_count=None if facts is None else facts.drive_count,
        last_analysis=None if facts is None else facts.last_analysis_at,
        components=schemas.Components(
            api="up",
            mysql="up" if is_database_sound else "down",
            ollama="down" if seen.models is None else "up",
            ollama_model="unknown" if seen.models is None else model if is_model_there else "not_loaded",
        ),
        database_fault=seen.storage_fault,
        last_sync=None if facts is None else last_sync(facts.devices),
        schema_version=None if facts is None else facts.schema_version,
        quarantined_rows=None if facts is None else facts.quarantined_rows,
        pending_analyses=None if facts is None else facts.pending.get(jobs.ANALYSIS, 0),
        pending_drives=None if facts is None else facts.pending.get(jobs.DRIVE_FACTS, 0),
        dead_jobs=None if facts is None else facts.dead_jobs,
        last_trigger=None if facts is None or facts.last_trigger is None else _trigger(facts.last_trigger),
        last_backup=None
        if facts is None or facts.last_backup is None
        else schemas.LastBackup.model_validate(facts.last_backup),
        disk=None
        if seen.disk is None
        else schemas.DiskState(free_bytes=seen.disk.free_bytes, total_bytes=seen.disk.total_bytes),
        devices=None if facts is None else [_device(device, now) for device in facts.devices],
        services=None if facts is None else [_service(beat, now) for beat in beats],
        key_rotation=None
        if facts is None or facts.rotation is None
        else schemas.KeyRotationState.model_validate(facts.rotation),
        restore_drills=None if facts is None else [_drill(run, now) for run in facts.drills],
    )


def latest_beats(beats: Sequence[ServiceHeartbeat], now: datetime) -> list[ServiceHeartbeat]:
    """Return the instances that are alive, and of a service without any the one that spoke last."""
    latest: dict[str, ServiceHeartbeat] = {}
    for beat in beats:
        if beat.service not in latest or beat.beat_at > latest[beat.service].beat_at:
            latest[beat.service] = beat
    return [beat for beat in beats if _is_alive(beat, now) or beat is latest[beat.service]]


def silent_services(beats: Sequence[ServiceHeartbeat], now: datetime) -> list[str]:
    """Return the services that have spoken before and of which no instance is alive."""
    alive = {beat.service for beat in beats if _is_alive(beat, now)}
    return sorted({beat.service for beat in beats} - alive)


def uptime_text(uptime: timedelta) -> str:
    """Write a duration as ``3d 4h 12m``, without leading zero parts."""
    minutes = max(0, int(uptime.total_seconds()) // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days}d {hours}h {minutes}m"
    return f"{hours}h {minutes}m" if hours else f"{minutes}m"


def last_sync(devices: list[Device]) -> schemas.LastSync | None:
    """Return the latest stored request of any device."""
    stored = [(device.last_success_at, device) for device in devices if device.last_success_at is not None]
    if not stored:
        return None
    synced_at, device = max(stored, key=lambda pair: pair[0])
    return schemas.LastSync(device_id=device.source_device, synced_at=synced_at, batch_id=device.last_batch_id)


def _ping(database: Database, proof: WriteProof, clock: Clock) -> bool:
    try:
        proof.require()
    except DatabaseUnavailableError:
        # What cannot be written may still be read.
        database.ping()
    if database.storage.want_of_room is not None:
        with suppress(StorageFaultError):
            prove_room(database, clock())
    return True


def _device(device: Device, now: datetime) -> schemas.DeviceState:
    state = schemas.DeviceState.model_validate(device)
    if not is_shared_id_suspected(state.shared_id_suspected_at, now):
        state.shared_id_suspected_at = None
    return state


def _trigger(job: Job) -> schemas.TriggerDecision:
    return schemas.TriggerDecision(
        kind=job.kind,
        reason=job.reason,
        device_id=job.source_device,
        epoch=job.source_epoch,
        drive_id=job.drive_id,
        state=job.state,
        decided_at=job.updated_at,
    )


def _drill(run: BackupRun, now: datetime) -> schemas.RestoreDrill:
    return schemas.RestoreDrill(
        device_id=run.source_device,
        outcome="ok" if run.outcome == "ok" else "failed",
        finished_at=run.finished_at,
        age_seconds=(now - run.finished_at).total_seconds(),
        reason=(run.details or {}).get("reason"),
    )


def _service(beat: ServiceHeartbeat, now: datetime) -> schemas.ServiceState:
    return schemas.ServiceState(
        service=beat.service,
        instance=beat.instance,
        version=beat.version,
        started_at=beat.started_at,
        beat_at=beat.beat_at,
        is_alive=_is_alive(beat, now),
        details={name: value for name, value in (beat.details or {}).items() if name not in _NOT_FOR_THE_PUBLIC},
    )


def _is_alive(beat: ServiceHeartbeat, now: datetime) -> bool:
    return now - beat.beat_at <= HEARTBEAT_FRESH
