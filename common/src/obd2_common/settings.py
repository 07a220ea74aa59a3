"""Settings every service shares, from the environment, a `.env` file or mounted secret files."""

from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from obd2_common.errors import ConfigurationError

Settings = TypeVar("Settings", bound=BaseSettings)


class SourcedSettings(BaseSettings):
    """Settings from the environment, `.env` and the files of secrets that a container may have."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, secrets_dir="/run/secrets"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic names it
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read secret files last, and only where there is a folder of them."""
        sources = (init_settings, env_settings, dotenv_settings)
        if isinstance(file_secret_settings, SecretsSettingsSource):
            folder = file_secret_settings.secrets_dir
            if isinstance(folder, str | Path) and Path(folder).is_dir():
                return (*sources, file_secret_settings)
        return sources


class CommonSettings(SourcedSettings):
    """What api, analyzer, backup and the command line all need to know."""

    database_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of a MySQL-protocol database; absent means SQLite in DATA_DIR.",
    )
    database_password: SecretStr | None = Field(
        default=None,
        description="Password for DATABASE_URL when the URL holds none; the stack gives it as a secret file.",
    )
    data_dir: Path = Field(default=Path("data"), description="Folder of the embedded database, key and spool.")
    backup_dir: Path = Field(
        default_factory=lambda values: values["data_dir"] / "backups",
        description="The vault: where backups are kept; absent means the folder backups in DATA_DIR.",
    )
    log_level: str = Field(default="INFO", pattern="(?i)^(debug|info|warning|error|critical)$")
    log_format: str = Field(default="json", pattern="^(json|console)$")
    pi_time_zone: str = Field(default="America/Chicago", description="Zone of the Pi's local time stamps.")
    ollama_base_url: str = Field(default="http://localhost:11434")
    ollama_model: str = Field(default="llama3.1:8b", min_length=1)
    ops_host: str = Field(default="127.0.0.1", description="Address of the operations port.")
    ops_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port of /metrics, /livez and /readyz; 0 opens none. The container images say 9100.",
    )
    drive_quiet_seconds: int = Field(default=300, ge=0, description="Silence after which an open drive is analysed.")
    drive_settle_seconds: int = Field(default=10, ge=0, description="The same, once the drive's end was seen.")

    @field_validator("pi_time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is not a time zone") from error
        return value

    @property
    def effective_database_url(self) -> str:
        """Return the configured URL, or that of the embedded SQLite file."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir.absolute() / 'obd2.db'}"
        if self.database_password is None:
            return self.database_url
        try:
            url = make_url(self.database_url)
        except (ArgumentError, ValueError):
            return self.database_url  # `Database` says what is wrong with it
        if url.password is None:
            url = url.set(password=self.database_password.get_secret_value())
        return url.render_as_string(hide_password=False)

    @property
    def zone(self) -> ZoneInfo:
        """Return the Pi's local zone."""
        return ZoneInfo(self.pi_time_zone)

    @property
    def spool_dir(self) -> Path:
        """Return the folder in which api leaves uploads for backup.

        It lies inside the vault's folder, so that moving a file into the vault is a rename on one file system.
        """
        return self.backup_dir / ".spool"


def load_settings(kind: type[Settings], **given: object) -> Settings:
    """Read settings from the environment, `.env` or secret files.

    Args:
        kind: which settings.
        given: settings that go before the environment.

    Raises:
        ConfigurationError: a setting is unusable, or `.env` unreadable; the message names it and never its value.
    """
    try:
        return kind(**given)  # type: ignore[arg-type]  # Pydantic checks them
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
        raise ConfigurationError("; ".join(faults)) from error
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or 'a file of settings'} cannot be read: {error.strerror}"
        ) from error
