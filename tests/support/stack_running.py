"""A whole stack of containers for tests: built, started, asked, broken and removed."""

import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from support.compose_file import ROOT, require_compose
from support.stack_images import build_ollama, require_images

TAG = "0.0.1"
PATIENCE_SECONDS = 600
ANSWER_SECONDS = 120
FILES = "compose.yaml:tests/e2e/stack/small_vault.yaml"
"""What a stack for tests consists of."""
SMALL = {
    "MYSQL_BUFFER_POOL": "128M",
    "MYSQL_MEMORY": "1g",
    "OLLAMA_MEMORY": "256m",
    "BACKUP_MIN_FREE_MB": "0",
    "DRIVE_QUIET_SECONDS": "2",
    "DRIVE_SETTLE_SECONDS": "1",
}


class Stack:
    """One stack under a project name and on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.docker = require_compose()
        self.project = f"obd2-test-{secrets.token_hex(4)}"
        self.vault = f"{self.project}-vault"
        self.port = free_port()
        self.secrets_dir = folder / "secrets"
        self.env_file = folder / "env"
        self.folder = folder
        self.files = FILES
        values = {
            **SMALL,
            "OBD2_VERSION": TAG,
            "OLLAMA_MODEL": "llama3.1:8b",
            "PROXY_IMAGE": "nginx:latest",
            "API_ADDRESS": "127.0.0.1",
            "PORT": str(self.port),
            "SECRETS_DIR": str(self.secrets_dir),
        }
        self.env_file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))

    @property
    def url(self) -> str:
        """Return the published address of the api."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        """Return the shared key; while it is being exchanged, the new one."""
        return (self.secrets_dir / "api_key").read_text().partition("\n")[0]

    def make(self, target: str, **variables: str) -> str:
        """Run a target of the Makefile on this stack and return what it said."""
        given = [f"{name}={value}" for name, value in variables.items()]
        return self._run(["make", "--no-print-directory", target, f"ENV_FILE={self.env_file}", *given])

    def fail_make(self, target: str, **variables: str) -> str:
        """Run a target of the Makefile that must fail and return what it said."""
        given = [f"{name}={value}" for name, value in variables.items()]
        finished = self._finish(["make", "--no-print-directory", target, f"ENV_FILE={self.env_file}", *given])
        assert finished.returncode != 0, finished.stdout
        return finished.stdout + finished.stderr

    def set_variable(self, name: str, value: str) -> None:
        """Write another value into the stack's settings; it holds when containers are next made."""
        lines = self.env_file.read_text().splitlines()
        others = [line for line in lines if not line.startswith(f"{name}=")]
        self.env_file.write_text("\n".join([*others, f"{name}={value}", ""]))

    def wait_until_idle(self) -> None:
        """Wait until no job is due now or soon, so that nothing changes by itself for a while."""
        soon = (
            "SELECT COUNT(*) FROM jobs WHERE state = 'running' "
            "OR state = 'queued' AND due_at < UTC_TIMESTAMP(6) + INTERVAL 2 MINUTE"
        )
        deadline = time.monotonic() + 120
        while int(self.sql(soon)[0][0]):
            assert time.monotonic() < deadline, "jobs go on and on"
            time.sleep(0.5)

    def compose(self, *arguments: str) -> str:
        """Run a compose command on this stack and return what it said."""
        return self._run([self.docker, "compose", "--env-file", str(self.env_file), *arguments])

    def inside(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a running container; its exit status is the caller's business."""
        return self._finish([self.docker, "compose", "--env-file", str(self.env_file), "exec", "-T", service, *command])

    def beside_the_vault(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a shell script where the vault is mounted too, outside the services' limits of memory."""
        return self._finish([self.docker, "exec", self.vault, "sh", "-c", script])

    def python(self, service: str, code: str) -> str:
        """Run Python in a container of ours and return what it printed."""
        finished = self.inside(service, "python", "-c", code)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout.strip()

    def sql(self, statement: str) -> list[list[str]]:
        """Ask the database as root; return rows of texts."""
        script = (
            "mysql --defaults-extra-file=<(printf '[client]\\nuser=root\\npassword=%s\\n' "
            '"$(</run/secrets/mysql_root_password)") --batch --skip-column-names obd2db -e "$1"'
        )
        finished = self.inside("mysql", "bash", "-c", script, "bash", statement)
        assert finished.returncode == 0, finished.stderr
        return [line.split("\t") for line in finished.stdout.splitlines()]

    def kill(self, service: str, *, replica: int = 1) -> None:
        """End a service's main process as a crash does, so that the engine starts it again by its own rule."""
        container = f"{self.project}-{service}-{replica}"
        pid = int(self._run([self.docker, "inspect", "--format", "{{.State.Pid}}", container]))
        os.kill(pid, signal.SIGKILL)

    def wait(self, *services: str) -> None:
        """Wait until services are healthy, as the settings now want them."""
        self.compose("up", "--detach", "--no-deps", "--wait", "--wait-timeout", "180", *services)

    def client(self) -> httpx.Client:
        """Return a client with the key."""
        return httpx.Client(base_url=self.url, headers={"X-API-Key": self.key}, timeout=60)

    def get(self, path: str) -> dict[str, Any]:
        """Return what the api answers to a GET."""
        with self.client() as client:
            answer: dict[str, Any] = client.get(path).raise_for_status().json()
            return answer

    def simulate(self, name: str, *options: str) -> Path:
        """Write a simulated Pi database and return its path."""
        file = self.folder / f"{name}.db"
        self._run([sys.executable, "-m", "obd2_cli", "simulate", str(file), *options])
        return file

    def push(self, file: Path, device: str, *, state: str | None = None) -> subprocess.Popen[str]:
        """Start to push a Pi database as the Pi does; a second call goes on where the first one ended.

        Args:
            file: the database.
            device: the name it is sent under.
            state: name of the file that remembers how far it came, the device's own by default.
        """
        command = [
            *(sys.executable, "-m", "obd2_cli", "push", str(file), "--url", self.url),
            *("--api-key", self.key, "--device", device, "--state", str(self.state_of(state or device))),
        ]
        return subprocess.Popen(  # noqa: S603 - our own arguments
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def state_of(self, device: str) -> Path:
        """Return the file in which the Pi stand-in keeps how far it has come."""
        return self.folder / f"{device}.state"

    def begin_push(self, file: Path, device: str) -> subprocess.Popen[str]:
        """Start a push and return once its first rows are acknowledged."""
        pushing = self.push(file, device)
        deadline = time.monotonic() + 60
        while not self.state_of(device).exists():
            assert time.monotonic() < deadline, "the push did not begin"
            time.sleep(0.02)
        return pushing

    def push_all(self, file: Path, device: str, *, attempts: int = 1) -> str:
        """Push until everything is with the server; return what the last push said."""
        said = ""
        for _ in range(attempts):
            pushing = self.push(file, device)
            said, _ = pushing.communicate(timeout=PATIENCE_SECONDS)
            if pushing.returncode == 0:
                return said
        raise AssertionError(f"not everything of {device} arrived: {said}")

    def counts(self, device: str) -> dict[str, int]:
        """Return how many rows of a device each of the Pi's tables holds."""
        tables = ("alert_log", "connection_log", "drive_summary", "dtc_log", "realtime_data", "statistics")
        union = " UNION ALL ".join(
            f"SELECT '{table}', COUNT(*) FROM {table} WHERE source_device = '{device}'"  # noqa: S608 - our own names
            for table in tables
        )
        return {table: int(count) for table, count in self.sql(union)}

    def _run(self, command: list[str]) -> str:
        finished = self._finish(command)
        assert finished.returncode == 0, f"{' '.join(command)}\n{finished.stdout}\n{finished.stderr}"
        return finished.stdout

    def _finish(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own arguments
            command,
            cwd=ROOT,
            env={**_environment(), "COMPOSE_PROJECT_NAME": self.project, "COMPOSE_FILE": self.files},
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE_SECONDS,
            stdin=subprocess.DEVNULL,
        )


@contextmanager
def running_stack(folder: Path) -> Iterator[Stack]:
    """Build the images, start a stack and remove it with its data at the end.

    Raises:
        ComposeMissingError: this machine cannot run one.
    """
    stack = Stack(folder)
    require_images(stack.docker, "python:3.13-slim-trixie", "mysql:9.7")
    stack.set_variable("OLLAMA_IMAGE", build_ollama(stack.docker, folder / "ollama_image"))
    try:
        stack.make("build")
        # A file system in memory lasts as long as a container has it: this one does, those of the stack come and go.
        stack.make("secrets")
        stack.compose("create", "backup")
        volume = [*("--volume", f"{stack.project}_backups:/backups"), "python:3.13-slim-trixie", "sleep", "infinity"]
        subprocess.run(  # noqa: S603
            [stack.docker, "run", "--detach", "--name", stack.vault, *volume], check=True, capture_output=True
        )
        stack.make("up")
        yield stack
    finally:
        subprocess.run([stack.docker, "rm", "--force", stack.vault], check=False, capture_output=True)  # noqa: S603
        stack.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "20")


def eventually(ask: Callable[[], Any], within_seconds: float = ANSWER_SECONDS) -> Any:  # noqa: ANN401 - whatever is asked for
    """Ask until the answer is something; the services work at their own pace."""
    deadline = time.monotonic() + within_seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.5)
    return answer


def source_counts(file: Path, tables: Any) -> dict[str, int]:  # noqa: ANN401 - any iterable of names
    """Return how many rows the tables of a Pi database hold."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {
            table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] if table in known else 0  # noqa: S608
            for table in tables
        }


def free_port() -> int:
    """Return a port of this machine nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment() -> dict[str, str]:
    make = shutil.which("make")
    assert make is not None
    return {
        "PATH": f"{Path(make).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(Path.home()),
    }
