"""A booted Debian 13 to provision: made, provisioned over SSH, asked from outside, restarted and removed."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.compose_file import ROOT, ComposeMissingError, require_compose
from support.stack_images import FAKE_OLLAMA, build_stand_in, full_name, require_images
from support.suite_settings import SuiteSettings

TAG = "0.0.7"
BOOT_PROGRAM = SuiteSettings().boot_target
"""Boots a Debian 13 to provision; not part of this repository."""
PLAYBOOK_PROGRAM = ROOT / ".venv-ansible" / "bin" / "ansible-playbook"
OWN_IMAGES = ("obd2-api", "obd2-analyzer", "obd2-backup", "obd2-ollama")
MYSQL_IMAGE = "mysql:9.7"
KEY_PLACE = "/etc/obd2/secrets/api_key"
HEALTHY_WITHIN_SECONDS = 180
PATIENCE_SECONDS = 900
NO_BLKIO = """
[Unit]
Description=Take the controller away that systemd and runc disagree about under cgroup v1
DefaultDependencies=no
Before=sysinit.target

[Service]
Type=oneshot
ExecStart=sh -c 'umount --lazy /sys/fs/cgroup/blkio || true'

[Install]
WantedBy=sysinit.target
"""
"""With it, systemd takes podman's containers out at some reload, and nothing can be executed in them any more."""
LIMITS_AS_THEY_ARE = """
files=$(awk '/Max open files/ {print $5}' /proc/self/limits)
processes=$(awk '/Max processes/ {print $4}' /proc/self/limits)
mkdir -p /etc/containers/containers.conf.d
printf '[containers]\\ndefault_ulimits = ["nofile=%s:%s", "nproc=%s:%s"]\\n' $files $files $processes $processes \
  >/etc/containers/containers.conf.d/01-limits.conf
"""
SETTINGS = {
    "MYSQL_BUFFER_POOL": "128M",
    "MYSQL_MEMORY": "1g",
    "OLLAMA_MEMORY": "256m",
    "DRIVE_QUIET_SECONDS": "2",
    "DRIVE_SETTLE_SECONDS": "1",
    "BACKUP_ANSWER_WAIT_SECONDS": "30",
    "BACKUP_ROTATE_MINUTES": "1",
    "BACKUP_DUMP_HOURS": "0.01",
}


