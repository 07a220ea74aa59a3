"""A Debian 13 of an owner's: settings and a locked vault beside the inventory, images made on the host from sources."""

import json
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.ansible_target import BOOT_PROGRAM, MYSQL_IMAGE, PLAYBOOK_PROGRAM, Target
from support.compose_file import ROOT, ComposeMissingError
from support.stack_images import FAKE_OLLAMA, build_stand_in, require_images

PYTHON_IMAGE = "python:3.13-slim-trixie"
MONITORING_IMAGES = ("prom/prometheus:v3.5.3", "prom/alertmanager:v0.33.1")
REGISTRY_IMAGE = "registry:2.8.3"
BUILD_PATIENCE_SECONDS = 2400
"""Three images are compiled on a host that shares its cores."""
SAMPLER = """
import glob, pathlib, time
seen, end = set(), time.time() + 2400
while time.time() < end and not pathlib.Path("/srv/enough").exists():
    for name in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            seen.add(pathlib.Path(name).read_bytes())
        except OSError:
            pass
    time.sleep(0.05)
pathlib.Path("/srv/seen").write_bytes(b"\\n".join(seen))
pathlib.Path("/srv/seen").rename("/srv/command-lines")
"""
"""Notes every command line it sees."""


@dataclass
class BareHost:
    """A host and what its owner gave it."""

    target: Target
    vault: dict[str, Any] = field(default_factory=dict)
    said: str = ""
    """What the first run told, at -vv."""
    command_lines: str = ""
    """Of every process seen on the host during that run."""

    @property
    def given(self) -> list[str]:
        """Return every secret of the vault."""
        return [
            secret for value in self.vault.values() for secret in (value.values() if type(value) is dict else [value])
        ]

    def lock(self) -> None:
        """Write the vault beside the inventory, encrypted."""
        folder = self.target.folder / "group_vars" / "obd2"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "ansible" / "inventory" / "example" / "group_vars" / "obd2" / "main.yml", folder)
        (folder / "vault.yml").write_text(json.dumps(self.vault))
        password_file = self.target.folder / "vault-password"
        password_file.write_text(secrets.token_hex(16))
        self.target.options = ("--vault-password-file", str(password_file))
        lock = [
            str(PLAYBOOK_PROGRAM.with_name("ansible-vault")),
            "encrypt",
            *self.target.options,
            str(folder / "vault.yml"),
        ]
        subprocess.run(lock, check=True, capture_output=True, timeout=60)  # noqa: S603 - our own arguments

    def converge_watched(self) -> None:
        """Run `site.yml` and note what it tells and which command lines it causes."""
        self.target.shell(f"cat >/srv/sampler.py <<'END'{SAMPLER}END")
        self.target.shell("setsid python3 /srv/sampler.py >/dev/null 2>&1 &")
        _, self.said = self.target.converge("-vv", "--diff")
        self.target.shell("touch /srv/enough; until [ -s /srv/command-lines ]; do sleep 0.2; done; rm /srv/enough")
        self.command_lines = self.target.shell("tr '\\0' ' ' </srv/command-lines")


def vault_for(listener: str) -> dict[str, Any]:
    """Return what an owner may put into the vault, with alerts going to a listener."""
    return {
        "vault_obd2_api_key": f"key-{secrets.token_hex(20)}",
        "vault_obd2_database_passwords": {
            name: f"{name[:2]}.{secrets.token_hex(16)}~"
            for name in ("mysql_root_password", "db_migrate_password", "db_api_password", "db_analyzer_password")
        },
        "vault_obd2_secret_settings": {"BACKUP_REPLICA_KEY_ID": f"id-{secrets.token_hex(16)}"},
        "vault_obd2_secret_files": {
            "alert_url": f"{listener}/{secrets.token_hex(16)}/alert",
            "watchdog_url": f"{listener}/{secrets.token_hex(16)}/watchdog",
        },
    }


@contextmanager
def bare_host(folder: Path, listener: str) -> Iterator[BareHost]:
    """Boot a machine with an engine that has the images of others and none of ours; remove it at the end.

    Args:
        folder: for keys, the inventory and the vault.
        listener: where alerts go.

    Raises:
        ComposeMissingError: this machine cannot do that.
    """
    target = Target(folder, "docker")
    if not PLAYBOOK_PROGRAM.exists() or BOOT_PROGRAM is None:
        raise ComposeMissingError("no target: ansible or the script that boots a Debian 13 is missing")
    images = (PYTHON_IMAGE, MYSQL_IMAGE, REGISTRY_IMAGE, *MONITORING_IMAGES)
    require_images(target.docker, *images)
    build_stand_in(target.docker, folder / "ollama_image")
    for name in ("obd2_server_version", "obd2_server_images", "obd2_server_image_archive"):
        del target.variables[name]
    target.variables |= {"obd2_server_ollama_image": FAKE_OLLAMA, "obd2_monitoring": True, "obd2_alerts": True}
    target.patience_seconds = BUILD_PATIENCE_SECONDS
    host = BareHost(target, vault_for(listener))
    try:
        target.boot()
        host.lock()
        target.converge("--tags", "base,engine")
        target.bring_images("/srv/images.tar", *images, FAKE_OLLAMA)
        target.shell("docker load --quiet --input /srv/images.tar && rm /srv/images.tar")
        host.converge_watched()
        yield host
    finally:
        target.remove()
