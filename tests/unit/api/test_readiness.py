"""When the api says that it is ready."""

import pytest
from fastapi import FastAPI

from obd2_api.errors import NotListeningError
from obd2_api.server import build_server, ready_while_serving
from obd2_api.settings import ApiSettings
from obd2_common.errors import DatabaseUnavailableError


def nothing_is_wrong() -> None:
    """Find nothing to complain about."""


def the_database_is_down() -> None:
    raise DatabaseUnavailableError("gone")


def test_the_api_is_ready_from_the_moment_it_listens_until_it_stops() -> None:
    server = build_server(FastAPI(), ApiSettings(api_key="k", _env_file=None))
    check = ready_while_serving(server, nothing_is_wrong)

    with pytest.raises(NotListeningError):
        check()
    server.started = True
    check()
    server.should_exit = True
    with pytest.raises(NotListeningError):
        check()


def test_a_listening_api_without_its_database_is_not_ready() -> None:
    server = build_server(FastAPI(), ApiSettings(api_key="k", _env_file=None))
    server.started = True

    with pytest.raises(DatabaseUnavailableError):
        ready_while_serving(server, the_database_is_down)()
