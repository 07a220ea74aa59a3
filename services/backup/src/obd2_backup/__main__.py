"""Runs the backup service alone, as its container does."""

import sys

from obd2_backup.app import SERVICE, BackupService, check_ready, start
from obd2_backup.metrics import VaultSpace, read_metrics
from obd2_backup.settings import BackupSettings
from obd2_common.db.database import Database
from obd2_common.metrics import ProcessMetrics
from obd2_common.service import run_service


def main() -> int:
    """Run until told to stop and return the exit status."""
    return run_service(SERVICE, BackupSettings, _start, read_metrics, check_ready)


def _start(settings: BackupSettings, database: Database, metrics: ProcessMetrics) -> BackupService:
    metrics.registry.register(VaultSpace(settings.backup_dir))
    return start(settings, database, on_run=metrics.count_run)


if __name__ == "__main__":
    sys.exit(main())
