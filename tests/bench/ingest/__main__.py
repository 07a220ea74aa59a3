"""Measures the ingest: ``make bench``."""

import argparse
import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack

from rich.console import Console
from rich.table import Table

from bench.ingest.embedded import embedded
from bench.ingest.measurements import Bench, Figure
from bench.ingest.reference import Reference
from bench.ingest.server import api_process
from obd2_common import migrate
from obd2_common.db.database import Database
from support.database_process import server_process
from support.database_server import DatabaseServer, describe

DATABASE_OPTIONS = ("--skip-name-resolve", "--character-set-server=utf8mb4", "--innodb-buffer-pool-size=1G")
"""Default durability: the log is flushed at every commit."""
GROWTH_LIMIT = 1.15


def main() -> int:
    """Print one table; exit with 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000, help="rows per measurement")
    parser.add_argument("--rounds", type=int, default=3, help="repetitions, of which the median counts")
    parser.add_argument("--stored", type=int, default=1_000_000, help="rows already stored in the growth measurement")
    parser.add_argument("--database-url", help="a database of its own on a running server; else MariaDB is started")
    arguments = parser.parse_args()
    console = Console(width=120)
    figures = []
    with ExitStack() as stack:
        server, url = _database(stack, arguments.database_url)
        console.print(f"{server.product} {server.version}, {arguments.rows:,} rows, {arguments.rounds} rounds")
        for figure in _figures(stack, url, arguments):
            console.print(f"  {figure.name}: {figure.value:.2f} {figure.unit}", highlight=False)
            figures.append(figure)
    console.print(_table(figures))
    return 0 if all(figure.is_met for figure in figures) else 1


def _database(stack: ExitStack, wanted: str | None) -> tuple[DatabaseServer, str]:
    if wanted is not None:
        server, url = describe(wanted, "as told"), wanted
    else:
        server = stack.enter_context(server_process("mariadb", DATABASE_OPTIONS))
        server.execute("CREATE DATABASE obd2_test_bench")
        url = server.database_url("obd2_test_bench")
    database = Database(url)
    migrate.upgrade(database)
    database.close()
    return server, url


def _figures(stack: ExitStack, url: str, arguments: argparse.Namespace) -> Iterator[Figure]:
    reference = Reference(url)
    stack.callback(reference.close)
    api = stack.enter_context(api_process(url))
    bench = Bench(api, reference, arguments.rows, arguments.rounds)
    bench.push_seconds()
    yield from bench.new_rows(500, 1, 0.9)
    yield from bench.new_rows(500, 4, 1.1)
    yield from bench.new_rows(5000, 1, 0.9)
    yield from bench.same_rows(500, 0.9)
    yield from bench.ping_under_load()
    yield from bench.memory()
    yield from _growth(bench, arguments.stored)
    yield from embedded(arguments.rows, arguments.rounds)


def _growth(bench: Bench, stored: int) -> Iterator[Figure]:
    before = [(bench.reference_seconds(), bench.push_seconds()) for _ in range(bench.rounds)]
    bench.fill(stored)
    after = [(bench.reference_seconds(), bench.push_seconds()) for _ in range(bench.rounds)]
    small, large = (statistics.median(ours / reference for reference, ours in pairs) for pairs in (before, after))
    plain_small, plain_large = (statistics.median(ours for _, ours in pairs) for pairs in (before, after))
    ratio = large / small
    detail = f"relative to the reference; by the clock alone {plain_large / plain_small:.2f}"
    name = f"cost with {stored:,} more rows stored / before"
    yield Figure(name, ratio, "x", f"<= {GROWTH_LIMIT}", ratio <= GROWTH_LIMIT, detail)


def _table(figures: list[Figure]) -> Table:
    table = Table(title="Ingest against a bare PyMySQL loop")
    for heading in ("measurement", "figure", "target", "", "detail"):
        table.add_column(heading, justify="right" if heading == "figure" else "left")
    for figure in figures:
        verdict = "[green]met[/green]" if figure.is_met else "[red]missed[/red]"
        table.add_row(figure.name, f"{figure.value:.2f} {figure.unit}", figure.target, verdict, figure.detail)
    return table


if __name__ == "__main__":
    sys.exit(main())
