"""`obd2 export`: save drives of a running server as a file for other programs."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from obd2_api.exports.answer import Format
from obd2_cli.client_settings import ApiKeyOption, ClientSettings, UrlOption, find_key, find_url
from obd2_cli.server_client import ServerClient
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.settings import CommonSettings


def command(
    drives: Annotated[list[str] | None, typer.Argument(help="Numbers or keys of drives.")] = None,
    *,
    since: Annotated[
        datetime | None, typer.Option(help="Every drive since then instead, in the zone of PI_TIME_ZONE.")
    ] = None,
    file_format: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.CSV,
    output: Annotated[Path | None, typer.Option(help="The new file.", show_default="the server's name, here")] = None,
    device: Annotated[str | None, typer.Option(help="Device id.", show_default="the latest to send, or all")] = None,
    epoch: Annotated[
        int | None, typer.Option(help="Life of the device's database.", min=1, show_default="the latest")
    ] = None,
    parameter: Annotated[list[str] | None, typer.Option(help="Only this parameter; may be repeated.")] = None,
    url: UrlOption = None,
    api_key: ApiKeyOption = "",
) -> None:
    """Save drives: csv and xlsx with units, msl for MegaLogViewer, json, or virtualdyno where RPM was read fast enough.

    Name drives, or give the time since when. A file that is there already is left alone.
    """
    client = load_settings(ClientSettings)
    zone = load_settings(CommonSettings).zone
    begin = since if since is None or since.tzinfo is not None else since.replace(tzinfo=zone)
    single = {
        "since": None if begin is None else begin.isoformat(),
        "format": file_format.value,
        "deviceId": device,
        "epoch": epoch,
    }
    asked = [(name, str(value)) for name, value in single.items() if value is not None]
    asked += [("drives", key) for key in drives or ()] + [("parameter", name) for name in parameter or ()]
    with ServerClient(url or find_url(client), api_key or find_key(client)) as server:
        saved = server.export(asked, output)
    Console(highlight=False).print(f"{saved}: {saved.stat().st_size:,} bytes", markup=False, soft_wrap=True)
