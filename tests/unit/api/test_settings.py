"""What the api refuses to start with."""

from pathlib import Path

import pytest

from api_server import api_settings
from obd2_api.app import create_app
from obd2_api.settings import ApiSettings
from obd2_common.database import Database
from obd2_common.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _without_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("key", ["", " ", "\t"])
def test_an_empty_key_is_refused(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", key)

    with pytest.raises(ConfigurationError, match="API_KEY is missing or empty"):
        ApiSettings.load()


def test_an_absent_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_KEY", raising=False)

    with pytest.raises(ConfigurationError, match="API_KEY is missing or empty"):
        ApiSettings.load()


@pytest.mark.parametrize("key", [" x", "x ", "a\nb", "a\x00b"])
def test_a_key_no_header_can_carry_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match="blank or holds a control character"):
        api_settings(api_key=key).require_key()


def test_a_bad_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "secret")
    monkeypatch.setenv("MAX_SYNC_PAYLOAD_MB", "many")

    with pytest.raises(ConfigurationError, match="MAX_SYNC_PAYLOAD_MB") as caught:
        ApiSettings.load()

    assert "many" not in str(caught.value)


def test_the_default_backup_limit_admits_a_real_database() -> None:
    assert api_settings().max_backup_size_bytes >= 600_000_000


def test_an_application_without_key_is_not_built() -> None:
    database = Database("sqlite://")

    with pytest.raises(ConfigurationError):
        create_app(api_settings(api_key=""), database)

    database.close()


def test_a_key_does_not_show_in_the_settings_text() -> None:
    assert "the right key" not in repr(api_settings())
