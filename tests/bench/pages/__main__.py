"""Measures the pages: server time and size of each with years of drives in the database, part of ``make bench``."""

import argparse
import gzip
import math
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table as Sheet
from sqlalchemy import Table, insert

from bench.ingest.measurements import Figure
from obd2_api.auth.credentials import Client
from obd2_api.web.session import COOKIE, Sessions
from obd2_common import migrate
from obd2_common.db.database import Database
from obd2_common.logging import configure_logging
from obd2_common.series import pack_series
from obd2_common.tables.curves import DriveMapCell, DriveSeries
from obd2_common.tables.drives import Drive, DriveStatistic, Finding
from support.api_client import ApiClient, api_client
from support.api_rows import device_row, drive_row
from support.api_server import KEY
from support.database_process import server_process

MILLISECONDS_LIMIT, KILOBYTES_LIMIT, DRIVE_KILOBYTES_LIMIT = 200, 300, 120
FIRST_START = datetime(2023, 1, 1, 12, 0, tzinfo=UTC)
SAMPLES, INTERVAL_SECONDS = 900, 2
PARAMETERS = {
    "COOLANT_TEMP": "°C",
    "RPM": "rpm",
    "SPEED": "km/h",
    "LONG_FUEL_TRIM_1": "%",
    "SHORT_FUEL_TRIM_1": "%",
    "ENGINE_LOAD": "%",
    "INTAKE_TEMP": "°C",
    "MAF": "g/s",
    "THROTTLE_POS": "%",
    "TIMING_ADVANCE": "°",
    "BATTERY_V": "V",
    "O2_B1S1": "V",
}


def main() -> int:
    """Print one table; exit with 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--drives", type=int, default=1000, help="drives in the database")
    parser.add_argument("--rounds", type=int, default=7, help="repetitions, of which the median counts")
    arguments = parser.parse_args()
    configure_logging("CRITICAL", "console")
    with ExitStack() as stack:
        server = stack.enter_context(server_process("mariadb", ("--innodb-buffer-pool-size=1G",)))
        server.execute("CREATE DATABASE obd2_test_bench")
        database = Database(server.database_url("obd2_test_bench"))
        stack.callback(database.close)
        migrate.upgrade(database)
        fill(database, arguments.drives)
        figures = [
            figure
            for path, limit in pages(arguments.drives).items()
            for figure in measure(api_client(database), path, limit, arguments.rounds)
        ]
    sheet = Sheet(title=f"Pages over {arguments.drives:,} drives")
    for heading in ("page", "figure", "target", "", "detail"):
        sheet.add_column(heading, justify="right" if heading == "figure" else "left")
    for each in figures:
        verdict = "[green]met[/green]" if each.is_met else "[red]missed[/red]"
        sheet.add_row(each.name, f"{each.value:.1f} {each.unit}", each.target, verdict, each.detail)
    Console(width=120).print(sheet)
    return 0 if all(each.is_met for each in figures) else 1


def pages(drive_count: int) -> dict[str, int]:
    """Return the pages to measure, and how many kilobytes each may have."""
    device = device_row().source_device
    latest = f"/drives/{device}/{drive_count}"
    curves = "".join(f"&parameter={name}" for name in list(PARAMETERS)[:4])
    paths = ["/", "/drives", "/drives?severity=WARNING", "/trends?parameter=COOLANT_TEMP", "/compare?drive=1&drive=2"]
    paths += ["/maps?parameter=TIMING_ADVANCE", "/advice", "/backups", "/system"]
    return {
        **dict.fromkeys(paths, KILOBYTES_LIMIT),
        latest: DRIVE_KILOBYTES_LIMIT,
        f"{latest}/curves?epoch=1{curves}": DRIVE_KILOBYTES_LIMIT,
    }


def measure(client: ApiClient, path: str, kilobytes: int, rounds: int) -> Iterator[Figure]:
    """Ask for a page several times, the first of which warms the caches and does not count."""
    cookie = f"{COOKIE}={Sessions(KEY).cookie(Client(), datetime.now(UTC))}"
    seconds = []
    content = b""
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        answer = client.call("GET", path, headers={"Cookie": cookie})
        seconds.append(time.perf_counter() - begun)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        content = answer.content
    median = statistics.median(seconds[1:]) * 1000
    detail = f"quickest {min(seconds[1:]) * 1000:.0f} ms"
    target = f"<= {MILLISECONDS_LIMIT}"
    yield Figure(path[:60], median, "ms", target, median <= MILLISECONDS_LIMIT, detail)
    size = len(content) / 1000
    packed = len(gzip.compress(content)) / 1000
    yield Figure("", size, "kB", f"<= {kilobytes}", size <= kilobytes, f"{packed:.1f} kB with gzip")


def fill(database: Database, drive_count: int) -> None:
    """Store what the analyzer would have derived from so many drives of half an hour."""
    database.run(lambda session: session.add(device_row()))
    for number in range(1, drive_count + 1):
        rows = drive_rows(number)

        def write(connection: Any, rows: dict[type[Any], list[dict[str, Any]]] = rows) -> None:  # noqa: ANN401
            for kind, values in rows.items():
                table: Table = kind.__table__
                if values:
                    connection.connection().execute(insert(table), values)

        database.run(write)


def drive_rows(number: int) -> dict[type[Any], list[dict[str, Any]]]:
    """Return the derived rows of one drive, by table."""
    started_at = FIRST_START + timedelta(days=number)
    ended_at = started_at + timedelta(seconds=SAMPLES * INTERVAL_SECONDS)
    drive = drive_row(str(number), started_at=started_at, ended_at=ended_at, profile_id="daily")
    key = {"source_device": drive.source_device, "source_epoch": drive.source_epoch, "drive_key": drive.drive_key}
    offsets = [place * INTERVAL_SECONDS * 1_000_000 for place in range(SAMPLES)]
    curve = [50 + 40 * math.sin(place / 40 + number) for place in range(SAMPLES)]
    packed = pack_series(offsets, curve)
    measured = {"sample_count": SAMPLES, "min_value": min(curve), "max_value": max(curve)}
    mean = {"avg_value": statistics.fmean(curve), "std_value": 1.0, "scope": "all", "data_quality": "full"}
    drawn = {"started_at": started_at, "median_interval_seconds": float(INTERVAL_SECONDS), "packed": packed}
    finding = {"finding_number": 1, "rule": "coolant", "signal": "COOLANT_TEMP", "severity": "WARNING"}
    cells = [(rpm, load) for rpm in range(500, 4500, 500) for load in range(0, 100, 10)]
    extent = {"sample_count": 9, "sum_value": 90.0, "min_value": 8.0, "max_value": 12.0}
    return {
        Drive: [drive.model_dump()],
        DriveStatistic: [
            {**key, "parameter_name": name, "unit": unit, **measured, **mean} for name, unit in PARAMETERS.items()
        ],
        DriveSeries: [
            {**key, "parameter_name": name, "unit": unit, **measured, **drawn} for name, unit in PARAMETERS.items()
        ],
        DriveMapCell: [
            {**key, "parameter_name": "TIMING_ADVANCE", "rpm_band": rpm, "load_band": load, **extent}
            for rpm, load in cells
        ],
        Finding: [] if number % 20 else [{**key, **finding, "started_at": started_at, "sentence": "It was hot."}],
    }


if __name__ == "__main__":
    sys.exit(main())
