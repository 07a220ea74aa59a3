"""Writes the podman units of this version with a host's settings: the variables of .env and the host's folders.

Prints every unit that is new, changed or removed, so that its service can be restarted; `--check` prints the same and
writes nothing. Needs nothing but Python.
"""

import argparse
import hashlib
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
OWN = ("api", "analyzer", "backup", "migrate", "ollama", "ollama-pull")
MONITORING = ("prometheus", "alertmanager")
DATABASE_USERS = ("api", "analyzer", "backup", "migrate")
LIMITED = ("api", "analyzer", "backup", "mysql", "ollama")

PLACES: tuple[tuple[str, str, str], ...] = (
    *((name, "OBD2_VERSION", r"^Image=localhost/obd2-[a-z-]+:(\S+)$") for name in OWN),
    *((name, f"{name.upper()}_CPUS", r"^PodmanArgs=.*--cpus=(\S+)") for name in LIMITED),
    *((name, f"{name.upper()}_MEMORY", r"^PodmanArgs=.*--memory=(\S+)") for name in LIMITED),
    *(
        (name, "OLLAMA_MODEL", r"^Environment=OLLAMA_MODEL=(.*)$")
        for name in ("api", "analyzer", "backup", "ollama-pull")
    ),
    *((name, "MYSQL_DATABASE", r"^Environment=DATABASE_URL=\S+/(\w+)$") for name in DATABASE_USERS),
    ("mysql", "MYSQL_DATABASE", r"^Environment=OBD2_DATABASE=(\w+)$"),
    ("mysql", "MYSQL_BUFFER_POOL", r"^Exec=.*--innodb-buffer-pool-size=(\S+)"),
    ("mysql", "MYSQL_IMAGE", r"^Image=(\S+)$"),
    ("ollama", "OLLAMA_KEEP_ALIVE", r"^Environment=OLLAMA_KEEP_ALIVE=(.*)$"),
    ("ollama", "OLLAMA_NUM_CTX", r"^Environment=OLLAMA_CONTEXT_LENGTH=(.*)$"),
    ("api", "API_ADDRESS", r"^PublishPort=([\d.]+):\d+:8000$"),
    ("api", "PORT", r"^PublishPort=[\d.]+:(\d+):8000$"),
    ("prometheus", "PROMETHEUS_IMAGE", r"^Image=(\S+)$"),
    ("prometheus", "PROMETHEUS_PORT", r"^PublishPort=127\.0\.0\.1:(\d+):9090$"),
    ("prometheus", "PROMETHEUS_RETENTION", r"^Exec=.*--storage\.tsdb\.retention\.time=(\S+)"),
    ("alertmanager", "ALERTMANAGER_IMAGE", r"^Image=(\S+)$"),
    ("alertmanager", "ALERTMANAGER_PORT", r"^PublishPort=127\.0\.0\.1:(\d+):9093$"),
)
"""Unit, variable of .env, and where in the unit its value stands."""

DROP_INS = {
    "compose.alerts.yaml": ("alerts/webhook.conf", "obd2-alertmanager.container.d/alerts.conf"),
    "compose.notices.yaml": ("notices/egress.conf", "obd2-analyzer.container.d/notices.conf"),
    "compose.replica-folder.yaml": ("replica/folder.conf", "obd2-backup.container.d/replica-folder.conf"),
    "compose.replica-s3.yaml": ("replica/s3.conf", "obd2-backup.container.d/replica-s3.conf"),
}
"""File in COMPOSE_FILE, the addition to a unit that does the same, and where podman looks for it."""


class SettingError(Exception):
    """A setting cannot be put into a unit; the text says which and why."""


def read_settings(text: str) -> dict[str, str]:
    """Return the variables of a file like .env; empty ones are absent."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs if value.strip()}


def full_image(image: str) -> str:
    """Return an image's name with its registry, which podman wants and Docker leaves out."""
    first, slash, _ = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return image
    return f"docker.io/{image}" if slash else f"docker.io/library/{image}"


def with_settings(name: str, unit: str, settings: dict[str, str]) -> str:
    """Return a service's unit with the values of the settings in their places.

    Raises:
        SettingError: a value would end the line or mean something to systemd, or the unit has no place for it.
    """
    for service, variable, pattern in PLACES:
        if service != name or variable not in settings:
            continue
        value = settings[variable]
        if not re.fullmatch(r"[\w./:@+-]+", value):
            raise SettingError(f"{variable}={value}: letters, digits and . / : @ + - _ only")
        if variable.endswith("_IMAGE"):
            value = full_image(value)
        found = re.search(pattern, unit, re.MULTILINE)
        if found is None:
            raise SettingError(f"obd2-{name}.container has no place for {variable}")
        unit = unit[: found.start(1)] + value + unit[found.end(1) :]
    if "\nEnvironmentFile=" in unit:
        # What a container is given is read when it starts: the unit has to differ when that does.
        unit = f"# Settings {fingerprint(name, settings)}\n{unit}"
    if name in MONITORING:
        unit += "\n[Install]\nWantedBy=multi-user.target\n"
    return unit


