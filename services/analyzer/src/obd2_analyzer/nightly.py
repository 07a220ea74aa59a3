"""What is due once a night: facts beside their baselines again, old records out. A missed night is made up for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlmodel import Session

from obd2_analyzer.context import JOB_KINDS, Context
from obd2_analyzer.drive_facts import facts_version
from obd2_analyzer.profiles.effective import limits_of
from obd2_analyzer.repository import drives as drives_repository
from obd2_analyzer.repository import schedule
from obd2_analyzer.repository.history_of_requests import PART_ROWS, prune_history
from obd2_analyzer.repository.profiles import profile_of, profile_periods
from obd2_common.errors import DatabaseUnavailableError
from obd2_common.jobs import claims as jobs_repository
from obd2_common.jobs.queue import QUARANTINE_REPLAY
from obd2_common.jobs.recompute import EraBounds, devices_with_drives, recompute_newest, recompute_outdated
from obd2_common.metrics import RunCounter

log = structlog.get_logger(__name__)

PRUNED_KINDS = (*JOB_KINDS, QUARANTINE_REPLAY)
PART_DRIVES = 200
"""How many outdated drives are enqueued in one transaction."""


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long records are kept."""

    history: timedelta = timedelta(days=90)
    jobs: timedelta = timedelta(days=30)
    turns: timedelta = timedelta(days=90)


Task = Callable[[Context, Retention], dict[str, Any]]


def due_slot(now: datetime, at: time, zone: ZoneInfo) -> str:
    """Return the name of the latest night whose hour has come: its local date.

    However many nights were missed, only the latest is due: each turn does all there is to do.
    """
    local = now.astimezone(zone)
    night = local.date() if local.time() >= at else local.date() - timedelta(days=1)
    return night.isoformat()


def run_due_tasks(
    context: Context, retention: Retention, slot: str, *, instance: str, on_run: RunCounter | None = None
) -> list[str]:
    """Take every nightly turn that nobody has taken yet; return the names of the tasks done.

    Raises:
        DatabaseUnavailableError: the database went away; the turn is taken again later.
    """
    done = []
    for name, task in TASKS.items():
        now = context.clock()
        if not context.database.run(
            lambda session: schedule.take_turn(session, name, slot, instance=instance, now=now)  # noqa: B023 - run at once
        ):
            continue
        is_success, details = _attempt(context, retention, name, task)
        ended_at = context.clock()
        context.database.run(
            lambda session: schedule.end_turn(
                session,
                name,  # noqa: B023 - run at once
                slot,
                is_success=is_success,  # noqa: B023
                details=details,  # noqa: B023
                now=ended_at,  # noqa: B023
            )
        )
        if on_run is not None:
            on_run(name, is_success=is_success)
        done.append(name)
    return done


def _attempt(context: Context, retention: Retention, name: str, task: Task) -> tuple[bool, dict[str, Any]]:
    """Run a task; one that fails does not keep the next from its turn."""
    try:
        details = task(context, retention)
    except DatabaseUnavailableError:
        raise
    except Exception as error:
        log.exception("nightly_task_failed", task=name)
        return False, {"error": type(error).__name__}
    log.info("nightly_task_done", task=name, **details)
    return True, details


def _refresh(context: Context, _retention: Retention) -> dict[str, Any]:
    """Enqueue the newest drives of every device: baselines and trends look back on what is known by now."""
    now, count = context.clock(), 0
    newest = context.operator.thresholds.history.maximum_drives
    for source in context.database.read(drives_repository.all_sources):

        def refresh(session: Session, device: str = source.source_device, epoch: int = source.source_epoch) -> int:
            return recompute_newest(session, device, epoch, limit=newest, now=now)

        count += context.database.run(refresh)
    return {"drives": count}


def refresh_outdated(context: Context) -> int:
    """Enqueue every drive whose facts were computed in another way or by other numbers; return how many."""
    count = 0
    for device in context.database.read(devices_with_drives):
        for period in context.database.read(lambda session: profile_periods(session, device)):  # noqa: B023 - run at once
            limits = limits_of(device, profile_of(period.row), context.operator.sections)
            count += _refresh_period(context, device, period.bounds, facts_version(*limits))
    return count


def _refresh_period(context: Context, device: str, bounds: EraBounds, version: str) -> int:
    after: tuple[int, str] | None = (0, "")
    now, count = context.clock(), 0
    while after is not None:

        def enqueue_part(session: Session, after: tuple[int, str] = after) -> tuple[tuple[int, str] | None, int]:
            return recompute_outdated(session, device, bounds, version, after=after, limit=PART_DRIVES, now=now)

        after, enqueued = context.database.run(enqueue_part)
        count += enqueued
    if count:
        log.info("outdated_drives_enqueued", device_id=device, count=count, facts_version=version)
    return count


def _prune_history(context: Context, retention: Retention) -> dict[str, Any]:
    before, count = context.clock() - retention.history, 0
    while True:
        part = context.database.run(lambda session: prune_history(session, before=before))
        count += part
        if part < PART_ROWS:
            return {"rows": count}


def _prune_jobs(context: Context, retention: Retention) -> dict[str, Any]:
    before = context.clock() - retention.jobs
    return {
        "rows": context.database.run(
            lambda session: jobs_repository.prune_finished(session, PRUNED_KINDS, before=before)
        )
    }


def _prune_turns(context: Context, retention: Retention) -> dict[str, Any]:
    before = context.clock() - retention.turns
    return {"rows": context.database.run(lambda session: schedule.forget_turns(session, before=before))}


TASKS: Mapping[str, Task] = MappingProxyType(
    {
        "refresh_facts": _refresh,
        "prune_history": _prune_history,
        "prune_jobs": _prune_jobs,
        "prune_runs": _prune_turns,
    }
)
