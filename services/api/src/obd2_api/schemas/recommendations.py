"""Recommendations as a device fetches them."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from obd2_api.schemas.analyses import DecisionDocument, RecommendationItem
from obd2_api.schemas.wire import DeviceId, WireModel


class DecisionRequest(WireModel):
    """A decision about a recommendation and its repeats."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"decision": "dismissed", "reason": "an aftermarket gauge, not the car"}, {"decision": "done"}]
        }
    )

    decision: Literal["done", "dismissed", "open"] = Field(
        description="`done`: it was seen to. `dismissed`: it is not to be shown as open until it worsens. `open`: "
        "takes the decision before back."
    )
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)] | None = Field(
        default=None, description="For people; needed to dismiss."
    )

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.decision == "dismissed" and self.reason is None:
            raise ValueError("say the reason for which it is dismissed")
        return self


class DecisionAnswer(DecisionDocument):
    """A decision that was stored, and what it is about."""

    device_id: DeviceId
    rule: str = Field(description="The rule whose advice about the signal it is; empty for old recommendations.")
    signal: str = Field(description="The parameter or trouble code; `<analysisId>/<rank>` for old recommendations.")


class ToldRecommendation(RecommendationItem):
    """One piece of advice, and what it is about."""

    analysis_id: str = Field(description="The analysis it is of.")
    device_id: str | None = Field(description="The device whose rows it is about.")
    epoch: int | None = Field(description="The life of the device's database; null for a window.")
    drive_key: str | None = Field(description="The drive it is about; null for a window.")
    engine: str | None = Field(description="`llm` or `rules`.")
    told_at: AwareDatetime = Field(description="When the analysis was finished.")
    is_duplicate_of: str | None = Field(description="`<analysis id>/<rank>` of the earlier one that this one repeats.")
    superseded_by: str | None = Field(description="`<analysis id>/<rank>` of the newer one that took its place.")


class RecommendationPage(WireModel):
    """Recommendations, the oldest first."""

    recommendations: list[ToldRecommendation]
    next_cursor: str | None = Field(
        description="Keep it and send it as `cursor` next time; null while nothing was ever told."
    )
    has_more: bool = Field(description="There is more already.")
