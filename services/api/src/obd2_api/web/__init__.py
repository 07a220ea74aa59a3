"""The owner's pages: HTML that works without scripts, and curves for browsers that run them."""

from fastapi import FastAPI

from obd2_api.web.assets import all_assets
from obd2_api.web.pages import ROUTERS
from obd2_api.web.session import Sessions


def add_pages(app: FastAPI, *, shared_key: str) -> None:
    """Serve the pages.

    Args:
        app: gets the routes.
        shared_key: sessions are signed under a secret made from it.

    Raises:
        ConfigurationError: the chart library is not the one we know.
    """
    all_assets()
    app.state.sessions = Sessions(shared_key)
    for router in ROUTERS:
        app.include_router(router)
