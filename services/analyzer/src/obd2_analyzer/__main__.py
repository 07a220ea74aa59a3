"""Runs the analyzer alone, as its container does."""

import signal
import sys
import threading

import structlog

from obd2_analyzer.app import start
from obd2_analyzer.settings import AnalyzerSettings
from obd2_common.database import Database
from obd2_common.errors import Obd2Error
from obd2_common.logging import configure_logging

log = structlog.get_logger(__name__)


def main() -> int:
    """Run until told to stop and return the exit status."""
    settings = AnalyzerSettings()
    configure_logging(settings.log_level, settings.log_format)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    database = Database(settings.effective_database_url)
    try:
        analyzer = start(settings, database)
    except Obd2Error as error:
        log.error("analyzer_not_started", reason=str(error))  # noqa: TRY400 - an operator's mistake, no bug
        return 1
    stopping.wait()
    analyzer.stop()
    database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
