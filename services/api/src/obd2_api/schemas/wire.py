"""What every document of the api has in common."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from obd2_common.time_range import is_in_range, nearest_in_range

PROBLEM_MEDIA_TYPE = "application/problem+json"
YEAR_WITH_FOUR_DIGITS = 1000


class WireModel(BaseModel):
    """A document whose members are camelCase on the wire and snake_case in Python."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)


def _in_utc(moment: datetime) -> datetime:
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is out of range") from error
    if moment.year < YEAR_WITH_FOUR_DIGITS:
        raise ValueError("is out of range")
    return moment


def _in_range(moment: datetime) -> datetime:
    if not is_in_range(moment):
        raise ValueError("is out of range")
    return moment


UtcBound = Annotated[datetime, AfterValidator(_in_utc), AfterValidator(nearest_in_range)]
"""A time a client gives to compare rows with, in UTC; one without zone is taken as UTC."""
UtcMoment = Annotated[datetime, AfterValidator(_in_utc), AfterValidator(_in_range)]
"""A time a client gives to be kept, likewise."""

DeviceId = Annotated[
    str,
    Field(
        validation_alias=AliasChoices("source_device", "deviceId"),
        serialization_alias="deviceId",
        description="The device that sent it.",
        examples=["chi-eclipse-01"],
    ),
]
Epoch = Annotated[
    int,
    Field(
        validation_alias=AliasChoices("source_epoch", "epoch"),
        serialization_alias="epoch",
        description="Which life of the device's database; a rebuilt database opens the next.",
        examples=[1],
    ),
]


class Problem(BaseModel):
    """An RFC 9457 problem document; some problems carry further members."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "Missing API key"},
            ],
        },
    )
    type: str = Field(default="about:blank", description="URI of the kind of problem; about:blank means its status.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status again.")
    detail: str = Field(description="What happened and what to do about it.")


def problem_responses(**by_status: str) -> dict[int | str, dict[str, Any]]:
    """Describe the problems a route may answer, for OpenAPI.

    Args:
        by_status: ``s404="No such drive"`` and so on.
    """
    return {
        int(name.removeprefix("s")): {
            "description": description,
            "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for name, description in by_status.items()
    }


def request_body(model: type[BaseModel]) -> dict[str, Any]:
    """Describe the JSON body of a route that reads it itself, for OpenAPI."""
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}},
        },
    }
