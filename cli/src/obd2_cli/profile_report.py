"""A device's profile for people: who set it, what the car has, every limit with its origin, what drives have taught."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.table import Table

from obd2_analyzer.facts.findings import number
from obd2_analyzer.facts.history import History
from obd2_analyzer.profiles.effective import AppliedProfile, limit_named
from obd2_analyzer.profiles.learned import learned_limits, learned_origins, usual_ranges, with_learned
from obd2_analyzer.thresholds import SHIPPED, Thresholds, numbers_in
from obd2_common.plain_names import plain_name
from obd2_common.tables.operators import VehicleProfile


@dataclass(frozen=True, slots=True)
class ShownProfile:
    """What holds for a device's drive of some moment; ``history`` are the drives before it."""

    device: str
    thresholds: Thresholds
    applied: AppliedProfile
    chosen: Sequence[VehicleProfile]
    history: History


def profile_report(shown: ShownProfile, *, is_changed_only: bool) -> Iterator[RenderableType]:
    """Yield what there is to say of a profile."""
    applied = shown.applied
    yield f"{shown.device} is judged by profile {applied.name} ({applied.car})."
    yield from _set_when(shown.chosen)
    if applied.lacks:
        yield f"The car has no {', no '.join(sorted(plain_name(name) for name in applied.lacks))}."
    yield _limits(shown, is_changed_only=is_changed_only)
    usual = usual_ranges(shown.thresholds, shown.history)
    if not usual:
        count, wanted = len(shown.history.first), shown.thresholds.history.minimum_drives
        yield f"Usual ranges are learned from {wanted} healthy drives of an era; there are {count} so far."
        return
    yield "Usual for this car, by the means of its first healthy drives of the era:"
    table = Table(box=None)
    for title in ("signal", "when", "from", "to", "drives"):
        table.add_column(title, justify="right" if title in {"from", "to", "drives"} else "left", overflow="fold")
    for each in usual:
        low, high = (f"{number(value, 2)} {each.unit}" for value in (each.low, each.high))
        table.add_row(plain_name(each.parameter), each.when, low, high, str(each.drive_count))
    yield table


def _set_when(chosen: Sequence[VehicleProfile]) -> Iterator[str]:
    if not chosen:
        yield "None was set for it: this is the one such a device has by default."
    for row in chosen:
        since = "for all drives" if row.begins_at is None else f"for drives from {row.begins_at:%Y-%m-%d %H:%M} UTC on"
        by = f" by {row.chosen_by}" if row.chosen_by else ""
        yield f"{row.chosen_at:%Y-%m-%d %H:%M} UTC: {row.name} set{by} {since}."


def _limits(shown: ShownProfile, *, is_changed_only: bool) -> RenderableType:
    learned = learned_limits(shown.thresholds, shown.history)
    origins = {**shown.applied.origins, **learned_origins(learned)}
    effective = with_learned(shown.thresholds, learned)
    shipped = dict(numbers_in(SHIPPED.model_dump()))
    table = Table(box=None)
    for title in ("limit", "value", "shipped", "from"):
        table.add_column(title, justify="right" if title in {"value", "shipped"} else "left", overflow="fold")
    for name, _ in numbers_in(effective.model_dump()):
        if is_changed_only and name not in origins:
            continue
        value, before = limit_named(effective, name), shipped.get(name)
        table.add_row(name, _written(value), "" if value == before else _written(before), origins.get(name, "default"))
    return table if table.row_count else "All limits are as shipped."


def _written(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, tuple):
        return ", ".join(f"{step['grade']} {step['up_to_points']:g}" for step in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
