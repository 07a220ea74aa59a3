"""A freshly booted Debian 13, with systemd as its first process, as a container to install into."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from support.checkout_files import ROOT, checkout_files
from support.stack_images import full_name

IMAGE = "debian13-systemd:local"
"""An image that boots Debian 13 with systemd; tests build none."""
PATIENCE_SECONDS = 1500
_OPTIONS = (
    *("--cgroupns=private", "--cap-add", "ALL", "--device-cgroup-rule", "a *:* rwm"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--security-opt", "systempaths=unconfined"),
    *("--tmpfs", "/run:exec", "--tmpfs", "/tmp:exec", "--stop-signal", "SIGRTMIN+3"),  # noqa: S108 - the guest's own
)


class MissingDebianError(Exception):
    """This machine cannot boot one."""


class BootedDebian:
    """A machine to be root on."""

    def __init__(self, docker: str, container: str) -> None:
        self._docker = docker
        self.container = container

    @property
    def address(self) -> str:
        """Return the address the machine has on the engine's network."""
        found = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return _run([self._docker, "inspect", "--format", found, self.container]).stdout.strip()

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a bash script as root and return what it said; its exit status is the caller's business."""
        command = [self._docker, "exec", "--interactive", self.container, "bash", "-c", "exec bash <(cat) 2>&1"]
        return _run(command, input_text=script)

    def copy_checkout(self, target: str) -> None:
        """Put the project's files into a folder, owned by root."""
        listing = "\0".join(str(path.relative_to(ROOT)) for path in checkout_files())
        packed = subprocess.run(
            ["tar", "--null", "--ignore-failed-read", "--files-from", "-", "--create", "--file", "-"],  # noqa: S607
            cwd=ROOT,
            input=listing.encode(),
            capture_output=True,
            check=False,
        ).stdout
        unpack = f"mkdir -p {target} && tar --extract --no-same-owner --directory {target} --file -"
        command = [self._docker, "exec", "--interactive", self.container, "sh", "-c", unpack]
        subprocess.run(command, input=packed, check=True, timeout=PATIENCE_SECONDS)  # noqa: S603

    def load_into_podman(self, *images: str) -> None:
        """Give the machine's podman images of this engine, under the names they have in Docker's registry."""
        with subprocess.Popen([self._docker, "save", *images], stdout=subprocess.PIPE) as saving:  # noqa: S603
            load = [self._docker, "exec", "--interactive", self.container, "podman", "load", "--quiet"]
            subprocess.run(load, stdin=saving.stdout, check=True, capture_output=True, timeout=PATIENCE_SECONDS)  # noqa: S603
        for image in images:
            short = f"localhost/{image}"
            named = self.run(f"podman tag {short} {full_name(image)} && podman untag {short} {short}")
            assert named.returncode == 0, named.stdout

    def reboot(self) -> None:
        """Stop the machine in order, start it again and wait until it is up."""
        _run([self._docker, "restart", "--time", "60", self.container])
        self.wait_until_up()

    def wait_until_up(self) -> None:
        """Wait until systemd has started what it was told to."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.run("systemctl is-system-running").stdout.strip() not in {"running", "degraded"}:
            if time.monotonic() > deadline:
                raise AssertionError(self.run("systemctl list-jobs --no-pager").stdout)
            time.sleep(0.5)


@contextmanager
def booted_debian(name: str, *options: str) -> Iterator[BootedDebian]:
    """Boot a machine and throw it away at the end.

    Args:
        name: of machine and container.
        options: further ones of `docker run`.

    Raises:
        MissingDebianError: there is no container engine, or it lacks the image.
    """
    docker = shutil.which("docker")
    if docker is None or _run([docker, "image", "inspect", IMAGE]).returncode:
        raise MissingDebianError(f"no container engine answers, or the image {IMAGE} is not there")
    started = _run([docker, "run", "--detach", "--name", name, "--hostname", name, *_OPTIONS, *options, IMAGE])
    try:
        if started.returncode:
            raise MissingDebianError(f"the engine cannot boot it: {started.stdout}")
        machine = BootedDebian(docker, name)
        machine.wait_until_up()
        yield machine
    finally:
        _run([docker, "rm", "--force", "--volumes", name])


def _run(command: list[str], *, input_text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own commands
        command,
        input=input_text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
