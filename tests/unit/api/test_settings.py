"""What the api refuses to start with."""

from pathlib import Path

import pytest

from obd2_api.app import create_app
from obd2_api.settings import ApiSettings
from obd2_common.db.database import Database
from obd2_common.errors import ConfigurationError
from support.api_server import api_settings


@pytest.fixture(autouse=True)
def _without_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("key", ["", " ", "\t", "\nx"])
def test_an_empty_key_is_refused(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", key)

    with pytest.raises(ConfigurationError, match="API_KEY is missing or empty"):
        ApiSettings.load()


def test_an_absent_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_KEY", raising=False)

    with pytest.raises(ConfigurationError, match="API_KEY is missing or empty"):
        ApiSettings.load()


@pytest.mark.parametrize("key", [" x", "x ", "a\n", "a\n b", "a\r\nb", "a\x00b"])
def test_a_key_no_header_can_carry_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match="blank or holds a control character"):
        api_settings(api_key=key).require_key()


@pytest.mark.parametrize("key", [" x", "x ", "a\nb", "a\x00b"])
def test_a_previous_key_no_header_can_carry_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match="blank or holds a control character"):
        api_settings(api_key="k", api_key_previous=key).require_key()


@pytest.mark.parametrize(
    ("key", "previous", "expected"),
    [
        ("new", "", ("new", None)),
        ("new", "old", ("new", "old")),
        ("new\nold", "", ("new", "old")),
        ("new\nold", "old", ("new", "old")),
        ("same", "same", ("same", None)),
    ],
)
def test_the_previous_key_is_a_setting_or_a_second_line(
    key: str, previous: str, expected: tuple[str, str | None]
) -> None:
    assert api_settings(api_key=key, api_key_previous=previous).shared_keys == expected


@pytest.mark.parametrize(("key", "previous"), [("a\nb\nc", ""), ("a\nb", "c")])
def test_more_than_two_keys_are_refused(key: str, previous: str) -> None:
    with pytest.raises(ConfigurationError, match="more than two keys"):
        api_settings(api_key=key, api_key_previous=previous).require_key()


def test_both_keys_of_an_exchange_come_from_one_secret_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_KEY", raising=False)
    (tmp_path / "api_key").write_text("new\nold\n")

    assert ApiSettings(_secrets_dir=str(tmp_path)).shared_keys == ("new", "old")


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
