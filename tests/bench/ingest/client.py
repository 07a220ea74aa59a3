"""Sends prepared bodies to a running server as the Pi does, one connection per request, and takes the times."""

import socket
import threading
import time
from collections.abc import Sequence

KEY = "bench-key"


def post(port: int, body: bytes) -> tuple[int, float]:
    """Send one sync request; return the status and the seconds it took."""
    head = f"POST /api/v1/sync HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return _exchange(port, head, body)


def ping(port: int) -> float:
    """Ask for a sign of life; return the seconds it took."""
    status, seconds = _exchange(port, "GET /api/v1/ping HTTP/1.1", b"")
    if status != 200:
        raise RuntimeError(f"the server answered {status}")
    return seconds


def _exchange(port: int, head: str, body: bytes) -> tuple[int, float]:
    request = f"{head}\r\nHost: 127.0.0.1\r\nX-Api-Key: {KEY}\r\nConnection: close\r\n\r\n".encode() + body
    start = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return int(answer[9:12]), time.perf_counter() - start


def send(port: int, batches: Sequence[Sequence[bytes]]) -> tuple[float, list[float]]:
    """Send the batches of several clients side by side; return the seconds in all and those of each request."""
    seconds: list[float] = []
    failures: list[int] = []

    def run(own: Sequence[bytes]) -> None:
        for body in own:
            status, taken = post(port, body)
            seconds.append(taken)
            if status != 200:
                failures.append(status)

    threads = [threading.Thread(target=run, args=(own,)) for own in batches]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = time.perf_counter() - start
    if failures:
        raise RuntimeError(f"the server answered {failures[:5]}")
    return total, seconds
