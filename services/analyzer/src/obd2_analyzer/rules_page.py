"""Writes the page about the rules for owners: ``python -m obd2_analyzer.rules_page docs/rules.md``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.rules import RULES
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.rule import AnyRule
from obd2_analyzer.thresholds import load_thresholds
from obd2_common.plain_names import plain_name

INTRODUCTION = """# The rules

Written by `make docs` from the rules themselves. After each drive every rule answers one of three things: what it
found, that all is fine, or that it could not judge, and why. What it found has a severity:

| Severity | Meaning |
|---|---|
| WATCH | nothing to do yet; see whether it comes back |
| ALERT | look after it soon |
| INVESTIGATE | the car has changed; find out why |
| WARNING | have it looked at before the next long drive |
| STOP | do not drive on |

## Numbers of your own

The numbers below are those of the owner's car. Any other is judged by the wider ones of the profile `generic`, and each
may have a profile of its own: [profiles.md](profiles.md).

For every car at once write what should differ into a file and name it in `ANALYZER_THRESHOLDS_FILE`; compose mounts it
with `compose.thresholds.yaml`. Everything else stays as it is. A number that cannot be used stops the analyzer at its
start and is named in its log. A change of the file is noticed within 15 seconds, and stored drives are judged again.

```toml
[coolant]
alert_celsius = 98.0

[grade.weights]
idle = 0.0          # says what it finds, costs no points
```"""


def rules_page() -> str:
    """Return the whole page."""
    shipped = load_thresholds()
    parts = [INTRODUCTION, *(_rule(rule) for rule in RULES.values())]
    parts += [
        "## Numbers for all rules",
        _section("sampling", shipped.sampling),
        _section("history", shipped.history),
        _section("grade", shipped.grade),
    ]
    return "\n\n".join(parts) + "\n"


def _rule(rule: AnyRule) -> str:
    read = ", ".join(plain_name(name) for name in rule.parameters)
    facts = f"Reads: {read}. Category: {rule.category}. Weight in the grade: {rule.weight:g}."
    weighty = " Without a weighty rule that could judge there is no grade; this is one." if rule.is_weighty else ""
    checks = "\n".join(f"* {_when(check)}{check.text}" for check in rule.checks)
    return "\n\n".join(
        (
            f"## {rule.title}",
            rule.about,
            facts + weighty,
            _section(rule.name, rule.limits),
            f"What you can do:\n\n{checks}",
        )
    )


def _when(check: Check) -> str:
    return "" if check.severity == Severity.WATCH else f"From {check.severity.name} up: "


def _section(name: str, limits: BaseModel) -> str:
    rows = "\n".join(f"| `{key}` | {value} | {meaning} |" for key, value, meaning in _numbers(limits))
    return f"| `[{name}]` | Shipped | Meaning |\n|---|---|---|\n{rows}"


def _numbers(limits: BaseModel) -> Iterator[tuple[str, str, str]]:
    for key, field in type(limits).model_fields.items():
        yield key, _written(getattr(limits, key)), field.description or ""


def _written(value: Any) -> str:  # noqa: ANN401 - whatever a section holds
    if isinstance(value, dict):
        return ", ".join(f"{name} {_written(number)}" for name, number in value.items())
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, tuple):
        return ", ".join(f"{step.grade} {_written(step.up_to_points)}" for step in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def main() -> int:
    """Write the page to the file given on the command line."""
    Path(sys.argv[1]).write_text(rules_page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
