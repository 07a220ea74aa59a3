"""The pages, one module per subject."""

from fastapi import APIRouter

from obd2_api.web import assets
from obd2_api.web.pages import advice, backups, compare, drive, drives, maps, now, sign_in, system, trends

ROUTERS: tuple[APIRouter, ...] = (
    assets.router,
    sign_in.router,
    now.router,
    drives.router,
    drive.router,
    trends.router,
    compare.router,
    maps.router,
    advice.router,
    backups.router,
    system.router,
)
