"""The release of the Pi's software that the operator publishes; the Pi refuses what breaks these rules, so do we."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from obd2_common.errors import InvalidInputError
from obd2_common.tables.operations import Release

HISTORY_LENGTH = 10
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


def _is_real_time(text: str) -> str:
    datetime.strptime(text, _STAMP).replace(tzinfo=UTC)
    return text


class ReleaseRecord(BaseModel):
    """A release as the Pi reads it."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,
        json_schema_extra={
            "examples": [
                {
                    "version": "V0.31.0",
                    "releasedAt": "2026-07-01T09:30:00Z",
                    "gitHash": "9c41d7e",
                    "theme": "steadier reconnects",
                    "description": "Adapter retries back off; no schema change.",
                },
            ],
        },
    )
    version: Annotated[str, StringConstraints(pattern=r"\AV[0-9]+\.[0-9]+\.[0-9]+\z", max_length=32)] = Field(
        description="V, then three numbers with dots between.",
    )
    released_at: Annotated[
        str,
        StringConstraints(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\z"),
        AfterValidator(_is_real_time),
    ] = Field(description="When it was released, UTC in whole seconds: YYYY-MM-DDTHH:MM:SSZ.")
    git_hash: str = Field(min_length=1, max_length=64, pattern=r"\S", description="The commit it was built from.")
    theme: str = Field(min_length=1, max_length=50, pattern=r"\S", description="What it is about, in a few words.")
    description: str = Field(max_length=400, description="What changed.")

    @classmethod
    def parse(cls, document: dict[str, Any]) -> Self:
        """Check a record.

        Raises:
            InvalidInputError: the Pi would refuse it; the message names every member that is wrong.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            faults = [f"{'.'.join(str(step) for step in fault['loc'])}: {fault['msg']}" for fault in error.errors()]
            raise InvalidInputError("; ".join(faults)) from error

    def to_row(self, *, published_at: datetime) -> Release:
        """Return the record as the row that publishes it."""
        return Release(
            version=self.version,
            released_at=datetime.strptime(self.released_at, _STAMP).replace(tzinfo=UTC),
            git_hash=self.git_hash,
            theme=self.theme,
            description=self.description,
            published_at=published_at,
        )

    @classmethod
    def from_row(cls, row: Release) -> Self:
        """Return the record of a published row."""
        return cls(
            version=row.version,
            released_at=row.released_at.strftime(_STAMP),
            git_hash=row.git_hash,
            theme=row.theme,
            description=row.description or "",
        )


class ReleaseHistory(BaseModel):
    """The latest published releases, newest first."""

    releases: list[ReleaseRecord] = Field(description=f"At most {HISTORY_LENGTH}.")
