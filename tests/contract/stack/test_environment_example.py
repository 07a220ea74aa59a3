""".env.example names every setting, with its default, and every variable of compose.yaml."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr, TypeAdapter
from pydantic.fields import FieldInfo

from obd2_analyzer.ollama.settings import OllamaSettings
from obd2_analyzer.settings import AnalyzerSettings
from obd2_api.settings import ApiSettings
from obd2_backup.settings import BackupSettings

ROOT = Path(__file__).parents[3]
LINES = (ROOT / ".env.example").read_text().splitlines()
VARIABLE = re.compile(r"(?P<is_default># )?(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)")
IN_COMPOSE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::([-?])([^}]*))?\}")
GIVEN_BY_MAKE = {"OBD2_REVISION"}


def variables() -> dict[str, tuple[str, bool]]:
    """Return name -> value and whether the line is commented out."""
    found = [match for line in LINES if (match := VARIABLE.fullmatch(line))]
    return {match["name"]: (match["value"], match["is_default"] is not None) for match in found}


def settings() -> dict[str, FieldInfo]:
    classes = (ApiSettings, AnalyzerSettings, OllamaSettings, BackupSettings)
    return {name.upper(): field for cls in classes for name, field in cls.model_fields.items()}


def compose_variables() -> dict[str, tuple[str, str]]:
    found = IN_COMPOSE.findall((ROOT / "compose.yaml").read_text())
    return {name: (kind, rest) for name, kind, rest in found}


def default(field: FieldInfo) -> object:
    """Return a setting's default; None when it is absent, empty or follows another setting."""
    if field.default_factory is not None or field.default in {None, ""}:
        return None
    return field.default.get_secret_value() or None if isinstance(field.default, SecretStr) else field.default


def test_every_setting_and_every_variable_of_the_stack_is_there_and_nothing_else() -> None:
    assert set(variables()) == (settings().keys() | compose_variables().keys()) - GIVEN_BY_MAKE


def test_no_variable_is_named_twice() -> None:
    names = [match["name"] for line in LINES if (match := VARIABLE.fullmatch(line))]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", sorted(settings()))
def test_the_line_of_a_setting_shows_the_codes_default(name: str) -> None:
    value, _ = variables()[name]
    field = settings()[name]

    shown = TypeAdapter[object](field.annotation or str).validate_python(value) if value else None
    assert shown == default(field)


def test_what_compose_demands_is_set_and_what_it_defaults_is_shown_as_it_is() -> None:
    said = variables()
    for name, (kind, rest) in compose_variables().items():
        if name in GIVEN_BY_MAKE:
            continue
        value, is_default = said[name]
        if kind == "?":
            assert (value != "", is_default) == (True, False), name
        else:
            assert (value, is_default) == (rest, True), name


def test_every_variable_has_a_comment_above_its_group() -> None:
    for number, line in enumerate(LINES):
        if not VARIABLE.fullmatch(line):
            continue
        above = LINES[number - 1]
        assert above.startswith("#") or VARIABLE.fullmatch(above), line
