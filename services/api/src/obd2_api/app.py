"""Puts the api together; nothing happens at import."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.concurrency import run_in_threadpool

from obd2_api import routes
from obd2_api.auth.failed_attempts import FailedAttempts
from obd2_api.auth.key_cache import KeyCache
from obd2_api.auth.middleware import KeyCheck
from obd2_api.dependencies import KEY_REQUIRED
from obd2_api.documentation import (
    DESCRIPTION,
    OPENAPI_PATH,
    TAGS,
    TITLE,
    add_documentation,
    document_rest,
    is_documentation,
    methods_by_path,
    operation_id,
)
from obd2_api.health import HealthMonitor
from obd2_api.ingest.quiet_times import QuietTimes
from obd2_api.ingest.receive import Ingest
from obd2_api.ingest.replay_job import ReplayWorker
from obd2_api.metrics import ApiMetrics
from obd2_api.middleware.access_log import AccessLog
from obd2_api.middleware.answer_deadline import AnswerDeadline
from obd2_api.middleware.draining import Draining
from obd2_api.middleware.options import Options
from obd2_api.middleware.path_prefix import PathPrefix
from obd2_api.middleware.paths import PREFIX, Paths
from obd2_api.middleware.request_metrics import RequestMetrics
from obd2_api.middleware.resumable import Resumable
from obd2_api.middleware.slow_bodies import SlowBodies
from obd2_api.problems import install_problem_handlers
from obd2_api.schemas.wire import problem_responses
from obd2_api.settings import ApiSettings
from obd2_api.unknown_parameters import KNOWN_PARAMETERS_ONLY
from obd2_api.uploads.active import ActiveUploads
from obd2_api.web import add_pages
from obd2_api.web.paths import PageRequests, is_page
from obd2_common import __version__
from obd2_common.clock import Clock, utc_now
from obd2_common.db.database import Database
from obd2_common.logging import hide_in_logs
from obd2_common.migrate import check_schema

DRAIN_TIMEOUT_SECONDS = 60
ANSWER_TIMEOUT_SECONDS = 25
"""The Pi hangs up after 30 s."""
PI_PATHS = frozenset({f"{PREFIX}/sync", f"{PREFIX}/ping", f"{PREFIX}/release/current", f"{PREFIX}/release/history"})
_MULTIPART_ALLOWANCE_BYTES = 1024 * 1024
_HEALTH_PATH = f"{PREFIX}/health"
_COMMON_PROBLEMS = problem_responses(
    s401="The key is missing or wrong.",
    s403="The key does not open this.",
    s429="Too many wrong keys from this address.",
    s500="Unexpected; the log tells more under the request's id.",
    s503="The database cannot take the request now; try again.",
)


def create_app(
    settings: ApiSettings,
    database: Database,
    *,
    clock: Clock = utc_now,
    metrics: ApiMetrics | None = None,
) -> FastAPI:
    """Build the application.

    Args:
        settings: must hold a key.
        database: is closed when the application stops; its schema is checked when it starts.
        clock: the source of the server's own stamps.
        metrics: where requests and rows are counted; without it nobody sees the counts.

    Raises:
        ConfigurationError: the settings hold no usable key.
    """
    current, previous = settings.shared_keys
    for key in filter(None, (current, previous)):
        hide_in_logs(key)
    app = FastAPI(
        title=TITLE,
        description=DESCRIPTION,
        version=__version__,
        openapi_tags=TAGS,
        openapi_url=OPENAPI_PATH,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        generate_unique_id_function=operation_id,
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    app.state.settings = settings
    app.state.database = database
    app.state.clock = clock
    app.state.metrics = metrics = metrics or ApiMetrics(CollectorRegistry())
    app.state.ingest = Ingest(
        database,
        clock,
        settings.zone,
        QuietTimes(
            while_open=timedelta(seconds=settings.drive_quiet_seconds),
            once_ended=timedelta(seconds=settings.drive_settle_seconds),
        ),
    )
    app.state.replays = ReplayWorker(app.state.ingest)
    app.state.keys = KeyCache(database, current=current, previous=previous, clock=clock, on_use=metrics.count_key_use)
    app.state.health = HealthMonitor(settings, database, clock=clock, rotation_id=app.state.keys.rotation)
    app.state.active_uploads = ActiveUploads()
    app.state.may_fail_again = FailedAttempts(settings.failed_keys_per_minute).may_fail_again
    install_problem_handlers(app)
    for router in routes.KEYED_ROUTERS:
        app.include_router(
            router, prefix=PREFIX, dependencies=[KEY_REQUIRED, KNOWN_PARAMETERS_ONLY], responses=_COMMON_PROBLEMS
        )
    for router in routes.PUBLIC_ROUTERS:
        app.include_router(router, prefix=PREFIX)
    add_pages(app, shared_key=current)
    document_rest(app)
    add_documentation(app)
    # The last one added is the outermost.
    app.add_middleware(PageRequests)
    app.add_middleware(AnswerDeadline, paths=PI_PATHS, timeout_seconds=ANSWER_TIMEOUT_SECONDS)
    app.add_middleware(Options, methods_of=methods_by_path(app))
    app.add_middleware(
        KeyCheck,
        keys=app.state.keys,
        is_public=_is_public,
        may_fail_again=app.state.may_fail_again,
    )
    app.add_middleware(RequestMetrics, metrics=metrics)
    app.add_middleware(Paths)
    app.add_middleware(Resumable, max_bytes=settings.max_backup_size_bytes)
    app.add_middleware(
        Draining,
        known_client_bytes=max(settings.max_sync_payload_bytes, settings.max_backup_size_bytes)
        + _MULTIPART_ALLOWANCE_BYTES,
        timeout_seconds=DRAIN_TIMEOUT_SECONDS,
    )
    app.add_middleware(SlowBodies, timeout_seconds=settings.body_timeout_seconds)
    app.add_middleware(AccessLog)
    if settings.root_path:
        app.add_middleware(PathPrefix, prefix=settings.root_path)
    return app


def _is_public(path: str) -> bool:
    return path == _HEALTH_PATH or is_documentation(path) or is_page(path)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    database: Database = app.state.database
    await run_in_threadpool(database.storage.check)
    await run_in_threadpool(check_schema, database)
    await run_in_threadpool(app.state.keys.begin)
    app.state.replays.start()
    try:
        yield
    finally:
        await run_in_threadpool(app.state.replays.stop)
        await app.state.keys.finish()
        await run_in_threadpool(database.close)
