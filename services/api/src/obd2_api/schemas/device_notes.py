"""What the Pi noted about itself and the car it is in, as the api shows it."""

from pydantic import AliasChoices, AwareDatetime, ConfigDict, Field

from obd2_api.schemas.wire import WireModel


class Vehicle(WireModel):
    """A car the device was in."""

    model_config = ConfigDict(from_attributes=True)

    vin: str = Field(validation_alias=AliasChoices("source_id", "vin"), serialization_alias="vin")
    make: str | None
    model: str | None
    year: int | None
    engine: str | None


class PowerLoss(WireModel):
    """One discharge of the Pi's own battery; its cell reads 3.4 V empty to 4.2 V full."""

    model_config = ConfigDict(from_attributes=True)

    started_at: AwareDatetime | None = Field(
        validation_alias=AliasChoices("start_timestamp", "startedAt"), serialization_alias="startedAt"
    )
    ended_at: AwareDatetime | None = Field(
        validation_alias=AliasChoices("end_timestamp", "endedAt"),
        serialization_alias="endedAt",
        description="null while it lasts, or when the Pi went out.",
    )
    start_cell_volts: float | None = Field(
        validation_alias=AliasChoices("start_soc", "startCellVolts"), serialization_alias="startCellVolts"
    )
    end_cell_volts: float | None = Field(
        validation_alias=AliasChoices("end_soc", "endCellVolts"), serialization_alias="endCellVolts"
    )
    runtime_seconds: int | None


class Calibration(WireModel):
    """A calibration session on the Pi."""

    model_config = ConfigDict(from_attributes=True)

    start_time: AwareDatetime | None
    end_time: AwareDatetime | None
    notes: str | None


class PiRecommendation(WireModel):
    """A recommendation the Pi made itself; the server's own are under `/recommendations`."""

    model_config = ConfigDict(from_attributes=True)

    timestamp: AwareDatetime | None
    recommendation: str | None
    priority_rank: int | None = Field(description="1 comes first.")


class DeviceNotesDocument(WireModel):
    """What the Pi noted beside its drives: the newest five of each, and every car."""

    model_config = ConfigDict(from_attributes=True)

    vehicles: list[Vehicle] = Field(description="Every car the device was in, by VIN, the latest first.")
    lacks_era: bool = Field(
        description="It was in more cars than its eras keep apart: begin an era where the car changed."
    )
    power_losses: list[PowerLoss]
    calibrations: list[Calibration]
    recommendations: list[PiRecommendation]
