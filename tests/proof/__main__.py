"""Proves that the promises of docs/reliability.md hold: ``make proof``."""

import argparse
import platform
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console

from proof.bad_input import run_bad_input
from proof.faults import run_faults
from proof.load import run_load
from proof.old_versions import run_old_versions
from proof.target import Target, open_target
from proof.verdicts import Verdict, table_of
from proof.way_in import run_way_in

PARTS = ("way-in", "load", "faults", "bad-input", "old-versions")
SHORT = {"pis": 4, "rows": 5_000, "faults": 30, "seconds": 150.0, "cases": 500}
FULL = {"pis": 20, "rows": 150_000, "faults": 300, "seconds": 1800.0, "cases": 100_000}


def main() -> int:
    """Print one table; exit with 1 when anything was lost."""
    parser = argparse.ArgumentParser(prog="make proof", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few minutes instead of hours")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="only these")
    parser.add_argument(
        "--mariadb", action="store_true", help="our own server on a MariaDB or MySQL that is killed, too"
    )
    parser.add_argument("--seed", type=int, default=1, help="of everything that is random")
    for name, meaning in (
        ("pis", "in the load"),
        ("rows", "per Pi"),
        ("faults", "to inject"),
        ("cases", "of bad input"),
    ):
        parser.add_argument(f"--{name}", type=int, help=meaning)
    parser.add_argument("--seconds", type=float, help="over which the faults are spread")
    arguments = parser.parse_args()
    given = {name: value for name in FULL if (value := getattr(arguments, name)) is not None}
    sizes = {**(SHORT if arguments.short else FULL), **given}
    console = Console(width=160, highlight=False)
    verdicts = []
    with open_target(on_mariadb=arguments.mariadb) as target:
        console.print(f"Against {target.url}, {platform.machine()}, Python {platform.python_version()}, {sizes}")
        for verdict in prove(target, arguments.parts, arguments.seed, sizes):
            console.print(f"  {verdict.part}: {verdict.tried}: {verdict.count:,}, lost {verdict.lost:,}")
            verdicts.append(verdict)
    console.print(table_of(verdicts, f"Proof of {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"))
    lost = sum(verdict.lost for verdict in verdicts)
    console.print(f"{lost:,} lost in {len(verdicts)} lines" if lost else f"nothing lost in {len(verdicts)} lines")
    return 1 if lost else 0


def prove(target: Target, parts: list[str], seed: int, sizes: dict[str, float]) -> Iterator[Verdict]:
    """Run the wanted parts one after the other."""
    run = f"proof-{uuid.uuid4().hex[:6]}"
    if "way-in" in parts:
        yield from run_way_in(target)
    if "load" in parts:
        yield from run_load(target, f"{run}-load", int(sizes["pis"]), int(sizes["rows"]))
    if "faults" in parts:
        yield from run_faults(target, f"{run}-faults", seed, int(sizes["faults"]), sizes["seconds"])
    if "bad-input" in parts:
        yield from run_bad_input(target, run, seed, int(sizes["cases"]))
    if "old-versions" in parts:
        yield from run_old_versions(on_mariadb=target.database is not None)


if __name__ == "__main__":
    sys.exit(main())
