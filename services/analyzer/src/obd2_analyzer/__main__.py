"""Runs the analyzer alone, as its container does."""

import signal
import sys
import threading

import structlog
from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.app import start
from obd2_analyzer.metrics import JobMetrics, OllamaState
from obd2_analyzer.ollama.metrics import AdviceMetrics
from obd2_analyzer.ollama.settings import OllamaSettings
from obd2_analyzer.settings import AnalyzerSettings
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
        settings, ollama_settings = load_settings(AnalyzerSettings), load_settings(OllamaSettings)
    except ConfigurationError as error:
        log.critical("start_refused", reason=str(error))
        return EXIT_REFUSED
    configure_logging(settings.log_level, settings.log_format)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    process = ProcessMetrics(CollectorRegistry())
    process.registry.register(OllamaState(settings.ollama_base_url, settings.ollama_model))
    database = Database(settings.effective_database_url, on_retry=process.count_retry)
    process.watch(database, {"analyzer": JobMetrics()})
    try:
        operations = start_operations(settings, process.registry, database.ping)
        adviser = OllamaAdviser(ollama_settings, AdviceMetrics(process.registry))
        analyzer = start(settings, database, adviser=adviser, on_run=process.count_run)
    except Obd2Error as error:
        log.critical("start_refused", reason=str(error))
        return EXIT_REFUSED
    stopping.wait()
    analyzer.stop()
    if operations is not None:
        operations.stop()
    database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
