"""Analyses as they are asked for and answered."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AliasChoices,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    computed_field,
    field_validator,
    model_validator,
)
from pydantic.config import JsonDict

from obd2_api.schemas.wire import UtcBound, WireModel

_RECOMMENDATION_EXAMPLE: JsonDict = {
    "rank": 1,
    "category": "Electrical",
    "confidence": 0.7,
    "recommendation": "System voltage stayed below 12 V for 1 min 40 s with the engine running and fell to 11.8 V. "
    "With the engine off, look whether the alternator belt is there and tight. Seen on 3 drives since 3 July 2026.",
    "rule": "battery",
    "signal": "BATTERY_V",
    "severity": "ALERT",
    "firstSeenAt": "2026-07-03T16:02:11Z",
    "occurrences": 3,
    "isRepeat": True,
    "state": "open",
    "decision": None,
}


class DecisionDocument(WireModel):
    """What an operator decided about a recommendation and its repeats."""

    model_config = ConfigDict(from_attributes=True)

    decision: Literal["done", "dismissed", "open"] = Field(description="`open` took the one before back.")
    reason: str | None = Field(description="Why, for people.")
    decided_at: AwareDatetime
    decided_by: str = Field(description="Id of the key that decided; `shared` is the shared key.")


class RecommendationItem(WireModel):
    """One piece of advice."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_RECOMMENDATION_EXAMPLE]})

    rank: int = Field(description="1 is the most important.")
    category: str = Field(description="Cooling, Fueling, Boost, Electrical, Mechanical, Diagnostic or Baseline.")
    confidence: float | None = Field(description="0 to 1.")
    recommendation: str | None = Field(description="What to do and why, with the numbers behind it.")
    rule: str | None = Field(
        default=None,
        description="The rule that found it, else anomaly, trend or correlation; null for old recommendations.",
    )
    signal: str | None = Field(default=None, description="The parameter or trouble code it is about.")
    severity: str | None = Field(
        default=None,
        description="WATCH, ALERT, INVESTIGATE, WARNING or STOP; null for what is no finding. From ALERT up it "
        "stands in every answer.",
    )
    first_seen_at: AwareDatetime | None = Field(
        default=None, description="Begin of the first drive that showed the same."
    )
    occurrences: int = Field(default=1, description="How many drives showed the same by then, this one included.")
    state: Literal["open", "done", "dismissed"] = Field(
        default="open",
        description="What is decided done opens again when a later drive shows it, what is dismissed when it worsens.",
    )
    decision: DecisionDocument | None = Field(default=None, description="The latest about it, however it stands now.")

    @computed_field(description="Earlier drives showed the same.")  # type: ignore[prop-decorator]
    @property
    def is_repeat(self) -> bool:
        """Tell whether it repeats what earlier drives showed."""
        return self.occurrences > 1


class RecommendationDocument(RecommendationItem):
    """One piece of advice with the facts it rests on."""

    evidence: list[dict[str, Any]] | None = Field(description="The facts it cites.")
    is_duplicate_of: str | None = Field(
        default=None, description="`<analysisId>/<rank>` of the earlier recommendation it repeats."
    )


_Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]
_Names = Annotated[
    list[_Name], Field(max_length=100), BeforeValidator(lambda value: [] if value in (None, {}) else value)
]
_NAMES_SCHEMA: JsonDict = {
    "anyOf": [
        {"type": "array", "items": {"type": "string"}},
        {"type": "object", "maxProperties": 0},
        {"type": "null"},
    ],
}


