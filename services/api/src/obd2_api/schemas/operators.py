"""What operators say about drives and cars, as the api takes and shows it."""

from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from obd2_api.schemas.wire import DeviceId, Epoch, UtcMoment, WireModel

Note = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]
EraName = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class HoldRequest(WireModel):
    """Why a drive is to stay out of baselines."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "bench power, engine off"}]})

    reason: Note | None = Field(default=None, description="For people.")


class Recomputed(WireModel):
    """What a decision leads to."""

    recomputed: int = Field(description="How many drives are queued to be computed again because of it.", examples=[4])


class AnnotationRequest(WireModel):
    """A note about a drive."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "new intercooler fitted"}]})

    note: Note = Field(description="For people; the language model never reads it.")


class AnnotationDocument(WireModel):
    """A stored note about a drive."""

    model_config = ConfigDict(from_attributes=True)

    annotation_id: str = Field(examples=["5f0c1f0e-6d0b-4c6e-9a53-0f7d0f3f8f11"])
    note: str | None
    created_at: AwareDatetime


class EraRequest(WireModel):
    """An era to begin."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "deviceId": "chi-eclipse-01",
                    "name": "MD326328",
                    "startedAt": "2026-05-22T00:00:00Z",
                    "note": "tunable engine computer fitted",
                },
            ],
        },
    )
    device_id: Name = Field(description="Whose car.")
    name: EraName = Field(description="What to call it, for example the engine computer's number.")
    started_at: UtcMoment = Field(description="From when on; UTC if no zone.")
    note: Note | None = Field(default=None, description="For people.")


class EraDocument(WireModel):
    """A time in which a car had one engine computer and one tune; it lasts until the next one begins."""

    model_config = ConfigDict(from_attributes=True)

    device_id: DeviceId
    name: str = Field(examples=["MD326328"])
    started_at: AwareDatetime
    note: str | None
    created_at: AwareDatetime


class EraStarted(EraDocument, Recomputed):
    """An era, and what beginning it leads to."""


class EraList(WireModel):
    """Eras by device and start."""

    eras: list[EraDocument]


class ReferenceDocument(WireModel):
    """A drive that others of its era are measured against."""

    model_config = ConfigDict(from_attributes=True)

    device_id: DeviceId
    epoch: Epoch
    drive_key: str = Field(examples=["11"])
    chosen_at: AwareDatetime


class ReferenceList(WireModel):
    """The reference drives."""

    references: list[ReferenceDocument]
