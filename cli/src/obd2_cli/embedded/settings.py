"""The settings of an embedded server: those of its three services, from the environment or `.env`."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from obd2_analyzer.ollama.settings import OllamaSettings
from obd2_analyzer.settings import AnalyzerSettings
from obd2_api.settings import ApiSettings
from obd2_backup.settings import BackupSettings
from obd2_cli.settings import load_settings


@dataclass(frozen=True, slots=True)
class EmbeddedSettings:
    """What the three services need to know; what they share is the same in each."""

    api: ApiSettings
    analyzer: AnalyzerSettings
    ollama: OllamaSettings
    backup: BackupSettings

    @classmethod
    def load(cls, **chosen: object) -> Self:
        """Read the settings; a key may still be missing.

        Args:
            chosen: settings that go before the environment, such as ``port=8001``; None leaves the choice to it.

        Raises:
            ConfigurationError: a setting is unusable; the message names it and never its value.
        """
        given = {name: value for name, value in chosen.items() if value is not None}
        return cls(
            api=load_settings(ApiSettings, **given),
            analyzer=load_settings(AnalyzerSettings, **given),
            ollama=load_settings(OllamaSettings, **given),
            backup=load_settings(BackupSettings, **given),
        )

    @property
    def has_key(self) -> bool:
        """Tell whether a key was configured."""
        return bool(self.api.api_key.get_secret_value().strip())

    @property
    def data_dir(self) -> Path:
        """Return the data folder."""
        return self.api.data_dir

    def with_key(self, key: str) -> Self:
        """Return the settings with this key."""
        return replace(self, api=self.api.model_copy(update={"api_key": SecretStr(key)}))
