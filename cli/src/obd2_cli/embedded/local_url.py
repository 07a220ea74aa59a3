"""Where this machine itself reaches an embedded server."""

import socket

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - looked up, not bound


def local_url(listener: socket.socket, host: str) -> str:
    """Return the address under which this machine itself reaches a listener."""
    port = listener.getsockname()[1]
    shown = _EVERY_ADDRESS.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"
