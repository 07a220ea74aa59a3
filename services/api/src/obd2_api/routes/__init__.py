"""The paths of the api, one module per subject."""

from fastapi import APIRouter

from obd2_api.routes import ping, sync

KEYED_ROUTERS: tuple[APIRouter, ...] = (sync.router, ping.router)
"""Routes that need the key, in the order of the documentation."""
PUBLIC_ROUTERS: tuple[APIRouter, ...] = ()
"""Routes that anyone may call."""
