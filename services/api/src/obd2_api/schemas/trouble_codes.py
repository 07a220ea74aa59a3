"""Trouble codes as the api shows them, and what else the Pi itself noted about a drive."""

from typing import Any

from pydantic import AwareDatetime, ConfigDict, Field

from obd2_api.schemas.wire import DeviceId, Epoch, WireModel


class TroubleCode(WireModel):
    """One trouble code of a drive, in brief."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(description="As the standard writes it; another text of the log as it is.", examples=["P0301"])
    status: str = Field(description="stored, pending or cleared, as the log says by now.", examples=["stored"])


class TroubleCodeDetail(TroubleCode):
    """One trouble code of a drive."""

    description: str = Field(description="The Pi's text, else the server's.", examples=["Misfire on cylinder 1"])
    first_seen_at: AwareDatetime | None
    last_seen_at: AwareDatetime | None = Field(description="No later than the drive.")
    is_new: bool = Field(description="No earlier drive had it.")
    freeze_frame: dict[str, Any] | None = Field(
        description="What the car measured when the code was set, by parameter; null without a readable frame.",
        examples=[{"RPM": 2210.0, "COOLANT_TEMP": 93.0}],
    )
    freeze_frame_text: str | None = Field(description="A frame that could not be read, as it came.")


class CodeOverDrives(TroubleCode):
    """One trouble code of a device over all its drives; ``status`` is that of the latest drive that had it."""

    device_id: DeviceId
    epoch: Epoch
    description: str = Field(description="The Pi's text, else the server's.", examples=["Misfire on cylinder 1"])
    first_seen_at: AwareDatetime | None
    last_seen_at: AwareDatetime | None
    drive_count: int = Field(description="In how many drives it was there.")
    latest_drive_key: str = Field(description="The latest of them.", examples=["33"])


class CodeList(WireModel):
    """Trouble codes, the one seen last first."""

    codes: list[CodeOverDrives]


class PiAlert(WireModel):
    """An alert the Pi raised while the car was driven; the server judges by its own rules."""

    model_config = ConfigDict(from_attributes=True)

    timestamp: AwareDatetime | None
    alert_type: str | None = Field(examples=["coolant_temp_critical"])
    parameter_name: str | None = Field(examples=["COOLANT_TEMP"])
    value: float | None
    threshold: float | None


class StartConditions(WireModel):
    """What the Pi noted when a drive began."""

    model_config = ConfigDict(from_attributes=True)

    ambient_temp_at_start_c: float | None = Field(description="Outside, in °C; null after a warm restart.")
    starting_battery_v: float | None = Field(description="Voltage before the engine charged, in V.")
    barometric_kpa_at_start: float | None = Field(description="Air pressure in kPa.")
