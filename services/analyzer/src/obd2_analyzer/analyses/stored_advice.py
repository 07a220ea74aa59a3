"""Recommendations as they are stored: beside what the device was told before, so that a repeat is one item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from obd2_analyzer.advice.answer import Recommendation
from obd2_analyzer.advice.rendering import listed, since
from obd2_analyzer.repository import analyses as analyses_repository
from obd2_analyzer.repository.analyses import EarlierAdvice
from obd2_analyzer.repository.facts import without_infinities


@dataclass(frozen=True, slots=True)
class Placed:
    """A row of ``recommendations`` without its analysis id, and the earlier ones it takes the place of."""

    row: dict[str, Any]
    supersedes: tuple[EarlierAdvice, ...] = ()


def store_answer(session: Session, analysis: dict[str, Any], advice: Sequence[Recommendation]) -> None:
    """Write an analysis with its recommendations, the first the most important.

    Args:
        session: in a transaction.
        analysis: values by column of ``analyses``.
        advice: what it recommends.
    """
    device, epoch, drive_key = (analysis[name] for name in ("source_device", "source_epoch", "drive_key"))
    keys = [(each.rule, each.signal) for each in advice]
    is_drive = None not in {device, epoch, drive_key}
    earlier = analyses_repository.earlier_advice(session, device, keys) if is_drive and keys else []
    placed = [place(each, rank, (epoch, drive_key), earlier) for rank, each in enumerate(advice, start=1)]
    analyses_repository.store_analysis(session, analysis, [each.row for each in placed])
    for each in placed:
        named = f"{analysis['analysis_id']}/{each.row['rank']}"
        analyses_repository.supersede(session, [(old.analysis_id, old.rank) for old in each.supersedes], named)


def place(advice: Recommendation, rank: int, drive: tuple[int, str], earlier: Sequence[EarlierAdvice]) -> Placed:
    """Set a recommendation beside what the device was told about the same rule and signal.

    What earlier drives were told makes it a repeat: it says since when and on how many drives, and takes their place.
    What a later drive was told, or the same drive in the same words, takes its place instead.

    Args:
        advice: the recommendation.
        rank: its place in the answer, from 1.
        drive: epoch and key of the drive it is about.
        earlier: what the device was told, newest first.
    """
    same = [old for old in earlier if (old.rule, old.signal) == (advice.rule, advice.signal)]
    own = [old for old in same if (old.source_epoch, old.drive_key) == drive]
    before = sorted(
        (old for old in same if old not in own and _is_before(old, advice.drive_started_at)), key=_start, reverse=True
    )
    after = [old for old in same if old not in own and old not in before and old.superseded_by is None]
    starts = [*(old.drive_started_at for old in before), advice.first_seen_at]
    first_seen_at = min((start for start in starts if start is not None), default=None)
    occurrences = advice.occurrences + len({(old.source_epoch, old.drive_key) for old in before})
    is_repeat = occurrences > 1 and first_seen_at is not None
    text = listed([advice.text, since(first_seen_at, occurrences) if is_repeat and first_seen_at else None])
    unchanged = next((old for old in own if old.recommendation == text), None)
    repeated = unchanged or next(iter(before), None)
    standing = next(iter(after), None) or (unchanged if unchanged and unchanged.superseded_by is None else None)
    row = {
        "rank": rank,
        "category": advice.category,
        "confidence": advice.confidence,
        "recommendation": text,
        "evidence": without_infinities([dict(document) for document in advice.evidence]),
        "is_duplicate_of": None if repeated is None else repeated.name,
        "rule": advice.rule,
        "signal": advice.signal,
        "severity": advice.severity,
        "drive_started_at": advice.drive_started_at,
        "first_seen_at": first_seen_at,
        "occurrences": occurrences,
        "superseded_by": None if standing is None else standing.name,
    }
    replaced = () if standing is not None else tuple(old for old in (*own, *before) if old.superseded_by is None)
    return Placed(row, replaced)


def _start(old: EarlierAdvice) -> float:
    return old.drive_started_at.timestamp() if old.drive_started_at else 0.0


def _is_before(old: EarlierAdvice, started_at: datetime | None) -> bool:
    """Tell whether an earlier answer is about an earlier drive; what has no time was told before, and that counts."""
    return old.drive_started_at is None or started_at is None or old.drive_started_at <= started_at
