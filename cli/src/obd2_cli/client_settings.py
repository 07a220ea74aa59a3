"""Where a client of the server finds its address and key when the command line does not say."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from obd2_cli.api_key import read_key
from obd2_cli.data_folder import announced_url


class ClientSettings(BaseSettings):
    """What the environment or `.env` says about the server to talk to."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    companion_api_key: str = Field(default="", description="The key, under the name the Pi knows it by.")
    api_key: str = Field(default="", description="The server's own key.")
    port: int = Field(default=8000, description="The server's port, when it runs on this machine.")
    data_dir: Path = Field(
        default=Path("data"), description="Folder in which an embedded server keeps the key it made."
    )


def find_key(settings: ClientSettings) -> str:
    """Return the first key there is: the Pi's, the server's, the one an embedded server made; else an empty text.

    While the server's key is being exchanged its second line is the old one.
    """
    found = settings.companion_api_key or settings.api_key or read_key(settings.data_dir)
    return found.partition("\n")[0]


def find_url(settings: ClientSettings) -> str:
    """Return the address of the server on this machine: where an embedded one says it listens, else its port."""
    return announced_url(settings.data_dir) or f"http://127.0.0.1:{settings.port or 8000}"
