"""Curves, events, trends, comparisons and maps as the api shows them."""

from pydantic import AwareDatetime, ConfigDict, Field

from obd2_api.schemas.wire import DeviceId, Epoch, WireModel


class NamedParameter(WireModel):
    """A parameter under the Pi's name, and what people call it."""

    parameter: str = Field(examples=["COOLANT_TEMP"])
    name: str = Field(description="What people call it.", examples=["coolant temperature"])
    unit: str | None = Field(description="Unit of every value here.", examples=["°C"])


class SeriesLine(NamedParameter):
    """The curve of one parameter over one drive."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "parameter": "COOLANT_TEMP",
                    "name": "coolant temperature",
                    "unit": "°C",
                    "sampleCount": 676,
                    "medianIntervalSeconds": 2.1,
                    "isReduced": False,
                    "seconds": [0.0, 2.1, 60.0, 120.5],
                    "values": [88.0, 89.0, None, 91.0],
                }
            ]
        }
    )

    sample_count: int = Field(description="Samples in the whole drive.")
    median_interval_seconds: float | None = Field(description="How often it was read: half of the pauses are shorter.")
    is_reduced: bool = Field(
        description="Only the lowest and the highest sample of each stretch are here; a shorter stretch has all."
    )
    seconds: list[float] = Field(description="Seconds since the start of the drive, ascending.")
    values: list[float | None] = Field(description="One per second above; null is a gap: do not join its neighbours.")


class SeriesDocument(WireModel):
    """Curves of one drive."""

    device_id: DeviceId
    epoch: Epoch
    drive_key: str
    started_at: AwareDatetime | None = Field(description="Second 0 of every line.")
    ended_at: AwareDatetime | None
    parameters: list[str] = Field(description="Every parameter the drive has a curve of.")
    lines: list[SeriesLine]


class DriveEvent(WireModel):
    """Something that happened in a drive."""

    kind: str = Field(description="finding, trouble_code, alert or connection.", examples=["finding"])
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = Field(description="Null for what has no length.")
    seconds: float = Field(description="Since the start of the drive; negative before it.")
    text: str = Field(description="What happened, for people.")
    severity: str | None = Field(description="Of a finding.")
    parameter: str | None = Field(description="The parameter or trouble code it is about.")


class EventList(WireModel):
    """What happened in a drive, in the order of time."""

    started_at: AwareDatetime | None
    events: list[DriveEvent]


class TrendPoint(WireModel):
    """One parameter in one drive."""

    epoch: Epoch
    drive_key: str
    started_at: AwareDatetime
    mean: float | None
    minimum: float | None
    maximum: float | None
    sample_count: int
    grade: str | None


class EraBand(WireModel):
    """The time between two changes of the car."""

    name: str | None = Field(description="Null before the first era.")
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None


class TrendDocument(NamedParameter):
    """One parameter over the real drives of a device."""

    device_id: DeviceId
    scope: str = Field(description="Which samples count, as in a drive's statistics.")
    eras: list[EraBand]
    points: list[TrendPoint] = Field(description="By start.")


class ComparedDrives(WireModel):
    """One side of a comparison: a drive, or the drives of an era."""

    label: str
    drive_count: int
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None


class ComparedParameter(NamedParameter):
    """One parameter on every side; null where a side has none."""

    means: list[float | None]
    minimums: list[float | None]
    maximums: list[float | None]


class ComparisonDocument(WireModel):
    """Drives, or eras, beside each other."""

    device_id: DeviceId
    sides: list[ComparedDrives]
    parameters: list[ComparedParameter] = Field(description="In the order of their names; lists are by side.")


class MapCellDocument(WireModel):
    """What was read within one band of engine speed and load."""

    model_config = ConfigDict(from_attributes=True)

    rpm_band: int = Field(description="Lower edge; a band is 500 rpm wide.")
    load_band: int = Field(description="Lower edge; a band is 10 % wide.")
    sample_count: int
    mean: float
    minimum: float
    maximum: float


class MapDocument(NamedParameter):
    """One parameter over engine speed and load."""

    device_id: DeviceId
    drive_count: int = Field(description="Drives whose samples are in it.")
    minimum_samples: int = Field(description="Cells with fewer are left out.")
    cells: list[MapCellDocument]
