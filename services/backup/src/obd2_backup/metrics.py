"""What the backup service tells: backups by verdict, the last good one, and the vault's room."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import func
from sqlmodel import Session, col, select

from obd2_backup.runs import last_by_device, last_success
from obd2_common.backups.vault_marker import VaultUnavailableError, require_marked
from obd2_common.deadline import Deadline
from obd2_common.tables.backups import Backup

MAX_DEVICES = 20
"""Devices that are told one by one, the latest backup first: a label's values stay bounded."""
RUN_KINDS = ("rotation", "dump", "drill", "replica")
DISK_TIMEOUT_SECONDS = 2.0


def read_metrics(session: Session) -> Sequence[Metric]:
    """Return the metrics that live in the database."""
    newest = func.max(Backup.received_at)
    listed = session.exec(
        select(Backup.source_device).group_by(Backup.source_device).order_by(newest.desc()).limit(MAX_DEVICES),
    ).all()
    counts = GaugeMetricFamily(
        "obd2_backups",
        "Backups the vault holds or is about to take in.",
        labels=["device", "state", "verification"],
    )
    grouped = (
        select(Backup.source_device, Backup.state, Backup.verification, func.count())
        .where(col(Backup.state).in_(["spooled", "stored"]), col(Backup.source_device).in_(listed))
        .group_by(Backup.source_device, Backup.state, Backup.verification)
    )
    for device, state, verification, count in session.exec(grouped):
        counts.add_metric([device, state, verification], count)
    last_good = GaugeMetricFamily(
        "obd2_backup_last_good_timestamp_seconds",
        "When the newest verified backup was received.",
        labels=["device", "type"],
    )
    good = (
        select(Backup.source_device, Backup.type, newest)
        .where(
            Backup.state == "stored",
            Backup.verification == "ok",
            col(Backup.source_device).in_(listed),
        )
        .group_by(Backup.source_device, Backup.type)
    )
    for device, kind, received_at in session.exec(good):
        last_good.add_metric([device, kind], received_at.timestamp())
    return [counts, last_good, *_run_metrics(session)]


def _run_metrics(session: Session) -> list[Metric]:
    """Tell when each kind of work last succeeded, and how the last restore drill of each device went."""
    succeeded = GaugeMetricFamily(
        "obd2_backup_run_success_timestamp_seconds",
        "When work of a kind last succeeded.",
        labels=["kind"],
    )
    for kind in RUN_KINDS:
        if (run := last_success(session, kind)) is not None:
            succeeded.add_metric([kind], run.finished_at.timestamp())
    success = GaugeMetricFamily("obd2_restore_drill_success", "Whether the last drill was good.", labels=["device"])
    drilled_at = GaugeMetricFamily(
        "obd2_restore_drill_timestamp_seconds", "When the last drill was.", labels=["device"]
    )
    duration = GaugeMetricFamily(
        "obd2_restore_drill_duration_seconds", "How long the last drill duration.", labels=["device"]
    )
    for device, run in list(last_by_device(session, "drill").items())[:MAX_DEVICES]:
        success.add_metric([device or ""], run.outcome == "ok")
        drilled_at.add_metric([device or ""], run.started_at.timestamp())
        duration.add_metric([device or ""], (run.details or {}).get("seconds", 0.0))
    return [succeeded, success, drilled_at, duration]


class VaultSpace(Collector):
    """Tells how much room the vault's file system has, in a bounded time.

    Args:
        folder: the vault; when it is not there no sizes are told and `obd2_backup_vault_up` is 0.
    """

    def __init__(self, folder: Path) -> None:
        def measure() -> tuple[int, int, int]:
            require_marked(folder)
            return shutil.disk_usage(folder)

        self._measure = Deadline(measure, DISK_TIMEOUT_SECONDS)

    def describe(self) -> Iterable[Metric]:
        """Name nothing in advance, so that registering does not touch the disk."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Measure."""
        free = GaugeMetricFamily("obd2_backup_disk_free_bytes", "Room left where the vault lies.")
        size = GaugeMetricFamily("obd2_backup_disk_size_bytes", "Size of the file system the vault lies on.")
        is_reached = True
        try:
            size_bytes, _used_bytes, free_bytes = self._measure()
        except (OSError, TimeoutError, VaultUnavailableError):
            is_reached = False
        else:
            free.add_metric([], free_bytes)
            size.add_metric([], size_bytes)
        reached = GaugeMetricFamily("obd2_backup_vault_up", "1 when the vault is there.", value=is_reached)
        return [reached, free, size]
