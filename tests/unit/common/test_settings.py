"""The settings every service shares."""

from errno import EACCES
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from obd2_common.errors import ConfigurationError
from obd2_common.settings import CommonSettings, load_settings

VARIABLES = [name.upper() for name in CommonSettings.model_fields]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_without_an_environment_the_database_is_a_file_in_the_data_folder(tmp_path: Path) -> None:
    settings = CommonSettings()

    assert settings.effective_database_url == f"sqlite:///{tmp_path / 'data' / 'obd2.db'}"
    assert settings.zone == ZoneInfo("America/Chicago")


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://obd2@127.0.0.1/obd2db")
    monkeypatch.setenv("PI_TIME_ZONE", "Europe/Berlin")

    settings = CommonSettings()

    assert settings.effective_database_url == "mysql://obd2@127.0.0.1/obd2db"
    assert settings.zone == ZoneInfo("Europe/Berlin")


def test_the_env_file_is_read_and_the_environment_comes_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("OLLAMA_MODEL=from-file\nLOG_LEVEL=debug\nSOMEBODY_ELSES=1\n")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")

    settings = CommonSettings()

    assert (settings.ollama_model, settings.log_level) == ("from-file", "ERROR")


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")

    assert CommonSettings().database_url is None


def test_the_vault_lies_in_the_data_folder_unless_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CommonSettings().backup_dir == Path("data/backups")

    monkeypatch.setenv("DATA_DIR", "/srv/obd2")

    assert CommonSettings().backup_dir == Path("/srv/obd2/backups")


def test_a_secret_file_gives_the_password_the_url_lacks(tmp_path: Path) -> None:
    (tmp_path / "database_password").write_text("p@ss/word\n")

    settings = CommonSettings(_secrets_dir=tmp_path, database_url="mysql://obd2_api@mysql:3306/obd2db")

    assert settings.effective_database_url == "mysql://obd2_api:p%40ss%2Fword@mysql:3306/obd2db"
    assert "p@ss" not in repr(settings)


def test_a_password_in_the_url_comes_before_the_secret_file(tmp_path: Path) -> None:
    (tmp_path / "database_password").write_text("other")

    settings = CommonSettings(_secrets_dir=tmp_path, database_url="mysql://obd2:own@mysql/obd2db")

    assert settings.effective_database_url == "mysql://obd2:own@mysql/obd2db"


def test_a_folder_of_secrets_that_is_not_there_is_no_matter(tmp_path: Path) -> None:
    assert CommonSettings(_secrets_dir=tmp_path / "absent").database_password is None


def test_a_url_that_cannot_be_read_is_left_for_the_database_to_refuse(tmp_path: Path) -> None:
    settings = CommonSettings(_secrets_dir=tmp_path, database_password="x", database_url="no url")

    assert settings.effective_database_url == "no url"


def test_uploads_wait_inside_the_vaults_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_DIR", "/srv/vault")

    assert CommonSettings().spool_dir == Path("/srv/vault/.spool")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PI_TIME_ZONE", "America/Chicagoo"),
        ("PI_TIME_ZONE", "../etc/passwd"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("DRIVE_QUIET_SECONDS", "-1"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(ValidationError, match=variable.lower()):
        CommonSettings()


class UnreadableSettings(CommonSettings):
    """Settings whose file another user keeps to himself."""

    def __init__(self) -> None:
        raise PermissionError(EACCES, "Permission denied", ".env")


def test_a_file_of_settings_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"^\.env cannot be read: Permission denied$"):
        load_settings(UnreadableSettings)
