"""Notices need a way out of the stack only where they are asked for, in compose and in quadlet."""

from support.compose_file import read_compose
from support.quadlet_units import FOLDER, read_unit


def test_the_analyzer_has_a_way_out_only_where_it_is_asked_for() -> None:
    plain = read_compose()["services"]["analyzer"]
    opened = read_compose("compose.yaml", "compose.notices.yaml")["services"]["analyzer"]

    assert set(plain["networks"]) == {"data", "model", "ops"}
    assert set(opened["networks"]) == {"data", "model", "ops", "egress"}
    assert {**opened, "networks": None} == {**plain, "networks": None}


def test_the_addition_to_the_unit_does_the_same() -> None:
    added = read_unit(FOLDER / "notices" / "egress.conf")

    assert added == {"Container": {"Network": ["obd2-egress.network"]}}
