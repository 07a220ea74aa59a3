"""Runs the backup service alone, as its container does."""

import signal
import sys
import threading

import structlog
from prometheus_client import CollectorRegistry

from obd2_backup.app import check_ready, start
from obd2_backup.metrics import VaultSpace, read_metrics
from obd2_backup.settings import BackupSettings
from obd2_common.db.database import Database
from obd2_common.errors import EXIT_REFUSED, ConfigurationError, Obd2Error
from obd2_common.logging import configure_logging
from obd2_common.metrics import ProcessMetrics
from obd2_common.ops import start_operations
from obd2_common.settings import load_settings

log = structlog.get_logger(__name__)


def main() -> int:
    """Run until told to stop and return the exit status."""
    configure_logging("INFO", "json")
    try:
        settings = load_settings(BackupSettings)
    except ConfigurationError as error:
        log.critical("start_refused", reason=str(error))
        return EXIT_REFUSED
    configure_logging(settings.log_level, settings.log_format)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    process = ProcessMetrics(CollectorRegistry())
    process.registry.register(VaultSpace(settings.backup_dir))
    database = Database(settings.effective_database_url, on_retry=process.count_retry)
    process.watch(database, {"backup": read_metrics})
    try:
        operations = start_operations(settings, process.registry, lambda: check_ready(settings, database))
        service = start(settings, database, on_run=process.count_run)
    except Obd2Error as error:
        log.critical("start_refused", reason=str(error))
        return EXIT_REFUSED
    stopping.wait()
    service.stop()
    if operations is not None:
        operations.stop()
    database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
