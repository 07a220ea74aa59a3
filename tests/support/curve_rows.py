"""Stored curves and maps of drives, for tests of what is drawn and exported."""

from collections.abc import Sequence
from datetime import datetime

from obd2_common.series import pack_series
from obd2_common.tables.curves import DriveMapCell, DriveSeries
from support.api_rows import DEVICE, NOON


def curve_row(
    parameter: str,
    values: Sequence[float],
    *,
    unit: str = "°C",
    every: float = 2.0,
    begins_at: datetime = NOON,
    drive_key: str = "33",
    device: str = DEVICE,
) -> DriveSeries:
    return DriveSeries(
        source_device=device,
        source_epoch=1,
        drive_key=drive_key,
        parameter_name=parameter,
        unit=unit,
        started_at=begins_at,
        sample_count=len(values),
        median_interval_seconds=every,
        min_value=min(values),
        max_value=max(values),
        packed=pack_series([round(every * 1_000_000 * place) for place in range(len(values))], values),
    )


def cell_row(drive_key: str, rpm: int, load: int, values: list[float], *, epoch: int = 1) -> DriveMapCell:
    return DriveMapCell(
        source_device=DEVICE,
        source_epoch=epoch,
        drive_key=drive_key,
        parameter_name="TIMING_ADVANCE",
        rpm_band=rpm,
        load_band=load,
        sample_count=len(values),
        sum_value=sum(values),
        min_value=min(values),
        max_value=max(values),
    )
