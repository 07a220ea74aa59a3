"""What routes ask for by type: the database, the settings, the clock; and the key's place in the documentation."""

from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader

from obd2_api.auth.key_cache import KeyCache
from obd2_api.health import HealthMonitor
from obd2_api.ingest.receive import Ingest
from obd2_api.metrics import ApiMetrics
from obd2_api.settings import ApiSettings
from obd2_api.uploads.active import ActiveUploads
from obd2_common.clock import Clock
from obd2_common.db.database import Database

KEY_SCHEME_NAME = "ApiKey"
_KEY_SCHEME = APIKeyHeader(
    name="X-API-Key",
    scheme_name=KEY_SCHEME_NAME,
    description="The shared key, API_KEY, or one the operator issued. A key in the query is refused.",
    auto_error=False,
)
KEY_REQUIRED = Security(_KEY_SCHEME)
"""Marks a route as needing the key in OpenAPI; `obd2_api.auth.middleware` checks the key."""


def settings_of(request: Request) -> ApiSettings:
    """Return the settings; for the one route that is asked so often that resolving dependencies counts."""
    return cast("ApiSettings", request.app.state.settings)


def metrics_of(request: Request) -> ApiMetrics:
    """Return what counts; see `settings_of`."""
    return cast("ApiMetrics", request.app.state.metrics)


def keys_of(request: Request) -> KeyCache:
    """Return what knows the keys."""
    return cast("KeyCache", request.app.state.keys)


def ingest_of(request: Request) -> Ingest:
    """Return the ingest; see `settings_of`."""
    return cast("Ingest", request.app.state.ingest)


# Coroutines although nothing is awaited: FastAPI sends a plain function to another thread, for every request anew.
async def _database(request: Request) -> Database:
    return cast("Database", request.app.state.database)


async def _settings(request: Request) -> ApiSettings:
    return settings_of(request)


async def _clock(request: Request) -> Clock:
    return cast("Clock", request.app.state.clock)


async def _ingest(request: Request) -> Ingest:
    return ingest_of(request)


async def _health(request: Request) -> HealthMonitor:
    return cast("HealthMonitor", request.app.state.health)


async def _active_uploads(request: Request) -> ActiveUploads:
    return cast("ActiveUploads", request.app.state.active_uploads)


DatabaseDep = Annotated[Database, Depends(_database)]
SettingsDep = Annotated[ApiSettings, Depends(_settings)]
ClockDep = Annotated[Clock, Depends(_clock)]
IngestDep = Annotated[Ingest, Depends(_ingest)]
HealthDep = Annotated[HealthMonitor, Depends(_health)]
ActiveUploadsDep = Annotated[ActiveUploads, Depends(_active_uploads)]