class AnalyzeRequest(WireModel):
    """What `POST /analyze` takes: a drive by the Pi's id or by its key, or a window of time.

    A drive wins over a window; members that are not known are ignored.
    """

    model_config = ConfigDict(
        hide_input_in_errors=True,
        json_schema_extra={
            "examples": [
                {"drive_id": 33, "parameters": {}},
                {
                    "drive_id": 33,
                    "deviceId": "chi-eclipse-01",
                    "parameters": ["RPM", "COOLANT_TEMP"],
                    "focusAreas": ["cooling"],
                },
                {
                    "profileId": "daily",
                    "driveStartTime": "2026-07-11T17:41:00Z",
                    "driveEndTime": "2026-07-11T18:05:00Z",
                    "parameters": ["RPM"],
                    "focusAreas": ["fueling"],
                    "deviceId": "chi-eclipse-01",
                },
            ],
        },
    )
    drive_id: int | None = Field(
        default=None,
        validation_alias=AliasChoices("drive_id", "driveId"),
        ge=0,
        le=2**63 - 1,
        description="The Pi's id of the drive.",
    )
    drive_key: _Name | None = Field(default=None, description="Instead: the drive's key, also of a derived drive.")
    drive_start_time: UtcBound | None = Field(default=None, description="Instead: begin of a window; UTC if no zone.")
    drive_end_time: UtcBound | None = Field(default=None, description="End of the window; UTC if no zone.")
    device_id: _Name | None = Field(default=None, description="Else the device that sent last.")
    epoch: int | None = Field(default=None, ge=1, le=2**63 - 1, description="Else the latest that has the drive.")
    profile_id: _Name | None = Field(default=None, description="Only rows of this logging profile.")
    parameters: _Names = Field(
        default=[], description="Milder findings only of these; empty means all.", json_schema_extra=_NAMES_SCHEMA
    )
    focus_areas: _Names = Field(default=[], description="What matters most.", json_schema_extra=_NAMES_SCHEMA)
    require_llm: bool = Field(default=False, description="Rule findings alone are no answer.")

    @field_validator("drive_id", "epoch", mode="before")
    @classmethod
    def _is_no_boolean(cls, value: object) -> object:
        if isinstance(value, bool):  # Pydantic would take true for 1
            raise ValueError("must be a number")  # noqa: TRY004 - what Pydantic reports
        return value

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.drive_id is not None or self.drive_key is not None:
            return self
        if self.drive_start_time is None or self.drive_end_time is None:
            raise ValueError("give drive_id, driveKey, or both driveStartTime and driveEndTime")
        if self.drive_start_time > self.drive_end_time:
            raise ValueError("driveStartTime lies after driveEndTime")
        return self


class AnalyzeAnswer(WireModel):
    """What `POST /analyze` answers; the id stands under two names, for old scripts and new ones."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "analysis_id": "an-7d0be1a4",
                    "analysisId": "an-7d0be1a4",
                    "engine": "llm",
                    "model": "llama3.1:8b",
                    "message": "1 recommendation from llama3.1:8b",
                    "processingTimeMs": 5210,
                    "recommendations": [_RECOMMENDATION_EXAMPLE],
                },
            ],
        },
    )
    status: Literal["ok"] = "ok"
    analysis_id_snake: str = Field(alias="analysis_id", description="The id of the analysis.")
    analysis_id: str = Field(description="The same id again.")
    engine: str | None = Field(description="`llm` when the language model spoke, `rules` when the rule findings did.")
    model: str | None = Field(description="The language model; null when it did not speak.")
    message: str = Field(description="The outcome in a sentence.")
    processing_time_ms: int = Field(description="How long the analysis took.")
    recommendations: list[RecommendationItem] = Field(description="Best first; an empty list is a good answer.")


class AnalysisDocument(WireModel):
    """One stored analysis."""

    model_config = ConfigDict(from_attributes=True)

    analysis_id: str = Field(examples=["an-7d0be1a4"])
    status: str = Field(
        description="pending while it waits or runs, ok, no_data when there was nothing to look at, or failed.",
        examples=["ok"],
    )
    trigger: str = Field(description="What caused it: a request, or a drive that was just computed.")
    device_id: str | None = Field(
        validation_alias=AliasChoices("source_device", "deviceId"),
        serialization_alias="deviceId",
        description="The device whose rows it looked at.",
    )
    epoch: int | None = Field(
        validation_alias=AliasChoices("source_epoch", "epoch"),
        serialization_alias="epoch",
        description="The life of the device's database; null for a window.",
    )
    drive_key: str | None = Field(description="The drive it is about; null for a window.")
    window_started_at: AwareDatetime | None = Field(description="Begin of the window it looked at.")
    window_ended_at: AwareDatetime | None = Field(description="End of the window it looked at.")
    request: dict[str, Any] | None = Field(description="What was asked.")
    engine: str | None = Field(description="`llm` or `rules`.")
    model: str | None
    is_model_awaited: bool = Field(
        default=False,
        description="The rules' answer stands until the language model's takes its place: read it again later.",
    )
    message: str | None
    facts_digest: str | None = Field(description="Which state of the drive's facts it is about.")
    created_at: AwareDatetime
    finished_at: AwareDatetime | None
    processing_time_ms: int | None
    recommendations: list[RecommendationDocument] = Field(default=[])
