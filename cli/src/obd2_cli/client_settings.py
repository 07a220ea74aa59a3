"""Where a client of the server finds its address and key when the command line does not say."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import Field

from obd2_cli.api_key import read_key
from obd2_cli.data_folder import announced_url
from obd2_common.settings import SourcedSettings

UrlOption = Annotated[str | None, typer.Option(help="Base URL of the server.", show_default="the one on this machine")]
ApiKeyOption = Annotated[
    str, typer.Option(help="The key; else COMPANION_API_KEY, API_KEY, or the file an embedded server keeps it in.")
]


class ClientSettings(SourcedSettings):
    """What the environment or `.env` says about the server to talk to."""

    obd2_url: str = Field(default="", description="Address of the server, when it runs elsewhere.")
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
    """Return the server's address: the given one, where an embedded one says it listens, else its port here."""
    return settings.obd2_url or announced_url(settings.data_dir) or f"http://127.0.0.1:{settings.port or 8000}"
