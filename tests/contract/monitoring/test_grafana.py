"""The dashboards ask for what there is: metrics that are served, and tables their database user may read."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from obd2_common.db.database import Database
from support.api_rows import DEVICE, drive_row, finding_row, statistic_row, store
from support.compose_file import read_compose

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "monitoring" / "grafana"
DASHBOARDS = {place.stem: json.loads(place.read_text()) for place in (FOLDER / "dashboards").glob("*.json")}
READER = (FOLDER / "reader.sh").read_text()
SUFFIXES = ("_bucket", "_sum", "_count")


def targets(name: str) -> list[dict[str, Any]]:
    return [target for panel in DASHBOARDS[name]["panels"] for target in panel["targets"]]


QUERIES = [target["rawSql"] for target in targets("drives")] + [
    variable["query"] for variable in DASHBOARDS["drives"]["templating"]["list"]
]


def filled_in(query: str) -> str:
    """Put values where Grafana would."""
    filled = re.sub(r"\$__timeFilter\(([\w.]+)\)", r"\1 BETWEEN '2026-01-01' AND '2027-01-01'", query)
    return filled.replace("${device:sqlstring}", f"'{DEVICE}'").replace("${parameter:sqlstring}", "'COOLANT_TEMP'")


def granted() -> set[str]:
    listed = re.search(r"for table in ([a-z_ ]+);", READER)
    assert listed is not None
    return set(listed[1].split())


def test_every_metric_of_a_dashboard_is_documented_as_served() -> None:
    served = set(re.findall(r"^\| `(obd2_\w+)` \|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE))

    asked = {name for target in targets("operations") for name in re.findall(r"obd2_\w+", target["expr"])}

    names = {next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name) for name in asked}
    assert names
    assert names <= served


def test_every_label_of_a_dashboard_is_one_of_its_metric() -> None:
    documented = re.findall(
        r"^\| `(obd2_\w+)` \| \w+ \|([^|]*)\|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE
    )
    labels = {name: {"job", "le", *re.findall(r"\w+", text)} for name, text in documented}

    for target in targets("operations"):
        (name,) = re.findall(r"obd2_\w+", target["expr"])
        grouped = re.findall(r"by \(([^)]*)\)", target["expr"])
        used = {*re.findall(r"{{(\w+)}}", target["legendFormat"]), *re.findall(r"\w+", " ".join(grouped))}
        assert used <= labels[name.removesuffix("_bucket")], name


@pytest.mark.databases("server")
@pytest.mark.parametrize("query", QUERIES)
def test_every_query_runs_on_the_schema_as_it_is(database: Database, query: str) -> None:
    store(database, drive_row(), finding_row(1), statistic_row("COOLANT_TEMP"))

    filled = filled_in(query)

    assert "$" not in filled
    with database.engine.connect() as connection:
        connection.execute(text(filled.replace(":", r"\:"))).all()


def test_queries_read_only_what_the_user_was_granted() -> None:
    read = {table for query in QUERIES for table in re.findall(r"\b(?:FROM|JOIN) (\w+)", query)}

    assert read == granted()


def test_grafana_listens_on_this_machine_and_finds_its_files() -> None:
    grafana = read_compose("compose.yaml", "compose.grafana.yaml")["services"]["grafana"]

    assert [port["host_ip"] for port in grafana["ports"]] == ["127.0.0.1"]
    assert set(grafana["networks"]) == {"data", "ops", "alerts"}
    assert {volume["target"] for volume in grafana["volumes"]} >= {
        "/etc/grafana/provisioning",
        "/etc/grafana/dashboards",
    }
    assert {panel["datasource"]["uid"] for each in DASHBOARDS.values() for panel in each["panels"]} == set(
        re.findall(r"uid: (\S+)", (FOLDER / "provisioning" / "datasources" / "obd2.yml").read_text())
    )
