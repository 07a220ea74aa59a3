"""The numbers by which facts are computed: how samples come together, and what earlier drives are asked for."""

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt


class Limits(BaseModel):
    """One section of an operator's file: every number has a default, nothing unknown is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Sampling(Limits):
    """How samples of different signals are brought together.

    A signal that is read more slowly than the first four allow speaks for its own interval, up to two minutes.
    """

    maximum_hole_seconds: PositiveFloat = Field(15.0, description="a longer gap ends a sustained condition")
    neighbour_seconds: PositiveFloat = Field(
        10.0, description="how far apart in time samples of two signals may be and still be compared"
    )
    status_hold_seconds: PositiveFloat = Field(15.0, description="how long a fuel system status counts")
    coolant_hold_seconds: PositiveFloat = Field(
        60.0, description="how long a coolant temperature counts; it moves slowly"
    )
    warm_coolant_celsius: float = Field(80.0, description="from here on the engine is warm")
    idle_minimum_rpm: float = Field(500.0, description="below this the engine is stopping or starting")
    idle_maximum_rpm: float = Field(1100.0, description="above this somebody has a foot on the pedal")
    band_rpm: PositiveFloat = Field(500.0, description="width of an engine speed band")
    band_load_percent: PositiveFloat = Field(10.0, description="width of a load band")


class HistoryLimits(Limits):
    """What earlier drives are asked for."""

    minimum_drives: PositiveInt = Field(5, description="earlier real drives a baseline needs")
    maximum_drives: PositiveInt = Field(50, description="only this many of the newest drives are looked at")
    baseline_drives: PositiveInt = Field(
        10, description="this many first healthy drives of an era define the usual values, before a fault can creep in"
    )
    minimum_drive_seconds: NonNegativeFloat = Field(120, description="a shorter drive is not part of the history")
    watch_sigma: PositiveFloat = Field(2.0, description="further from the history, a mean is worth watching")
    investigate_sigma: PositiveFloat = Field(3.0, description="further from the history, it should be looked into")
    trend_drives: PositiveInt = Field(10, description="drives a trend looks at")
    stable_percent: PositiveFloat = Field(5.0, description="a parameter that drifts no further is stable")
    stable_share_of_scale: PositiveFloat = Field(
        0.05, description="near zero: the same as a share of the largest absolute value"
    )
    near_zero_share: PositiveFloat = Field(
        0.1, description="a first value below this share of the largest one is near zero"
    )
    significant_correlation: PositiveFloat = Field(0.7, description="from here on a correlation is reported")
    never_compared: frozenset[str] = Field(
        frozenset({"FUEL_SYSTEM_STATUS", "MIL_ON", "DTC_COUNT", "RUNTIME_SEC"}),
        description="parameters whose mean means nothing",
    )
    absolute_drift: dict[str, PositiveFloat] = Field(
        {"SHORT_FUEL_TRIM_1": 1.0, "LONG_FUEL_TRIM_1": 1.0},
        description="parameters around zero: stable up to this much in their own unit",
    )
