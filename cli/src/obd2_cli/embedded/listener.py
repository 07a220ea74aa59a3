"""The socket an embedded server listens on, opened before anything else starts."""

import errno
import socket

from obd2_common.errors import ConfigurationError

_REASONS = {
    errno.EADDRINUSE: "it is in use; set another PORT",
    errno.EACCES: "this user may not open it; set a PORT above 1023",
    errno.EADDRNOTAVAIL: "this machine does not have that address; set another HOST",
}
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - looked up, not bound


def open_listener(host: str, port: int) -> socket.socket:
    """Bind and listen.

    Raises:
        ConfigurationError: the address cannot be used; the message says which setting to change.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        raise ConfigurationError(f"HOST {host}, PORT {port} cannot be listened on: {reason}") from error


def local_url(listener: socket.socket, host: str) -> str:
    """Return the address under which this machine itself reaches a listener."""
    port = listener.getsockname()[1]
    shown = _EVERY_ADDRESS.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"
