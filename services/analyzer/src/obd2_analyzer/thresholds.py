"""The numbers of the post-drive rules: read from thresholds.toml, overridden by an operator's file, validated."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from obd2_common.errors import ConfigurationError


class _Section(BaseModel):
    """A section of the file: every number stated, nothing unknown, nothing changed at run time."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Sampling(_Section):
    """How samples of different signals are brought together."""

    maximum_hole_seconds: PositiveFloat
    neighbour_seconds: PositiveFloat
    status_hold_seconds: PositiveFloat
    coolant_hold_seconds: PositiveFloat
    warm_coolant_celsius: float
    idle_minimum_rpm: float
    idle_maximum_rpm: float
    band_rpm: PositiveFloat
    band_load_percent: PositiveFloat


class CoolantLimits(_Section):
    """Coolant temperature, sustained, warmed up."""

    alert_celsius: float
    warning_celsius: float
    stop_above_celsius: float
    sustained_seconds: NonNegativeFloat
    skip_first_seconds: NonNegativeFloat
    cold_start_below_celsius: float
    standstill_downgrade_seconds: NonNegativeFloat


class IdleLimits(_Section):
    """Unsteadiness of the warm idle."""

    sigma_ratio: PositiveFloat
    sigma_floor_rpm: PositiveFloat
    minimum_samples: PositiveInt


class StftLimits(_Section):
    """Short-term trim away from its centre."""

    centred_percent: PositiveFloat
    ltft_stable_sigma_percent: PositiveFloat
    minimum_samples: PositiveInt


class LtftLimits(_Section):
    """Long-term trim against the reference drive and the latest drives."""

    lean_percent: float
    watch_sigma: PositiveFloat
    investigate_sigma: PositiveFloat
    sigma_floor_percent: PositiveFloat
    rolling_drives: PositiveInt
    minimum_samples: PositiveInt
    idle_lock_percent: float


class IatLimits(_Section):
    """Intake air above ambient."""

    above_ambient_celsius: PositiveFloat
    sustained_seconds: NonNegativeFloat
    ambient_maximum_celsius: float


class BatteryLimits(_Section):
    """System voltage with the engine running."""

    alert_below_volts: PositiveFloat
    stop_below_volts: PositiveFloat
    sustained_seconds: NonNegativeFloat
    engine_running_rpm: PositiveFloat


class TimingLimits(_Section):
    """Ignition timing at medium load."""

    at_most_degrees: float
    load_above_percent: float
    samples_in_a_row: PositiveInt


class KnockRetardLimits(_Section):
    """Ignition timing pulled below its baseline under load."""

    load_percent: float
    samples_in_a_row: PositiveInt
    alert_degrees: PositiveFloat
    warning_degrees: PositiveFloat
    stop_above_degrees: PositiveFloat
    default_baseline_degrees: float
    minimum_band_samples: PositiveInt


class MafLimits(_Section):
    """Air mass per engine speed band against earlier drives."""

    watch_sigma: PositiveFloat
    sigma_floor_share: PositiveFloat
    minimum_band_samples: PositiveInt
    minimum_bands: PositiveInt
    minimum_band_share: PositiveFloat


class O2Limits(_Section):
    """The narrow-band sensor's swing in closed loop."""

    minimum_range_volts: PositiveFloat
    sustained_seconds: NonNegativeFloat


class HistoryLimits(_Section):
    """What earlier drives are asked for."""

    minimum_drives: PositiveInt
    maximum_drives: PositiveInt
    minimum_drive_seconds: NonNegativeFloat
    watch_sigma: PositiveFloat
    investigate_sigma: PositiveFloat
    trend_drives: PositiveInt
    stable_percent: PositiveFloat
    stable_share_of_scale: PositiveFloat
    near_zero_share: PositiveFloat
    significant_correlation: PositiveFloat
    never_compared: frozenset[str]
    absolute_drift: dict[str, PositiveFloat]


SEVERITIES = frozenset({"WATCH", "ALERT", "INVESTIGATE", "WARNING", "STOP"})
RULE_NAMES = frozenset({"coolant", "idle", "stft", "ltft", "iat", "battery", "timing", "knock_retard", "maf", "o2"})


class GradeStep(_Section):
    """One grade and the points up to which it is given."""

    grade: str = Field(min_length=1, max_length=8)
    up_to_points: NonNegativeFloat


class GradeLimits(_Section):
    """Points, weights and the grades they lead to."""

    minimum_drive_seconds: NonNegativeFloat
    steps: tuple[GradeStep, ...] = Field(min_length=1)
    worst: str = Field(min_length=1, max_length=8)
    points: dict[str, NonNegativeFloat]
    weights: dict[str, NonNegativeFloat]

    @field_validator("points", "weights")
    @classmethod
    def names_are_complete(cls, table: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        """Refuse a table that misses a severity or rule, or names one that does not exist."""
        wanted = SEVERITIES if info.field_name == "points" else RULE_NAMES
        if wanted != set(table):
            raise ValueError(f"must name exactly {', '.join(sorted(wanted))}")
        return table


class Thresholds(_Section):
    """All numbers of the rules."""

    sampling: Sampling
    coolant: CoolantLimits
    idle: IdleLimits
    stft: StftLimits
    ltft: LtftLimits
    iat: IatLimits
    battery: BatteryLimits
    timing: TimingLimits
    knock_retard: KnockRetardLimits
    maf: MafLimits
    o2: O2Limits
    history: HistoryLimits
    grade: GradeLimits


def load_thresholds(override: Path | None = None) -> Thresholds:
    """Read the shipped numbers, with an operator's file laid over them section by section.

    Raises:
        ConfigurationError: the operator's file cannot be read, or a number in it cannot be used.
    """
    shipped = tomllib.loads(resources.files("obd2_analyzer").joinpath("thresholds.toml").read_text("utf-8"))
    if override is None:
        return Thresholds.model_validate(shipped)
    try:
        own = tomllib.loads(override.read_text("utf-8"))
        return Thresholds.model_validate(_merged(shipped, own))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"the thresholds file {override} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"the thresholds file {override}: {place}: {first['msg']}") from error


def _merged(shipped: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(shipped)
    for name, value in own.items():
        held = merged.get(name)
        merged[name] = _merged(held, value) if isinstance(held, Mapping) and isinstance(value, Mapping) else value
    return merged
