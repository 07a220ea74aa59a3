"""A proxy between clients and the server whose connections can be cut, or swallow everything for a while."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE_BYTES = 16 * 1024


class Line:
    """Passes connections on until told otherwise."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._passes = threading.Event()
        self._passes.set()
        self.address: tuple[str, int] = ("127.0.0.1", self._listener.getsockname()[1])

    def serve(self) -> None:
        """Accept connections until closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def cut(self) -> None:
        """Reset every connection."""
        with self._lock:
            ends = list(self._open)
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def swallow(self, seconds: float) -> None:
        """Let bytes of either side wait here for a while, then cut: what was under way was half done for both."""
        self._passes.clear()
        time.sleep(seconds)
        self.cut()
        self._passes.set()

    def close(self) -> None:
        """Stop accepting and cut what is open."""
        self._listener.close()
        self.cut()

    def _connect(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(self._target, timeout=10) as server:
            server.settimeout(None)
            with self._lock:
                self._open |= {client, server}
            try:
                back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
                back.start()
                self._copy(client, server)
                back.join()
            finally:
                with self._lock:
                    self._open -= {client, server}

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(PIECE_BYTES):
                self._passes.wait()
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def open_line(target: tuple[str, int]) -> Iterator[Line]:
    """Run a line until the block ends."""
    line = Line(target)
    threading.Thread(target=line.serve, daemon=True).start()
    try:
        yield line
    finally:
        line.close()
