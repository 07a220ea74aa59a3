"""The socket the api listens on, opened before anything else starts."""

import errno
import socket

from obd2_common.errors import ConfigurationError

_REASONS = {
    errno.EADDRINUSE: "it is in use; set another PORT",
    errno.EACCES: "this user may not open it; set a PORT above 1023",
    errno.EADDRNOTAVAIL: "this machine does not have that address; set another HOST",
}
EVERY_ADDRESS_OF_BOTH_KINDS = "::"


def open_listener(host: str, port: int) -> socket.socket:
    """Bind and listen; the host `::` takes IPv4 as well where the machine can.

    Raises:
        ConfigurationError: the address cannot be used; the message says which setting to change.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        takes_both = host == EVERY_ADDRESS_OF_BOTH_KINDS and socket.has_dualstack_ipv6()
        return socket.create_server(address[:2], family=family, backlog=2048, dualstack_ipv6=takes_both)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        raise ConfigurationError(f"HOST {host}, PORT {port} cannot be listened on: {reason}") from error
