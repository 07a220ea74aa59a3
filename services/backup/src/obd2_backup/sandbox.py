"""Calls functions that open received files in a process of its own, which has limits and may die without harm."""

import errno
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from obd2_backup.errors import StoppingError
from obd2_common.errors import Obd2Error

LOOK_SECONDS = 0.1
"""How long a request to stop may go unnoticed."""
GRACE_SECONDS = 5.0
"""What the process may take beyond its own time, before it is killed from here."""
MAX_REPLY_BYTES = 1 << 20
BYTES_PER_SECOND = 1_000_000
"""Of a file of any size that much is read and checked per second, even on slow disks."""
PACKED_FACTOR = 10
"""How much larger the content of a packed file may be, as far as its time is concerned."""
_DEADLINE_SIGNALS = frozenset({signal.SIGALRM, signal.SIGXCPU})


class UnreadableError(Obd2Error):
    """The file made its reader fail; the message says how."""


class ReaderKilledError(Obd2Error):
    """Somebody killed the reader, such as the kernel when memory ran out; nothing is known of the file."""


class UnfinishedError(Obd2Error):
    """The call goes on; whoever made it does not want to wait longer."""


class SandboxError(Obd2Error):
    """The process failed for a reason that has nothing to do with the file."""


@dataclass(frozen=True)
class Limits:
    """What a call may use."""

    seconds: float | None
    """Both of the processor and of the clock on the wall; None is as long as it takes."""
    memory_bytes: int
    """Of address space."""
    written_bytes: int | None = 0
    """Size of the largest file it may write; None is any."""


@dataclass(frozen=True)
class Allowance:
    """What reading one received file may take, by its size."""

    base_seconds: float = 60.0
    memory_bytes: int = 256 << 20
    expanded_bytes: int = 20_000_000_000
    """Size up to which a packed file is unpacked."""
    patience_seconds: float = 2.0
    """How long other files wait for the check of one."""

    def limits(self, size_bytes: int, *, is_packed: bool) -> Limits:
        """Return the limits for reading a file of a size."""
        seconds = self.base_seconds + size_bytes * (PACKED_FACTOR if is_packed else 1) / BYTES_PER_SECOND
        return Limits(seconds, self.memory_bytes, written_bytes=self.expanded_bytes if is_packed else 0)


class SandboxedCall:
    """A call that is being made in a process of its own.

    Args:
        function: of a module; takes and returns what JSON can carry.
        arguments: by name.
        limits: what it may use.
        stdout: as for `subprocess.Popen`; where the call's standard output goes.

    Raises:
        OSError: the process cannot be started.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: dict[str, Any],
        limits: Limits,
        *,
        stdout: int = subprocess.DEVNULL,
    ) -> None:
        self._limits = limits
        self._started = time.monotonic()
        self._received = bytearray()
        self._reply, writing = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-I", "-m", "obd2_backup.sandboxed", str(writing)],
                stdin=subprocess.PIPE,
                stdout=stdout,
                pass_fds=(writing,),
                env={},
                start_new_session=True,
            )
        except OSError:
            os.close(self._reply)
            raise
        finally:
            os.close(writing)
        request = {
            "function": f"{function.__module__}:{function.__name__}",
            "arguments": arguments,
            "limits": asdict(limits),
        }
        # Standard input stays open: that it closes tells the process that its parent is gone.
        with suppress(BrokenPipeError):
            self._stdin.write(json.dumps(request).encode() + b"\n")
            self._stdin.flush()

    @property
    def stdout(self) -> Any:  # noqa: ANN401 - what Popen has
        """Return the call's standard output, if a pipe was asked for."""
        return self._process.stdout

    @property
    def _stdin(self) -> Any:  # noqa: ANN401 - what Popen has
        return self._process.stdin

    def result(self, should_stop: Callable[[], bool], *, patience_seconds: float | None = None) -> Any:  # noqa: ANN401
        """Wait for the call and return what the function returned.

        Args:
            should_stop: when it turns true, the process is killed.
            patience_seconds: how long to wait; the call goes on afterwards. None is until it ends.

        Raises:
            UnfinishedError: it has not ended yet.
            StoppingError: `should_stop` became true.
            UnreadableError: the file made the process die or reach a limit.
            ReaderKilledError: the process was killed from outside.
            FileNotFoundError: the file is gone.
            OSError: the disk failed.
            SandboxError: the process failed by itself.
        """
        patient_until = None if patience_seconds is None else time.monotonic() + patience_seconds
        poll = select.poll()
        poll.register(self._reply, select.POLLIN)
        while True:
            if should_stop():
                self.kill()
                raise StoppingError("the service is stopping")
            if poll.poll(LOOK_SECONDS * 1000):
                chunk = os.read(self._reply, MAX_REPLY_BYTES)
                self._received += chunk
                if chunk and len(self._received) <= MAX_REPLY_BYTES:
                    continue
                return self._judge()
            now = time.monotonic()
            if self._limits.seconds is not None and now > self._started + self._limits.seconds + GRACE_SECONDS:
                self.kill()
                raise UnreadableError("takes too long")
            if patient_until is not None and now > patient_until:
                raise UnfinishedError("the call has not ended yet")

    def kill(self) -> None:
        """End the process, whatever it is doing; more than once does no harm."""
        self._process.kill()
        self._close()

    def _judge(self) -> Any:  # noqa: ANN401 - what the function returned
        try:
            status = self._process.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise UnreadableError("its reader does not end") from None
        finally:
            self._close()
        if status < 0:
            number = signal.Signals(-status)
            if number in _DEADLINE_SIGNALS:
                raise UnreadableError("takes too long")
            if number == signal.SIGKILL:
                raise ReaderKilledError("its reader was killed, as happens when memory runs out")
            raise UnreadableError(f"its reader dies of {number.name}")
        try:
            reply = json.loads(self._received)
        except ValueError as error:
            raise SandboxError(f"the process that reads the file ended with status {status}") from error
        if "unreadable" in reply:
            raise UnreadableError(reply["unreadable"])
        if "gone" in reply:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if "disk" in reply:
            raise OSError(None, reply["disk"])
        return reply["result"]

    def _close(self) -> None:
        with suppress(OSError):
            self._stdin.close()
        if self.stdout is not None:
            self.stdout.close()
        if self._reply >= 0:
            os.close(self._reply)
            self._reply = -1
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=GRACE_SECONDS)


def call_sandboxed(
    function: Callable[..., Any],
    arguments: dict[str, Any],
    limits: Limits,
    should_stop: Callable[[], bool] = lambda: False,
) -> Any:  # noqa: ANN401 - what the function returned
    """Make a call in a process of its own and wait for its end; raises what `SandboxedCall.result` raises."""
    call = SandboxedCall(function, arguments, limits)
    try:
        return call.result(should_stop)
    finally:
        call.kill()
