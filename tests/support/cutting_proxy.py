"""Stands between a client and a server and cuts connections after chosen numbers of bytes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PIECE_BYTES = 16 * 1024
NO_LIMIT = 1 << 62


@dataclass
class CuttingProxy:
    """A proxy on the loopback.

    ``allowances`` says, one connection that gets so far after the other, how many bytes of the client may pass before
    it is cut; when it is used up connections live.
    """

    target_port: int
    allowances: list[int]
    port: int = 0
    forwarded_bytes: int = 0
    cuts: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, listener: socket.socket) -> None:
        """Accept connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self.target_port))
        answers = threading.Thread(target=_copy, args=(server, client), daemon=True)
        answers.start()
        with client, server, suppress(OSError):
            while data := client.recv(PIECE_BYTES):
                allowed = self._allow(len(data))
                server.sendall(data[:allowed])
                self.forwarded_bytes += allowed
                if allowed < len(data):
                    break
            else:
                server.shutdown(socket.SHUT_WR)
                answers.join()
                return
            self.cuts += 1
            for end in (server, client):
                end.shutdown(socket.SHUT_RDWR)

    def _allow(self, wanted: int) -> int:
        with self._lock:
            left = self.allowances[0] if self.allowances else NO_LIMIT
            if wanted < left:
                if self.allowances:
                    self.allowances[0] -= wanted
                return wanted
            self.allowances.pop(0)
            return left


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(PIECE_BYTES):
            target.sendall(data)


@contextmanager
def cutting_proxy(target_port: int, allowances: list[int]) -> Iterator[CuttingProxy]:
    """Run a proxy until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = CuttingProxy(target_port, allowances, listener.getsockname()[1])
        threading.Thread(target=proxy.serve, args=(listener,), daemon=True).start()
        yield proxy
