"""What the environment may say about a test run."""

import pytest
from pydantic import ValidationError

from support.suite_settings import SuiteSettings

VARIABLES = ("OBD2_TEST_DATABASES", "OBD2_REQUIRE_DATABASE", "TEST_DATABASE_URL", "MYSQL_IMAGE", "MARIADB_IMAGE")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_by_default_tests_run_on_sqlite_and_on_one_server_if_there_is_one() -> None:
    settings = SuiteSettings()

    assert settings.databases == ("sqlite", "server")
    assert not settings.require_database
    assert settings.database_url is None


def test_the_kinds_of_databases_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBD2_TEST_DATABASES", " mariadb, sqlite,mariadb ,")

    assert SuiteSettings().databases == ("mariadb", "sqlite")


@pytest.mark.parametrize("text", ["", " , ", "postgresql", "sqlite;mysql"])
def test_a_list_that_names_no_known_kind_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("OBD2_TEST_DATABASES", text)

    with pytest.raises(ValidationError, match="OBD2_TEST_DATABASES"):
        SuiteSettings()


def test_an_empty_address_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "")

    assert SuiteSettings().database_url is None
