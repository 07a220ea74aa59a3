"""An export as a workbook: sheets Drives, Statistics and Readings, written row by row."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from obd2_api.exports.readings import Export, harmless, rows, stamp
from obd2_common.plain_names import plain_name

SHEET_ROWS = 1_048_576
"""What a sheet of a workbook holds; further readings go to a next one."""
MOST_READINGS = 2_000_000
_FORGOTTEN_SECONDS = 86_400
_PART_BYTES = 64 * 1024
Cell = str | float | int | bool | None


def workbook_parts(export: Export, scratch_dir: Path, *, sheet_rows: int = SHEET_ROWS) -> Iterator[bytes]:
    """Write a workbook beside and return its bytes part by part; nothing of it stays.

    Args:
        export: what to write.
        scratch_dir: where it may take as much disk as the file will have, and its sheets before.
        sheet_rows: how many rows a sheet takes.
    """
    scratch_dir.mkdir(parents=True, exist_ok=True)
    _remove_forgotten(scratch_dir)
    with TemporaryDirectory(dir=scratch_dir) as folder:
        place = Path(folder) / "export.xlsx"
        _write(export, place, sheet_rows)
        with place.open("rb") as file:
            while part := file.read(_PART_BYTES):
                yield part


def _remove_forgotten(scratch_dir: Path) -> None:
    """Remove what a process left that was killed while it wrote."""
    for left in scratch_dir.iterdir():
        if time.time() - left.stat().st_mtime > _FORGOTTEN_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _write(export: Export, place: Path, sheet_rows: int) -> None:
    options = {"constant_memory": True, "tmpdir": str(place.parent), "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(str(place), options) as book:
        _fill(book.add_worksheet("Drives"), _drive_rows(export))
        _fill(book.add_worksheet("Statistics"), _statistic_rows(export))
        readings = _reading_rows(export)
        head = [next(readings), next(readings)]
        row = next(readings, None)
        number = 0
        while number == 0 or row is not None:
            number += 1
            sheet = book.add_worksheet("Readings" if number == 1 else f"Readings {number}")
            sheet.freeze_panes(len(head), 0)
            line = _fill(sheet, iter(head))
            while row is not None and line < sheet_rows:
                _write_row(sheet, line, row)
                line += 1
                row = next(readings, None)


def _fill(sheet: Worksheet, lines: Iterator[list[Cell]]) -> int:
    """Write rows from the top and return how many there were."""
    count = 0
    for count, cells in enumerate(lines, start=1):
        _write_row(sheet, count - 1, cells)
    return count


def _write_row(sheet: Worksheet, line: int, cells: list[Cell]) -> None:
    for place, cell in enumerate(cells):
        if isinstance(cell, str):
            # Never `write`: it takes a text for a formula, a link or a number.
            sheet.write_string(line, place, harmless(cell))
        elif isinstance(cell, bool):
            sheet.write_boolean(line, place, cell)
        elif cell is not None:
            sheet.write_number(line, place, cell)


def _drive_rows(export: Export) -> Iterator[list[Cell]]:
    yield ["Device", "Epoch", "Drive", "Start (UTC)", "End (UTC)", "Duration (s)", "Distance (km)", "Real", "Grade"]
    for drive in export.drives:
        yield [
            drive.source_device,
            drive.source_epoch,
            drive.drive_key,
            stamp(drive.started_at),
            stamp(drive.ended_at),
            drive.duration_seconds,
            drive.distance_km,
            drive.is_real,
            drive.grade,
        ]


def _statistic_rows(export: Export) -> Iterator[list[Cell]]:
    yield ["Device", "Epoch", "Drive", "Parameter", "Name", "Unit", "Samples", "Mean", "Lowest", "Highest", "Deviation"]
    for drive in export.drives:
        for each in export.statistics(drive):
            yield [
                drive.source_device,
                drive.source_epoch,
                drive.drive_key,
                each.parameter_name,
                plain_name(each.parameter_name),
                each.unit,
                each.sample_count,
                each.avg_value,
                each.min_value,
                each.max_value,
                each.std_value,
            ]


def _reading_rows(export: Export) -> Iterator[list[Cell]]:
    yield ["Device", "Epoch", "Drive", "Time", "Seconds", *(column.parameter for column in export.columns)]
    yield ["", "", "", "UTC", "s", *(column.unit for column in export.columns)]
    places = range(len(export.columns))
    for drive in export.drives:
        for row in rows(drive, export.numbered(drive)):
            yield [
                drive.source_device,
                drive.source_epoch,
                drive.drive_key,
                stamp(row.at),
                row.seconds,
                *(row.values.get(place) for place in places),
            ]
