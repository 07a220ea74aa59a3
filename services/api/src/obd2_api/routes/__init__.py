"""The paths of the api, one module per subject."""

from fastapi import APIRouter

from obd2_api.routes import (
    analyses,
    analyze,
    backups,
    curves,
    devices,
    drive_marks,
    drives,
    eras,
    exports,
    health,
    ping,
    quarantine,
    recommendations,
    releases,
    resumable_uploads,
    sync,
    sync_state,
    trouble_codes,
    uploads,
)

KEYED_ROUTERS: tuple[APIRouter, ...] = (
    sync.router,
    sync_state.router,
    quarantine.router,
    devices.router,
    drives.router,
    curves.router,
    trouble_codes.router,
    drive_marks.router,
    eras.router,
    exports.router,
    analyze.router,
    analyses.router,
    recommendations.router,
    uploads.router,
    resumable_uploads.router,
    backups.router,
    releases.router,
    ping.router,
)
"""Routes that need the key, in the order of the documentation."""
PUBLIC_ROUTERS: tuple[APIRouter, ...] = (health.router,)
"""Routes that anyone may call."""
