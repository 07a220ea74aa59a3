"""A real server process over SQLite, one for each file of tests."""

from collections.abc import Iterator

import pytest

from obd2_common.db.database import Database
from support.api_process import ApiProcess, running_api
from support.database_sources import sqlite_database


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with sqlite_database(tmp_path_factory.mktemp("sync")) as opened:
        yield opened


@pytest.fixture(scope="module")
def server(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiProcess]:
    folder = tmp_path_factory.mktemp("api")
    url = database.url.render_as_string(hide_password=False)
    with running_api(folder, url, OLLAMA_BASE_URL="http://127.0.0.1:9") as running:
        yield running
