"""Settings of the api, from the environment or a `.env` file."""

import re
from typing import Self

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from obd2_common.errors import ConfigurationError
from obd2_common.settings import CommonSettings, load_settings

BYTES_PER_MB = 1024 * 1024
SHARED_KEYS = 2
"""How many may be valid at a time."""
_PREFIX = re.compile(r"[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*")


class ApiSettings(CommonSettings):
    """What the api needs to know beside the settings every service shares."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)

    api_key: SecretStr = Field(
        default=SecretStr(""),
        validate_default=False,
        description="The key every client sends as X-API-Key. Mandatory; `obd2 serve` makes one when it is absent.",
    )
    api_key_previous: SecretStr = Field(
        default=SecretStr(""),
        validate_default=False,
        description="The key before it, valid too until every client has the new one; or a second line of API_KEY.",
    )
    host: str = Field(default="0.0.0.0", description="Address to listen on; :: is every one, IPv6 and IPv4.")  # noqa: S104
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    root_path: str = Field(
        default="",
        description="Path prefix under which a proxy publishes the server, such as /obd2; absent is the root.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses, separated by commas, whose X-Forwarded-For is believed; absent means nobody's.",
    )
    max_sync_payload_mb: int = Field(default=10, ge=1, description="Largest body of /sync, decompressed.")
    max_backup_size_mb: int = Field(default=2048, ge=1, description="Largest backup file that is accepted.")
    backup_min_free_mb: int = Field(
        default=256,
        ge=0,
        description="Free space on the vault's disk that uploads leave alone; without it they get 507.",
    )
    backup_device_quota_mb: int = Field(
        default=0,
        ge=0,
        description="How much one device may keep in all its backups; 0 is no limit.",
    )
    backup_upload_expiry_hours: float = Field(
        default=168,
        gt=0,
        description="How long a resumable upload may rest before it is given up.",
    )
    backup_answer_wait_seconds: float = Field(
        default=5,
        ge=0,
        description="How long the answer to an upload waits for its check before it says pending.",
    )
    analysis_timeout_seconds: float = Field(
        default=120,
        gt=0,
        description="How long /analyze waits for an answer before it refers the client to a later try.",
    )
    failed_keys_per_minute: int = Field(
        default=100,
        ge=1,
        description="Wrong keys from one address that are answered 401; further ones get 429 until a minute is over.",
    )
    header_timeout_seconds: float = Field(
        default=15,
        gt=0,
        description="How long the headers of a request may take to come.",
    )
    body_timeout_seconds: float = Field(
        default=60,
        gt=0,
        description="How long a body may pause; one that takes longer must come at 256 bytes a second at least.",
    )
    stop_timeout_seconds: int = Field(
        default=30,
        ge=1,
        description="How long a stopping server lets running requests finish.",
    )

    @field_validator("root_path")
    @classmethod
    def prefix_without_last_slash(cls, given: str) -> str:
        """Refuse what is no path; one slash more or less makes no difference."""
        names = given.strip("/")
        if names and not _PREFIX.fullmatch(names):
            raise ValueError("must be a path such as /obd2")
        return f"/{names}" if names else ""

    @classmethod
    def load(cls) -> Self:
        """Read the settings and make sure that there is a key.

        Raises:
            ConfigurationError: a setting is missing or unusable; the message names it and never its value.
        """
        settings = load_settings(cls)
        settings.require_key()
        return settings

    def require_key(self) -> None:
        """Make sure that there is a key a client can send.

        Raises:
            ConfigurationError: it is absent, blank, one of too many, or holds characters no header can carry.
        """
        self.shared_keys  # noqa: B018 - reading them checks them

    @property
    def shared_keys(self) -> tuple[str, str | None]:
        """Return the shared key and, while it is being exchanged, the one before it.

        Raises:
            ConfigurationError: as `require_key`.
        """
        keys = self.api_key.get_secret_value().split("\n")
        if not keys[0].strip():
            raise ConfigurationError("API_KEY is missing or empty: set it to the key the Pi sends")
        if previous := self.api_key_previous.get_secret_value():
            keys.append(previous)
        for key in keys:
            if key != key.strip() or not key.isprintable() or not key:
                raise ConfigurationError(
                    "API_KEY or API_KEY_PREVIOUS begins or ends with a blank or holds a control character",
                )
        distinct = list(dict.fromkeys(keys))
        if len(distinct) > SHARED_KEYS:
            raise ConfigurationError("API_KEY and API_KEY_PREVIOUS hold more than two keys")
        return distinct[0], distinct[1] if len(distinct) > 1 else None

    @property
    def max_sync_payload_bytes(self) -> int:
        """Return the largest body of /sync."""
        return self.max_sync_payload_mb * BYTES_PER_MB

    @property
    def max_backup_size_bytes(self) -> int:
        """Return the size of the largest backup file."""
        return self.max_backup_size_mb * BYTES_PER_MB

    @property
    def backup_device_quota_bytes(self) -> int | None:
        """Return how much one device may keep, or None."""
        return self.backup_device_quota_mb * BYTES_PER_MB or None

    @property
    def backup_reserve_bytes(self) -> int:
        """Return the free space that uploads leave alone."""
        return self.backup_min_free_mb * BYTES_PER_MB
