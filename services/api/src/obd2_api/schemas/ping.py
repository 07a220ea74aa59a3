"""The answer to `GET /ping`."""

from typing import Literal

from pydantic import AwareDatetime, Field

from obd2_api.schemas.wire import WireModel


class Pong(WireModel):
    """The server is there and takes requests."""

    status: Literal["ok"] = Field(default="ok", description="Always ok.")
    server_time: AwareDatetime = Field(
        description="The server's clock, UTC.",
        examples=["2026-07-11T18:02:44.918204Z"],
    )
