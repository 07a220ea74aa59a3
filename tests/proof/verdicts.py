"""What the proof says: one line per promise, with what was tried, how often, and what was lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True)
class Verdict:
    """One line.

    Args:
        part: which part of the proof.
        tried: what was done.
        count: how often.
        lost: how many times a promise was broken.
        detail: figures, or the first things that were lost.
    """

    part: str
    tried: str
    count: int
    lost: int
    detail: str = ""


def table_of(verdicts: Sequence[Verdict], title: str) -> Table:
    """Return the table a stranger can read."""
    table = Table(title=title)
    for heading in ("part", "what was tried", "how often", "lost", "detail"):
        table.add_column(heading, justify="right" if heading in {"how often", "lost"} else "left")
    for verdict in verdicts:
        colour = "red" if verdict.lost else "green"
        lost = f"[{colour}]{verdict.lost:,}[/{colour}]"
        table.add_row(verdict.part, verdict.tried, f"{verdict.count:,}", lost, verdict.detail)
    return table
