"""Runs the api as a service of its own: ``python -m obd2_api``."""

import sys

import structlog
from prometheus_client import CollectorRegistry

from obd2_api.app import create_app
from obd2_api.listener import open_listener
from obd2_api.metrics import ApiMetrics
from obd2_api.repository.operations import read_metrics
from obd2_api.server import build_server, ready_while_serving, run_server
from obd2_api.settings import ApiSettings
from obd2_common.db.database import Database
from obd2_common.errors import EXIT_FAILED, EXIT_REFUSED, Obd2Error
from obd2_common.heartbeat import WriteProof
from obd2_common.logging import configure_logging
from obd2_common.metrics import ProcessMetrics
from obd2_common.migrate import check_schema
from obd2_common.open_files import allow_open_files
from obd2_common.ops import start_operations

log = structlog.get_logger(__name__)


def main() -> int:
    """Serve until told to stop; return the exit status."""
    configure_logging("INFO", "json")
    try:
        settings = ApiSettings.load()
        configure_logging(settings.log_level, settings.log_format)
        allow_open_files()
        process = ProcessMetrics(CollectorRegistry())
        database = Database(settings.effective_database_url, on_retry=process.count_retry)
        database.ping()
        check_schema(database)
        process.watch(database, {"api": read_metrics})
        server = build_server(create_app(settings, database, metrics=ApiMetrics(process.registry)), settings)
        listener = open_listener(settings.host, settings.port)
        operations = start_operations(
            settings, process.registry, ready_while_serving(server, WriteProof(database).require)
        )
    except Obd2Error as error:
        log.critical("start_refused", reason=str(error))
        return EXIT_REFUSED
    with listener:
        has_served = run_server(server, listener)
    if operations is not None:
        operations.stop()
    return 0 if has_served else EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
