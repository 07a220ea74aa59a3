"""The alert rules: tested by promtool, explained in the documentation, and made of metrics that exist."""

import re
import subprocess
from pathlib import Path

import pytest

from support.monitoring_tools import MONITORING, run_tool

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "operations.md").read_text()
RUNBOOK = (ROOT / "docs" / "troubleshooting.md").read_text()
RULES = (MONITORING / "alerts.yml").read_text()
TEST_FILES = sorted(MONITORING.glob("*_test.yml"))
TESTS = "".join(file.read_text() for file in TEST_FILES)
ALERTS = re.findall(r"^ +- alert: (\w+)$", RULES, re.MULTILINE)
PROMETHEUS_IMAGE = "prom/prometheus:v3.5.3"


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_tool("promtool", PROMETHEUS_IMAGE, *arguments)


def test_every_alert_fires_and_is_silent_when_it_should() -> None:
    tested = promtool("test", "rules", *(file.name for file in TEST_FILES))

    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_the_rules_are_what_prometheus_understands() -> None:
    checked = promtool("check", "rules", "alerts.yml")

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_is_tested_firing_and_silent(alert: str) -> None:
    names = re.findall(rf"- name: {alert} (fires|is silent)\b", TESTS)

    assert names == (["fires"] if alert == "Watchdog" else ["fires", "is silent"])


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_leads_to_its_paragraph(alert: str) -> None:
    rule = RULES[RULES.index(f"- alert: {alert}\n") :].split("- alert:")[1]
    anchors = {heading.lower() for heading in re.findall(r"^### (\w+)$", RUNBOOK, re.MULTILINE)}
    link = re.search(r"runbook_url: docs/troubleshooting\.md#(\w+)", rule)

    assert link is not None
    assert link.group(1) in anchors
    assert re.search(r"severity: (critical|warning|info|none)\b", rule)
    assert "summary:" in rule


def test_the_rules_ask_for_metrics_that_are_told() -> None:
    told = set(re.findall(r"^\| `(obd2_\w+)` \|", PAGE, re.MULTILINE))
    asked = {re.sub(r"_(bucket|count|sum)$", "", name) for name in re.findall(r"\bobd2_\w+", RULES)}

    assert asked - told == set()
