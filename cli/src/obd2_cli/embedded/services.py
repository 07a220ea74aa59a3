"""The services behind the api and the operations port of an embedded server, started and stopped in order."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from prometheus_client import CollectorRegistry
from uvicorn import Server

from obd2_analyzer import app as analyzer
from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.metrics import JobMetrics, OllamaState
from obd2_analyzer.ollama.metrics import AdviceMetrics
from obd2_api.app import create_app
from obd2_api.metrics import ApiMetrics
from obd2_api.repository.operations import read_metrics as read_api_metrics
from obd2_api.server import build_server, ready_while_serving
from obd2_backup import app as backup
from obd2_backup.metrics import VaultSpace
from obd2_backup.metrics import read_metrics as read_backup_metrics
from obd2_cli.embedded.settings import EmbeddedSettings
from obd2_common.db.database import Database
from obd2_common.heartbeat import WriteProof
from obd2_common.metrics import ProcessMetrics, ReadMetrics
from obd2_common.ops import start_operations


@contextmanager
def services(settings: EmbeddedSettings) -> Iterator[Server]:
    """Run analyzer and backup until the block ends, and give the api's server, which is still to be run.

    The api gets a database handle of its own, because it closes it when it stops, before the others do.

    Raises:
        ConfigurationError: a setting of one of them cannot be used.
        SchemaMismatchError: the database is not at this version's schema.
        DatabaseUnavailableError: the database does not answer.
    """
    metrics = ProcessMetrics(CollectorRegistry())
    metrics.registry.register(VaultSpace(settings.backup.backup_dir))
    metrics.registry.register(OllamaState(settings.ollama.ollama_base_url, settings.ollama.ollama_model))
    url = settings.api.effective_database_url
    with ExitStack() as stack:
        database = Database(url, on_retry=metrics.count_retry)
        stack.callback(database.close)
        sources: dict[str, ReadMetrics] = {
            "api": read_api_metrics,
            "analyzer": JobMetrics(),
            "backup": read_backup_metrics,
        }
        metrics.watch(database, sources)
        stack.callback(backup.start(settings.backup, database, on_run=metrics.count_run).stop)
        adviser = OllamaAdviser(settings.ollama, AdviceMetrics(metrics.registry))
        stack.callback(analyzer.start(settings.analyzer, database, adviser=adviser, on_run=metrics.count_run).stop)
        api_database = Database(url, on_retry=metrics.count_retry)
        app = create_app(settings.api, api_database, metrics=ApiMetrics(metrics.registry))
        server = build_server(app, settings.api)
        proof = WriteProof(database)
        operations = start_operations(
            settings.api,
            metrics.registry,
            ready_while_serving(server, lambda: backup.check_ready(settings.backup, proof)),
        )
        if operations is not None:
            stack.callback(operations.stop)
        yield server
