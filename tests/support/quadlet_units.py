"""Reads quadlet's unit files, in which a key may come more than once."""

from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "quadlet"

Unit = dict[str, dict[str, list[str]]]


def read_unit(path: Path) -> Unit:
    """Return section -> key -> values in their order."""
    unit: Unit = defaultdict(lambda: defaultdict(list))
    section = ""
    for line in path.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            unit[section][key].append(value)
    return {name: dict(keys) for name, keys in unit.items()}


def container_units() -> dict[str, Unit]:
    """Return service name -> unit."""
    return {
        path.name.removeprefix("obd2-").removesuffix(".container"): read_unit(path)
        for path in sorted(FOLDER.glob("*.container"))
    }


def given_variables(name: str) -> set[str]:
    """Return the variables of .env that a service is given when they are set."""
    lines = (FOLDER / f"{name}.env").read_text().splitlines()
    return {line for line in lines if not line.startswith("#")}
