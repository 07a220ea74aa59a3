"""The other side of `sandbox`: takes one call, limits itself, makes the call and sends the result back.

Runs as ``python -m obd2_backup.sandboxed REPLY_DESCRIPTOR``; the request comes as one line of JSON.
"""

import fcntl
import importlib
import json
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import Any

_HIGHEST_OOM_SCORE = "1000"
_ENDED_BY = (signal.SIGALRM, signal.SIGXCPU, signal.SIGIO)


def main(reply_descriptor: int) -> None:
    """Answer the request on standard input."""
    request: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    module, _, function = request["function"].partition(":")
    call = getattr(importlib.import_module(module), function)
    _die_with_parent()
    _limit(request["limits"])
    try:
        reply = {"result": call(**request["arguments"])}
    except MemoryError:
        reply = {"unreadable": "takes too much memory"}
    except FileNotFoundError:
        reply = {"gone": True}
    except OSError as error:
        reply = {"disk": error.strerror or type(error).__name__}
    with os.fdopen(reply_descriptor, "wb") as stream:
        stream.write(json.dumps(reply).encode())


def _die_with_parent() -> None:
    """Have the kernel end this process when the other end of standard input closes, as it does when the parent dies."""
    for number in _ENDED_BY:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDED_BY)
    fcntl.fcntl(sys.stdin, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(sys.stdin, fcntl.F_SETFL, fcntl.fcntl(sys.stdin, fcntl.F_GETFL) | os.O_ASYNC)


def _limit(limits: dict[str, Any]) -> None:
    """Set the limits of this process; none that was inherited is raised."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123
        # When the container runs out of memory, this process goes and not the service.
        score.write(_HIGHEST_OOM_SCORE)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_AS, limits["memory_bytes"])
    if (written_bytes := limits["written_bytes"]) is not None:
        _lower(resource.RLIMIT_FSIZE, written_bytes)
    if (seconds := limits["seconds"]) is not None:
        _lower(resource.RLIMIT_CPU, int(seconds) + 1)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _lower(kind: int, most: int) -> None:
    _soft, hard = resource.getrlimit(kind)
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (value, value))


if __name__ == "__main__":
    main(int(sys.argv[1]))