class Target:
    """A container with systemd, reached by its address on the engine's bridge.

    Args:
        folder: for keys, inventories and what is sent.
        engine: what runs the stack inside, docker or podman.
    """

    def __init__(self, folder: Path, engine: str) -> None:
        self.docker = require_compose()
        self.folder = folder
        self.engine = engine
        self.name = f"obd2-ansible-{secrets.token_hex(4)}"
        self.address = ""
        self.options: tuple[str, ...] = ()
        self.patience_seconds = PATIENCE_SECONDS
        self.variables: dict[str, Any] = {
            "obd2_engine": engine,
            "obd2_server_version": TAG,
            "obd2_server_images": "load",
            "obd2_server_image_archive": "/srv/images.tar",
            "obd2_server_settings": SETTINGS,
        }

    @property
    def url(self) -> str:
        """Return the address of the api as the LAN sees it."""
        return f"http://{self.address}:8000"

    def boot(self) -> None:
        """Start the machine with a disk that is mounted at boot.

        Raises:
            ComposeMissingError: it cannot be started here; the text says why.
        """
        assert BOOT_PROGRAM is not None, "see booted_target"
        text = BOOT_PROGRAM.read_text()
        finished = self._boot_with(text)
        if "CapDrop" in finished.stderr:
            # An engine that lacks the capability itself refuses to drop it.
            finished = self._boot_with(text.replace("--cap-drop SYS_RESOURCE", ""))
        if finished.returncode:
            raise ComposeMissingError(f"no target: {finished.stderr[-300:]}")
        self.address = self._address()
        self.shell("mkdir -p /mnt/raid5 && echo '/srv/disk /mnt/raid5 none bind 0 0' >>/etc/fstab")
        self.shell("systemctl daemon-reload && systemctl start mnt-raid5.mount")
        if self.engine == "podman":
            self.shell(f"cat >/etc/systemd/system/no-blkio.service <<'END'{NO_BLKIO}END")
            self.shell("systemctl enable --now --quiet no-blkio.service")
            # A build raises limits of its own accord, which takes a right that this container may lack.
            self.shell(LIMITS_AS_THEY_ARE)
        gateway = self._inspect("{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}")
        self.variables["obd2_lan"] = [f"{gateway}/32"]

    def bring_images(self, archive: str, *images: str) -> None:
        """Copy images of this machine's engine into a file of the target."""
        with subprocess.Popen([self.docker, "save", *images], stdout=subprocess.PIPE) as saving:  # noqa: S603
            write = [self.docker, "exec", "-i", self.name, "sh", "-c", f"cat >{archive}"]
            subprocess.run(write, stdin=saving.stdout, check=True, timeout=PATIENCE_SECONDS)  # noqa: S603
        assert saving.returncode == 0

    def load(self, *images: str) -> None:
        """Give the target's engine images of this machine's, under the names they have in Docker's registry."""
        archive = "/srv/others.tar"
        self.bring_images(archive, *images)
        self.shell(f"{self.engine} load --quiet --input {archive} && rm {archive}")
        if self.engine == "podman":
            for image in images:
                self.shell(f"podman tag localhost/{image} {full_name(image)}")

    def play(
        self, *arguments: str, playbook: str = "site.yml", variables: Mapping[str, object] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a playbook over SSH; its exit status is the caller's business."""
        inventory = self.folder / "hosts.json"
        host = {
            "ansible_host": self.address,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self.folder / "id_ed25519"),
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null",
            **self.variables,
            **(variables or {}),
        }
        inventory.write_text(json.dumps({"obd2": {"hosts": {self.name: host}}}))
        return subprocess.run(  # noqa: S603 - our own arguments
            [PLAYBOOK_PROGRAM, "--inventory", inventory, *self.options, playbook, *arguments],
            cwd=ROOT / "ansible",
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            check=False,
            text=True,
            timeout=self.patience_seconds,
        )

    def converge(
        self, *arguments: str, playbook: str = "site.yml", variables: Mapping[str, object] | None = None
    ) -> tuple[int, str]:
        """Run a playbook that must go through; return how many tasks changed something, and what was said."""
        finished = self.play(*arguments, playbook=playbook, variables=variables)
        assert finished.returncode == 0, finished.stdout[-6000:] + finished.stderr[-2000:]
        recap = finished.stdout.rpartition("PLAY RECAP")[2]
        return int(recap.partition("changed=")[2].split()[0]), finished.stdout

    def try_shell(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the target; its exit status is the caller's business."""
        return subprocess.run(  # noqa: S603
            [self.docker, "exec", self.name, "sh", "-c", command],
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE_SECONDS,
        )

    def shell(self, command: str) -> str:
        """Run a command on the target that must go through; return what it said."""
        finished = self.try_shell(command)
        assert finished.returncode == 0, f"{command}\n{finished.stdout}\n{finished.stderr}"
        return finished.stdout.strip()

    def restart(self) -> None:
        """Boot the machine anew and return as soon as it begins to."""
        subprocess.run([self.docker, "restart", "--timeout", "120", self.name], check=True, capture_output=True)  # noqa: S603
        self.address = self._address()

    def health(self) -> dict[str, Any]:
        """Return what /health answers, or nothing when nobody answers."""
        with suppress(httpx.HTTPError):
            answer: dict[str, Any] = httpx.get(f"{self.url}/api/v1/health", timeout=10, trust_env=False).json()
            return answer
        return {}

    def wait_until_healthy(self, within_seconds: float = HEALTHY_WITHIN_SECONDS) -> float:
        """Wait until the service is healthy; return the seconds that took."""
        return eventually(lambda: self.health().get("status") == "healthy", within_seconds)

    def client(self) -> httpx.Client:
        """Return a client with the key the target made."""
        headers = {"X-API-Key": self.shell(f"cat {KEY_PLACE}")}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    def push(self, file: Path, device: str) -> str:
        """Push a Pi database from outside and have it proven by digests; return what was said."""
        command = [
            *(sys.executable, "-m", "obd2_cli", "push", str(file), "--url", self.url, "--device", device, "--verify"),
            *("--api-key", self.shell(f"cat {KEY_PLACE}"), "--state", str(self.folder / f"{device}.state")),
        ]
        finished = subprocess.run(  # noqa: S603
            command, cwd=self.folder, capture_output=True, check=False, text=True, timeout=PATIENCE_SECONDS
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def simulate(self, name: str, *options: str) -> Path:
        """Write a simulated Pi database and return its path."""
        file = self.folder / f"{name}.db"
        command = [sys.executable, "-m", "obd2_cli", "simulate", str(file), *options]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)  # noqa: S603
        return file

    def remove(self) -> None:
        """Remove the machine with its disks."""
        subprocess.run([self.docker, "rm", "--force", "--volumes", self.name], check=False, capture_output=True)  # noqa: S603

    def _boot_with(self, text: str) -> subprocess.CompletedProcess[str]:
        script = self.folder / "boot.sh"
        script.write_text(text)
        environment = {
            "PATH": f"{Path(self.docker).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.folder),
            "WORK": str(self.folder),
            "TARGET_OPTS": "--volume /srv/disk",
        }
        return subprocess.run(  # noqa: S603
            ["/bin/bash", script, "up", self.name],
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE_SECONDS,
        )

    def _inspect(self, template: str) -> str:
        command = [self.docker, "inspect", "--format", template, self.name]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603

    def _address(self) -> str:
        return self._inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}")


