"""A release the Pi would refuse cannot be published."""

import re
from typing import Any

import pytest

from obd2_api.releases import ReleaseRecord
from obd2_common.clock import utc_now
from obd2_common.errors import InvalidInputError

RECORD = {
    "version": "V0.31.0",
    "releasedAt": "2026-07-01T09:30:00Z",
    "gitHash": "9c41d7e",
    "theme": "steadier reconnects",
    "description": "Adapter retries back off; no schema change.",
}


def test_a_good_record_goes_through_the_database_row_unchanged() -> None:
    record = ReleaseRecord.parse(RECORD)

    assert ReleaseRecord.from_row(record.to_row(published_at=utc_now())).model_dump(by_alias=True) == RECORD


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("version", "0.31.0"),
        ("version", "V0.31"),
        ("version", "v0.31.0"),
        ("version", "V0.31.0\n"),
        ("version", "V0.31.0-rc1"),
        ("version", "V\u0660.\u0663.\u0661"),
        ("releasedAt", "2026-07-01T09:30:00+00:00"),
        ("releasedAt", "2026-07-01T09:30:00.5Z"),
        ("releasedAt", "2026-07-01 09:30:00Z"),
        ("releasedAt", "2026-02-30T09:30:00Z"),
        ("gitHash", ""),
        ("gitHash", "  "),
        ("theme", ""),
        ("theme", "t" * 51),
        ("description", "d" * 401),
        ("description", None),
    ],
)
def test_a_record_the_pi_would_refuse_is_refused_by_name(member: str, value: object) -> None:
    document: dict[str, Any] = {**RECORD, member: value}

    with pytest.raises(InvalidInputError, match=re.escape(member)):
        ReleaseRecord.parse(document)


def test_every_wrong_member_is_named() -> None:
    with pytest.raises(InvalidInputError) as caught:
        ReleaseRecord.parse({})

    assert all(member in str(caught.value) for member in RECORD)


def test_the_longest_texts_pass() -> None:
    ReleaseRecord.parse({**RECORD, "theme": "t" * 50, "description": "d" * 400})
