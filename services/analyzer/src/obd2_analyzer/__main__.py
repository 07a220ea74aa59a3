"""Runs the analyzer alone, as its container does."""

import sys

from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.app import SERVICE, Analyzer, start
from obd2_analyzer.metrics import JobMetrics, OllamaState
from obd2_analyzer.ollama.metrics import AdviceMetrics
from obd2_analyzer.ollama.settings import OllamaSettings
from obd2_analyzer.settings import AnalyzerSettings
from obd2_common.db.database import Database
from obd2_common.metrics import ProcessMetrics
from obd2_common.service import run_service
from obd2_common.settings import load_settings


def main() -> int:
    """Run until told to stop and return the exit status."""
    return run_service(SERVICE, AnalyzerSettings, _start, JobMetrics())


def _start(settings: AnalyzerSettings, database: Database, metrics: ProcessMetrics) -> Analyzer:
    adviser = OllamaAdviser(load_settings(OllamaSettings), AdviceMetrics(metrics.registry))
    metrics.registry.register(OllamaState(settings.ollama_base_url, settings.ollama_model))
    return start(settings, database, adviser=adviser, on_run=metrics.count_run)


if __name__ == "__main__":
    sys.exit(main())