@contextmanager
def left_out_where_impossible() -> Iterator[None]:
    """Skip the test on a machine that cannot do this, or fail it when the playbooks are required to be tested."""
    try:
        yield
    except ComposeMissingError as error:
        if SuiteSettings().require_ansible:
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


@contextmanager
def booted_target(folder: Path, engine: str) -> Iterator[Target]:
    """Build the images, boot a machine and give it them; remove it at the end.

    Raises:
        ComposeMissingError: this machine cannot do that.
    """
    target = Target(folder, engine)
    if not PLAYBOOK_PROGRAM.exists():
        raise ComposeMissingError("no target: ansible is not installed, `make test-ansible` does that")
    if BOOT_PROGRAM is None:
        raise ComposeMissingError("no target: OBD2_BOOT_TARGET names no program that boots a Debian 13")
    require_images(target.docker, "python:3.13-slim-trixie", MYSQL_IMAGE)
    build_images(target.docker, folder)
    try:
        target.boot()
        target.bring_images("/srv/images.tar", *(f"{name}:{TAG}" for name in OWN_IMAGES), MYSQL_IMAGE)
        yield target
    finally:
        target.remove()


def build_images(docker: str, folder: Path) -> None:
    """Build this checkout's images, on an Ollama that needs no model."""
    build_stand_in(docker, folder / "ollama_image")
    environment = {
        "PATH": f"{Path(docker).parent}:/usr/bin:/bin",
        "HOME": str(Path.home()),
        "OBD2_VERSION": TAG,
        "OLLAMA_IMAGE": FAKE_OLLAMA,
        "OBD2_REVISION": "tested",
    }
    compose = [docker, "compose", "--env-file", ".env.example", "build", "--quiet"]
    subprocess.run(compose, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=PATIENCE_SECONDS)  # noqa: S603


def derive_images(docker: str, folder: Path, tag: str, *lines: str) -> None:
    """Make another version's images: the api's with lines added to its Dockerfile, the rest as they are."""
    build = f"RUN [\"python\", \"-c\", \"open('/opt/venv/obd2-build', 'w').write('{tag} tested')\"]"
    (folder / "Dockerfile").write_text("\n".join([f"FROM obd2-api:{TAG}", "USER 0", build, *lines, "USER 10001"]))
    command = [docker, "build", "--quiet", "--tag", f"obd2-api:{tag}", str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_SECONDS)  # noqa: S603
    for name in OWN_IMAGES[1:]:
        subprocess.run([docker, "tag", f"{name}:{TAG}", f"{name}:{tag}"], check=True, timeout=60)  # noqa: S603


def eventually(ask: Callable[[], Any], within_seconds: float = 120) -> float:
    """Ask until the answer is something; return the seconds that took."""
    started = time.monotonic()
    while not ask():
        assert time.monotonic() - started < within_seconds, f"nothing came within {within_seconds} s"
        time.sleep(1)
    return time.monotonic() - started
