"""Uvicorn's HTTP protocol with bounds on what one connection may send before anybody has looked at its key."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, ClassVar, NoReturn

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from obd2_api.strangers import Strangers, watch

LOOK_SECONDS = 0.005
LONGEST_WAIT_SECONDS = 1.0
EVERYBODY = ("0.0.0.0/0", "::/0")
MAX_HEADER_BYTES = 64 * 1024
MAX_HEADERS = 100
MAX_FRAMING_BYTES = 64 * 1024
"""How much may come between two pieces of a body: sizes of chunks, their extensions, and the trailers."""
MAX_PIPELINED_REQUESTS = 8
"""How many requests may wait for the answer to the one before; each waits with its headers in memory."""
_IPV4_MAPPED = "::ffff:"
MAX_CONNECTIONS_PER_ADDRESS = 200
"""Far more than any client has, and so few that one address cannot use up what a process may open."""


class PatientProtocol(HttpToolsProtocol):
    """Tells a request of a broken connection only after it has read what lies in the buffer.

    Uvicorn (0.54) tells it at once and drops up to 64 KiB with every connection that breaks, which an upload over a bad
    line pays for again and again. Remove this when `receive` hands out the rest by itself.
    """

    def connection_lost(self, exc: Exception | None) -> None:
        """End the connection; a request that has not read everything learns of it a moment later."""
        cycle: Any = self.cycle
        super().connection_lost(exc)
        if cycle is not None and cycle.disconnected and cycle.body:
            cycle.disconnected = False
            self.flow.read_paused = False
            loop = asyncio.get_running_loop()
            _tell_once_read(loop, cycle, loop.time() + LONGEST_WAIT_SECONDS)


class _TooMuchError(Exception):
    """More came than a connection may send; the arguments are the status and what the client is told."""


class GuardedProtocol(PatientProtocol):
    """Ends connections whose headers or trailers do not end, and those nobody knows or one address has too many of.

    Uvicorn bounds none of them; how long a body takes is looked after by `obd2_api.middleware.slow_bodies`. Trailers
    are dropped: uvicorn would add them to the headers, where a key or an address could come after the fact.
    """

    header_timeout_seconds = 15.0
    connections_by_address: ClassVar[Counter[str]] = Counter()
    strangers: ClassVar[Strangers] = Strangers()
    is_uncounted: Callable[[str], bool] = staticmethod(lambda _address: False)
    """Tells whether an address may have any number of connections, as a proxy that speaks for many."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection, unless its address has enough of them."""
        super().connection_made(transport)
        self.client = _plain(self.client)
        self._begin_headers()
        self._framing_bytes = 0
        self._fault: _TooMuchError | None = None
        self._header_timer: asyncio.TimerHandle | None = None
        self._address = self.client[0] if self.client else ""
        self.connections_by_address[self._address] += 1
        is_counted = not self.is_uncounted(self._address)
        if is_counted and self.connections_by_address[self._address] > MAX_CONNECTIONS_PER_ADDRESS:
            transport.abort()
            return
        self.strangers.add(self, self._address, is_counted=is_counted)
        self._start_timer()

    @property
    def is_idle(self) -> bool:
        """Tell whether no request of this connection is being answered."""
        cycle: Any = self.cycle
        return cycle is None or bool(cycle.response_complete)

    def drop(self) -> None:
        """End the connection at once, for another one."""
        self.logger.info("connection without a key dropped for another (%s)", self._address)
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the connection."""
        self._stop_timer()
        self.strangers.remove(self)
        self.connections_by_address[self._address] -= 1
        if self.connections_by_address[self._address] <= 0:
            del self.connections_by_address[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came."""
        if self._is_in_headers:
            self._received_bytes += len(data)
            self._start_timer()
        else:
            self._framing_bytes += len(data)
        super().data_received(data)
        if self._is_in_headers and self._received_bytes > MAX_HEADER_BYTES:
            self._refuse(431, "The headers are too large")
        elif not self._is_in_headers and self._framing_bytes > MAX_FRAMING_BYTES:
            self._refuse(400, "The trailers or the marks between chunks are too large")

    def on_message_begin(self) -> None:
        """Begin the headers of a request."""
        super().on_message_begin()
        watch(self.scope, partial(self.strangers.remove, self))  # type: ignore[arg-type]

    def on_url(self, url: bytes) -> None:
        """Take in a part of the request line."""
        self._count_header(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a header; a trailer is dropped, as RFC 9110 (6.5.1) allows."""
        if not self._is_in_headers:
            return
        self._header_count += 1
        if self._header_count > MAX_HEADERS:
            self._end_for(431, "There are too many headers")
        self._count_header(name + value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin a request."""
        if len(self.pipeline) >= MAX_PIPELINED_REQUESTS:
            self._end_for(429, "Too many requests wait on this connection")
        self._is_in_headers = False
        self._framing_bytes = 0
        self._stop_timer()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take in a piece of the body."""
        self._framing_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the body of a request; what comes next are the headers of another one."""
        self._begin_headers()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser did not take, or what was more than it may be, and end the connection."""
        self._refuse(*(self._fault.args if self._fault is not None else (400, msg)))

    def _begin_headers(self) -> None:
        self._is_in_headers = True
        self._received_bytes = self._header_bytes = self._header_count = 0

    def _count_header(self, part: bytes) -> None:
        self._header_bytes += len(part)
        if self._header_bytes > MAX_HEADER_BYTES:
            self._end_for(431, "The headers are too large")

    def _end_for(self, status: int, said: str) -> NoReturn:
        """Stop the parser, which makes uvicorn answer with `send_400_response`."""
        self._fault = _TooMuchError(status, said)
        raise self._fault

    def _start_timer(self) -> None:
        if self._header_timer is None:
            self._header_timer = self.loop.call_later(self.header_timeout_seconds, self._end_headers)

    def _stop_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _end_headers(self) -> None:
        self._header_timer = None
        if self._received_bytes:
            self._refuse(408, "The headers took too long")
        else:
            self.transport.close()

    def _refuse(self, status: int, said: str) -> None:
        if self.transport.is_closing():
            return
        self.logger.warning("connection ended: %s (%s)", said, self._address)
        cycle: Any = self.cycle
        if cycle is None or cycle.response_complete:
            head = f"content-type: text/plain\r\ncontent-length: {len(said)}\r\nconnection: close\r\n\r\n{said}"
            self.transport.write(STATUS_LINE[status] + head.encode("ascii"))
        self.transport.close()


def guarded_protocol(*, header_timeout_seconds: float, trusted_proxies: str) -> type[GuardedProtocol]:
    """Return the protocol of one server.

    Args:
        header_timeout_seconds: how long the headers of a request may take.
        trusted_proxies: addresses or networks, separated by commas, that may have any number of connections.
    """
    members = {
        "header_timeout_seconds": header_timeout_seconds,
        "connections_by_address": Counter(),
        "strangers": Strangers(),
        "is_uncounted": staticmethod(partial(_is_among, _networks(trusted_proxies))),
    }
    return type("ServersProtocol", (GuardedProtocol,), members)


def _plain(client: tuple[str, int] | None) -> tuple[str, int] | None:
    """Return an IPv4 client that came to an IPv6 socket under its own address."""
    if client is None or not client[0].startswith(_IPV4_MAPPED):
        return client
    return client[0].removeprefix(_IPV4_MAPPED), client[1]


def _networks(trusted: str) -> list[IPv4Network | IPv6Network]:
    """Return what is meant; `*` is everybody, and what is no address is nobody."""
    found: list[IPv4Network | IPv6Network] = []
    for part in trusted.split(","):
        with suppress(ValueError):
            found += (
                [ip_network(each, strict=False) for each in EVERYBODY]
                if part.strip() == "*"
                else [ip_network(part.strip(), strict=False)]
            )
    return found


def _is_among(networks: list[IPv4Network | IPv6Network], address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def _tell_once_read(loop: asyncio.AbstractEventLoop, cycle: Any, deadline: float) -> None:  # noqa: ANN401 - uvicorn's own
    if cycle.body and loop.time() < deadline:
        loop.call_later(LOOK_SECONDS, _tell_once_read, loop, cycle, deadline)
        return
    cycle.disconnected = True
    cycle.message_event.set()
