"""What pages draw of a drive, derived by the analyzer: a curve per parameter, and a map over speed and load."""

from datetime import datetime

from sqlmodel import SQLModel

from obd2_common.tables.columns import TABLE_OPTIONS, blob, key, key_number, moment, real, text, whole


class DriveSeries(SQLModel, table=True):
    """The samples of one parameter over one drive, in our unit; ``packed`` is read by `obd2_common.series`."""

    __tablename__ = "drive_series"
    __table_args__ = TABLE_OPTIONS
    source_device: str = key()
    source_epoch: int = key_number()
    drive_key: str = key(64)
    parameter_name: str = key()
    unit: str | None = text()
    started_at: datetime = moment(required=True)
    sample_count: int = whole(required=True)
    median_interval_seconds: float | None = real()
    min_value: float | None = real()
    max_value: float | None = real()
    packed: bytes = blob()


class DriveMapCell(SQLModel, table=True):
    """What one parameter read in one drive while engine speed and load were in one band.

    ``rpm_band`` and ``load_band`` are the lower edges: multiples of 500 rpm and of 10 %.
    """

    __tablename__ = "drive_map_cells"
    __table_args__ = TABLE_OPTIONS
    source_device: str = key()
    source_epoch: int = key_number()
    drive_key: str = key(64)
    parameter_name: str = key()
    rpm_band: int = key_number()
    load_band: int = key_number()
    sample_count: int = whole(required=True)
    sum_value: float | None = real()
    min_value: float | None = real()
    max_value: float | None = real()
