"""A drive beside the earlier ones of its device, as the api shows it."""

from pydantic import AwareDatetime, Field

from obd2_api.schemas.wire import WireModel


class HistoryBaseline(WireModel):
    """Mean and spread of the earlier drives' means."""

    mean: float | None
    sigma: float | None
    drive_count: int


class HistoryComparison(WireModel):
    """How far the drive's mean of one parameter lies from that of earlier drives."""

    parameter: str
    mean: float | None
    baseline: HistoryBaseline
    distance_sigma: float | None = Field(description="In standard deviations; null while the history has no spread.")
    status: str | None = Field(description="NORMAL, WATCH or INVESTIGATE; null while the distance is.")
    is_shown: bool = Field(description="False while there are too few earlier drives to speak of.")


class HistoryAnomaly(WireModel):
    """A mean outside what the history lets expect."""

    parameter: str
    observed: float | None
    expected_minimum: float | None
    expected_maximum: float | None
    distance_sigma: float | None
    direction: str = Field(description="ABOVE or BELOW.")
    severity: str


class HistoryTrend(WireModel):
    """Where the means of one parameter go over the last drives, this one included."""

    parameter: str
    direction: str = Field(description="STABLE, RISING or FALLING.")
    drift: float | None = Field(description="From the first to the last drive along one straight line.")
    drift_percent: float | None = Field(description="The same in percent; null where percent mean nothing.")
    correlation: float | None
    is_significant: bool
    drive_count: int
    is_shown: bool = Field(description="False while there are too few drives to speak of.")
    first_value: float | None = Field(None, description="Where the line begins.")
    last_value: float | None = Field(None, description="Where it ends.")
    first_at: AwareDatetime | None = Field(None, description="When the first of the drives started.")
    last_at: AwareDatetime | None = Field(None, description="When the last of them started.")


class HistoryCorrelation(WireModel):
    """Pearson's r of two parameters' means over drives."""

    first: str
    second: str
    coefficient: float | None
    drive_count: int


class DriveHistory(WireModel):
    """What the earlier real drives of the same device and era say about this one."""

    prior_drive_count: int = Field(description="Earlier drives it is compared with.")
    comparisons: list[HistoryComparison]
    anomalies: list[HistoryAnomaly]
    trends: list[HistoryTrend]
    correlations: list[HistoryCorrelation]
