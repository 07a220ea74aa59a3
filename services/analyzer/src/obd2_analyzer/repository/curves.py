"""Writes the curves and maps that pages draw of a drive."""

from dataclasses import asdict

from sqlalchemy import Table, delete, insert
from sqlmodel import Session

from obd2_analyzer.facts.curves import curves, map_cells
from obd2_analyzer.facts.signals import DriveSignals
from obd2_analyzer.repository.drives import is_drive
from obd2_analyzer.repository.rows import Source
from obd2_common.tables.curves import DriveMapCell, DriveSeries

SERIES: Table = DriveSeries.__table__  # type: ignore[attr-defined]
CELLS: Table = DriveMapCell.__table__  # type: ignore[attr-defined]


def replace_curves(session: Session, source: Source, drive_key: str, signals: DriveSignals) -> None:
    """Write a drive's curves and map cells in place of those it had."""
    remove_curves(session, source, drive_key)
    connection, key = session.connection(), {**asdict(source), "drive_key": drive_key}
    for curve in curves(signals):
        row = {
            "parameter_name": curve.parameter,
            "unit": curve.unit,
            "started_at": curve.started_at,
            "sample_count": curve.sample_count,
            "median_interval_seconds": curve.median_interval_seconds,
            "min_value": curve.minimum,
            "max_value": curve.maximum,
            "packed": curve.packed,
        }
        connection.execute(insert(SERIES), {**key, **row})
    cells = [
        {
            **key,
            "parameter_name": cell.parameter,
            "rpm_band": cell.rpm_band,
            "load_band": cell.load_band,
            "sample_count": cell.sample_count,
            "sum_value": cell.total,
            "min_value": cell.minimum,
            "max_value": cell.maximum,
        }
        for cell in map_cells(signals)
    ]
    if cells:
        connection.execute(insert(CELLS), cells)


def remove_curves(session: Session, source: Source, drive_key: str) -> None:
    """Delete a drive's curves and map cells."""
    for table in (SERIES, CELLS):
        session.connection().execute(delete(table).where(*is_drive(table, source, drive_key)))
