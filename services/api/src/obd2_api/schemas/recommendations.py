"""Recommendations as a device fetches them."""

from pydantic import AwareDatetime, Field

from obd2_api.schemas.analyses import RecommendationItem
from obd2_api.schemas.wire import WireModel


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
