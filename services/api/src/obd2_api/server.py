"""The HTTP server around the application, the same for the service and for the embedded mode."""

from fastapi import FastAPI
from uvicorn import Config, Server

from obd2_api.settings import ApiSettings

KEEP_ALIVE_SECONDS = 15


def build_server(app: FastAPI, settings: ApiSettings) -> Server:
    """Build the server; its `run` blocks until SIGTERM or SIGINT, then lets running requests finish."""
    config = Config(
        app,
        host=settings.host,
        port=settings.port,
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.stop_timeout_seconds,
    )
    return Server(config)
