"""Measures what becomes of a language model's replies, and that no answer is wrong or unsafe: ``make eval-words``."""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from bench.advice.scores import Score, fake_scores, real_score, recorded_score, reply_score
from obd2_common.logging import configure_logging
from support.model_replies import KINDS
from support.suite_settings import SuiteSettings

ACCEPTED_SHARE = 0.95
"""Of the items of well-formed replies."""


def main() -> int:
    """Print the figures; exit with 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="make eval-words", description=__doc__)
    parser.add_argument("--replies", type=int, default=1000, help="generated replies of each kind of model")
    parser.add_argument("--calls", type=int, default=20, help="of them, calls over HTTP")
    chosen = parser.parse_args()
    configure_logging("CRITICAL", "console")
    scores = [recorded_score(), *(reply_score(kind, chosen.replies) for kind in KINDS), *fake_scores(chosen.calls)]
    settings = SuiteSettings()
    if settings.ollama_url is not None:
        scores.append(real_score(settings.ollama_url, settings.ollama_model))
    console = Console(width=110)
    console.print(table(scores))
    missed = [f"{score.name}: {fault}" for score in scores for fault in missed_targets(score)]
    for line in missed:
        console.print(f"[bold red]missed[/bold red] {line}")
    return 1 if missed else 0


def missed_targets(score: Score) -> list[str]:
    """Return what a score falls short of."""
    faults = [f"{count} times {fault}" for fault, count in score.faults.items()]
    if score.is_well_formed and score.accepted < ACCEPTED_SHARE * max(score.items, 1):
        faults.append(f"only {score.accepted} of {score.items} items accepted whole")
    return faults


def table(scores: list[Score]) -> Table:
    """Return the scores side by side."""
    shown = Table(title="Replies of language models", title_justify="left")
    shown.add_column("replies")
    for name in ("asked", "unusable", "items", "accepted", "in part", "refused", "faults"):
        shown.add_column(name, justify="right")
    for score in scores:
        counts = score.replies, score.unusable, score.items, score.accepted, score.partly, score.refused
        shown.add_row(score.name, *map(str, counts), str(sum(score.faults.values())))
    return shown


if __name__ == "__main__":
    sys.exit(main())