def fingerprint(name: str, settings: dict[str, str]) -> str:
    """Return a digest of the settings that a service's container is given out of the file."""
    given = (HERE / f"{name}.env").read_text().splitlines()
    read = [f"{variable}={settings[variable]}" for variable in sorted(given) if variable in settings]
    return hashlib.sha256("\n".join(read).encode()).hexdigest()[:16]


def rendered(settings: dict[str, str], *, file: str, program: str, data: str) -> dict[str, str]:
    """Return the content of every file podman shall find, by its path below the folder of units.

    Args:
        settings: variables of .env.
        file: where systemd reads the settings from that it hands on.
        program: folder of the checkout.
        data: folder of the data.

    Raises:
        SettingError: a setting cannot be used.
    """

    def moved(text: str) -> str:
        for shipped, here in (("/etc/obd2/stack.env", file), ("/opt/obd2/", f"{program}/"), ("/srv/obd2/", f"{data}/")):
            text = text.replace(f"={shipped}", f"={here}")
        return text

    monitoring = "monitoring" in settings.get("COMPOSE_PROFILES", "").split(",")
    files = {path.name: path.read_text() for path in HERE.glob("obd2-*.network")}
    for path in HERE.glob("obd2-*.container"):
        name = path.stem.removeprefix("obd2-")
        if monitoring or name not in MONITORING:
            files[path.name] = with_settings(name, moved(path.read_text()), settings)
    for part in settings.get("COMPOSE_FILE", "").split(":"):
        if Path(part).name in DROP_INS:
            source, target = DROP_INS[Path(part).name]
            files[target] = addition(source, moved((HERE / source).read_text()), settings)
    return files


def addition(source: str, text: str, settings: dict[str, str]) -> str:
    """Return an addition to a unit with the one path in it that is a setting.

    Raises:
        SettingError: the path is not given.
    """
    if source == "replica/folder.conf":
        if "REPLICA_PATH" not in settings:
            raise SettingError("compose.replica-folder.yaml: set REPLICA_PATH")
        return text.replace("=/mnt/nas/obd2:", f"={settings['REPLICA_PATH']}:")
    if source == "alerts/webhook.conf" and "ALERTMANAGER_CONFIG" in settings:
        return re.sub(r"^Volume=[^:]+:", f"Volume={settings['ALERTMANAGER_CONFIG']}:", text, flags=re.MULTILINE)
    return text


def differences(files: dict[str, str], folder: Path) -> dict[str, str]:
    """Return what has to be done in the folder: path below it -> new, changed or removed."""
    ours = [*folder.glob("obd2-*.container"), *folder.glob("obd2-*.network")]
    ours += [folder / target for _, target in DROP_INS.values() if (folder / target).exists()]
    work = {str(path.relative_to(folder)): "removed" for path in ours if str(path.relative_to(folder)) not in files}
    for name, content in files.items():
        path = folder / name
        if not path.exists():
            work[name] = "new"
        elif path.read_text() != content:
            work[name] = "changed"
    return dict(sorted(work.items()))


def main() -> int:
    """Write the units; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=Path, default=Path("/etc/obd2/stack.env"), help="file like .env")
    parser.add_argument("--program", default="/opt/obd2", help="folder of this checkout")
    parser.add_argument("--data", default="/srv/obd2", help="folder of the data")
    parser.add_argument("--into", type=Path, default=Path("/etc/containers/systemd"), help="folder of units")
    parser.add_argument("--check", action="store_true", help="tell, but do not write")
    arguments = parser.parse_args()
    try:
        settings = read_settings(arguments.settings.read_text())
        files = rendered(
            settings, file=str(arguments.settings.absolute()), program=arguments.program, data=arguments.data
        )
    except (OSError, SettingError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for name, what in differences(files, arguments.into).items():
        sys.stdout.write(f"{name} {what}\n")
        path = arguments.into / name
        if arguments.check:
            continue
        if what == "removed":
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[name])
    return 0


if __name__ == "__main__":
    sys.exit(main())
