"""What the environment may say about a test run."""

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

DatabaseKind = Literal["sqlite", "server", "mysql", "mariadb"]


class SuiteSettings(BaseSettings):
    """Which databases and servers the tests run on, and where they come from.

    `databases` holds any of `sqlite`, `mysql`, `mariadb` and `server`; `server` is the first MySQL-protocol
    server this machine can give. `pi_files` is a folder with more databases of a Pi to test on, `real_drives` one
    with logs of real cars for `make eval`, `boot_target` a program that boots the machine the playbooks are tested on.
    """

    databases: Annotated[tuple[DatabaseKind, ...], NoDecode] = Field(
        default=("sqlite", "server"), validation_alias="OBD2_TEST_DATABASES"
    )
    require_database: bool = Field(default=False, validation_alias="OBD2_REQUIRE_DATABASE")
    database_url: str | None = Field(default=None, validation_alias="TEST_DATABASE_URL")
    mysql_image: str = Field(default="mysql:9.7", validation_alias="MYSQL_IMAGE")
    mariadb_image: str = Field(default="mariadb:11.8", validation_alias="MARIADB_IMAGE")

    require_stack: bool = Field(default=False, validation_alias="OBD2_REQUIRE_STACK")
    require_ansible: bool = Field(default=False, validation_alias="OBD2_REQUIRE_ANSIBLE")

    pi_files: Path | None = Field(default=None, validation_alias="OBD2_PI_FILES")
    real_drives: Path | None = Field(default=None, validation_alias="OBD2_REAL_DRIVES")
    boot_target: Path | None = Field(default=None, validation_alias="OBD2_BOOT_TARGET")

    ollama_url: str | None = Field(default=None, validation_alias="OLLAMA_TEST_URL")
    ollama_model: str = Field(default="tiny", validation_alias="OLLAMA_TEST_MODEL")

    @property
    def server_products(self) -> tuple[DatabaseKind, ...]:
        """Return the kinds for tests that run on every product: the named server alone, else all this machine has."""
        named: tuple[DatabaseKind, ...] = tuple(kind for kind in self.databases if kind != "sqlite")
        return ("mysql", "mariadb") if named == ("server",) and self.database_url is None else named

    @field_validator("databases", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        kinds = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
        if not kinds:
            raise ValueError(f"OBD2_TEST_DATABASES is empty: name some of {', '.join(get_args(DatabaseKind))}")
        return kinds

    @field_validator("database_url", "pi_files", "real_drives", "boot_target", "ollama_url", mode="before")
    @classmethod
    def _empty_is_absent(cls, value: object) -> object:
        return value or None
