"""Measures how well faults are found, and that healthy drives are left alone: ``make eval``."""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from bench.evaluation.cases import CLEAR_FROM, cases
from bench.evaluation.judging import Verdict, history_of, judge_case
from bench.evaluation.real import SourceScore, judge_folder, missed_on_real_drives
from bench.evaluation.rebuilt import rebuilds_kept_apart
from bench.evaluation.scores import (
    FaultScore,
    HealthyScore,
    RuleScore,
    data_scores,
    fault_scores,
    healthy_scores,
    rule_scores,
)
from obd2_analyzer.facts.history import History
from obd2_common.logging import configure_logging
from support.suite_settings import SuiteSettings


def main() -> int:
    """Print the figures; exit with 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="make eval", description=__doc__)
    parser.add_argument("--cars", type=int, default=3, help="cars with a history of healthy drives")
    parser.add_argument("--seeds", type=int, default=2, help="drives per kind, fault and severity")
    parser.add_argument("--rebuilds", type=int, default=3, help="lost Pi databases, sent to a server on SQLite")
    arguments = parser.parse_args()
    configure_logging("ERROR", "console")
    verdicts = _verdicts(arguments.cars, arguments.seeds)
    healthy, faults, data = healthy_scores(verdicts), fault_scores(verdicts), data_scores(verdicts)
    rules = rule_scores(verdicts)
    apart = list(rebuilds_kept_apart(arguments.rebuilds))
    console = Console(width=110, highlight=False)
    console.print(f"{len(verdicts)} simulated drives")
    for table in (_healthy_table(healthy), _fault_table(faults), _rule_table(rules), _data_table(data, apart)):
        console.print(table)
    missed = _missed(healthy, faults, rules, [*data], apart)
    folder = SuiteSettings().real_drives
    if folder is not None:
        real = judge_folder(folder)
        console.print(_real_table(real))
        missed += missed_on_real_drives(real)
    for sentence in missed:
        console.print(f"[red]missed[/red] {sentence}")
    if not missed:
        console.print("[green]every target met[/green]")
    return 1 if missed else 0


def _verdicts(cars: int, seeds: int) -> list[Verdict]:
    histories = {car: history_of(car) for car in range(cars)}
    nothing = History()
    return [judge_case(case, nothing if case.car is None else histories[case.car]) for case in cases(cars, seeds)]


def _missed(
    healthy: list[HealthyScore],
    faults: list[FaultScore],
    rules: list[RuleScore],
    data: list[FaultScore],
    apart: list[bool],
) -> list[str]:
    missed = [
        f"{score.kind}: {score.above_watch} findings above WATCH in healthy drives"
        for score in healthy
        if score.above_watch
    ]
    missed += [
        f"{score.fault} at {score.severity}: found in {score.found} of {score.drives} drives"
        for score in faults
        if not score.is_met
    ]
    missed += [
        f"{score.rule}: {score.wrong_above_watch} findings above WATCH in drives without its fault"
        for score in rules
        if score.wrong_above_watch
    ]
    missed += [
        f"{score.fault} at {score.severity}: understood in {score.found} of {score.drives} drives"
        for score in data
        if score.found < score.drives
    ]
    if not all(apart):
        missed.append(f"rebuilt_database: {apart.count(False)} of {len(apart)} not kept apart")
    return missed


def _healthy_table(scores: list[HealthyScore]) -> Table:
    table = _table("Healthy drives (target: nothing above WATCH)", "kind", "drives", "WATCH", "above WATCH")
    for score in scores:
        table.add_row(score.kind, str(score.drives), str(score.watches), str(score.above_watch))
    return table


def _fault_table(scores: list[FaultScore]) -> Table:
    title = f"Faults of the car (target: recall 1.0 from severity {CLEAR_FROM} on)"
    table = _table(title, "fault", "severity", "drives", "found", "recall", "as")
    for score in scores:
        row = (str(score.drives), str(score.found), f"{score.recall:.2f}", score.severities)
        table.add_row(score.fault, f"{score.severity:.2f}", *row)
    return table


def _rule_table(scores: list[RuleScore]) -> Table:
    title = "Findings over all drives (target: none above WATCH where the rule's fault is not)"
    table = _table(title, "rule", "findings", "right", "precision", "wrong above WATCH")
    for score in scores:
        precision = "-" if score.precision is None else f"{score.precision:.2f}"
        table.add_row(score.rule, str(score.spoke), str(score.right), precision, str(score.wrong_above_watch))
    return table


def _data_table(scores: list[FaultScore], apart: list[bool]) -> Table:
    table = _table("Faults of the data (target: understood, nobody accused)", "fault", "severity", "drives", "share")
    for score in scores:
        table.add_row(score.fault, f"{score.severity:.2f}", str(score.drives), f"{score.recall:.2f}")
    if apart:
        table.add_row("rebuilt_database", "-", str(len(apart)), f"{apart.count(True) / len(apart):.2f}")
    return table


def _real_table(scores: list[SourceScore]) -> Table:
    headings = ("source", "drives", "above WATCH", "WATCH", "not judged", "known faults", "told")
    table = _table("Real drives (target: nothing above WATCH without a known fault, WATCH in 5 % at most)", *headings)
    for score in scores:
        counts = (score.drives, score.above_watch, score.watches, score.ungraded)
        found = f"{score.known_found} of {score.known}" if score.known else "-"
        table.add_row(score.source, *map(str, counts), found, score.told)
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number == 0 or heading in {"as", "told"} else "right")
    return table


if __name__ == "__main__":
    sys.exit(main())
