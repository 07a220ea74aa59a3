"""A recommendation beside what the device was told before: one item that says since when, whatever the order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from obd2_analyzer.advice.answer import Recommendation
from obd2_analyzer.analyses.stored_advice import Placed, place
from obd2_analyzer.repository.analyses import EarlierAdvice

NOON = datetime(2026, 7, 3, 12, 0, tzinfo=UTC)
TEXT = "Coolant temperature reached 97 °C."
EPOCH = 1


def day(number: int) -> datetime:
    return NOON + timedelta(days=number)


def advice(number: int, **more: Any) -> Recommendation:  # noqa: ANN401
    """Return what is recommended about the drive of a day."""
    told = {"rule": "coolant", "signal": "COOLANT_TEMP", **more}
    return Recommendation(
        severity="ALERT",
        category="Cooling",
        confidence=0.7,
        text=TEXT,
        evidence=({"value": float("inf")},),
        drive_started_at=day(number),
        first_seen_at=day(number),
        **told,
    )


def earlier(number: int, **more: Any) -> EarlierAdvice:  # noqa: ANN401
    """Return what was told about the drive of a day."""
    told = {"recommendation": TEXT, "superseded_by": None, "rule": "coolant", "drive_started_at": day(number), **more}
    return EarlierAdvice(
        analysis_id=f"an-{number}", rank=1, signal="COOLANT_TEMP", source_epoch=EPOCH, drive_key=str(number), **told
    )


def placed(number: int, *known: EarlierAdvice, **more: Any) -> Placed:  # noqa: ANN401
    return place(advice(number, **more), 1, (EPOCH, str(number)), known)


def test_what_is_told_first_stands_for_itself() -> None:
    made = placed(4)

    assert (made.row["recommendation"], made.row["occurrences"], made.row["first_seen_at"]) == (TEXT, 1, day(4))
    assert (made.row["is_duplicate_of"], made.row["superseded_by"], made.supersedes) == (None, None, ())
    assert made.row["evidence"] == [{"value": None}]


def test_a_repeat_says_since_when_and_takes_the_place_of_the_earlier() -> None:
    first, second = earlier(1, superseded_by="an-2/1"), earlier(2)

    made = placed(4, second, first)

    assert made.row["recommendation"] == f"{TEXT} Seen on 3 drives since 4 July 2026."
    assert (made.row["occurrences"], made.row["first_seen_at"]) == (3, day(1))
    assert (made.row["is_duplicate_of"], made.supersedes) == ("an-2/1", (second,))


def test_what_a_later_drive_was_told_keeps_its_place() -> None:
    made = placed(4, earlier(6), earlier(2))

    assert (made.row["occurrences"], made.row["superseded_by"], made.supersedes) == (2, "an-6/1", ())


@pytest.mark.parametrize(
    ("text", "duplicate", "standing", "is_replaced"),
    [(TEXT, "an-4/1", "an-4/1", False), ("With another check.", None, None, True)],
)
def test_the_same_drive_again_counts_once(
    text: str, duplicate: str | None, standing: str | None, *, is_replaced: bool
) -> None:
    before = earlier(4, recommendation=text)

    made = placed(4, before)

    assert (made.row["occurrences"], made.row["is_duplicate_of"]) == (1, duplicate)
    assert (made.row["superseded_by"], made.supersedes) == (standing, (before,) if is_replaced else ())


def test_several_answers_about_one_drive_are_one_occurrence() -> None:
    made = placed(4, earlier(2), earlier(2, recommendation="With another check."))

    assert made.row["occurrences"] == 2


def test_another_rule_is_another_matter() -> None:
    made = placed(4, earlier(2, rule="thermostat"))

    assert (made.row["occurrences"], made.supersedes) == (1, ())


def test_a_drive_without_a_time_counts_as_earlier() -> None:
    made = placed(4, earlier(2, drive_started_at=None))

    assert (made.row["occurrences"], made.row["first_seen_at"]) == (2, day(4))
