"""The socket the api listens on."""

import socket

import httpx
import pytest
from fastapi import FastAPI, Request

from obd2_api.listener import open_listener
from obd2_common.errors import ConfigurationError
from support.api_server import api_settings, serve

NEEDS_IPV6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")


@NEEDS_IPV6
def test_a_client_of_either_kind_reaches_a_server_on_every_address_under_its_own_address() -> None:
    app = FastAPI()

    @app.get("/who")
    def who(request: Request) -> str:
        return request.client.host if request.client else ""

    with serve(app, api_settings(), host="::") as server:
        seen = [httpx.get(f"http://{host}:{server.port}/who").json() for host in ("127.0.0.1", "[::1]")]

    assert seen == ["127.0.0.1", "::1"]


def test_a_port_in_use_is_refused_with_the_setting_to_change() -> None:
    with open_listener("127.0.0.1", 0) as first, pytest.raises(ConfigurationError, match="PORT"):
        open_listener("127.0.0.1", first.getsockname()[1])
