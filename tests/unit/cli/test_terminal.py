"""Nothing that is printed steers the terminal, however it got into a table, a sentence or a mark-up."""

import io

import pytest
from rich.table import Table
from rich.text import Text

from obd2_cli.terminal import Console, harmless

STEERING = ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\r", "\b", "\u202e"]


def printed(renderable: object, *, is_terminal: bool = False) -> str:
    output = io.StringIO()
    Console(file=output, width=60, force_terminal=is_terminal, highlight=False).print(renderable)
    return output.getvalue()


@pytest.mark.parametrize("text", STEERING)
def test_steering_characters_are_replaced_wherever_they_stand(text: str) -> None:
    table = Table(title=text)
    table.add_column(text)
    table.add_row(text)

    for renderable in (f"name {text} end", Text(text), table):
        shown = printed(renderable)
        assert harmless(shown) == shown
        assert "\x1b" not in shown


def test_what_is_harmless_stays_as_it_is() -> None:
    text = "Über 90 °C\n\tcoolant ✓"

    assert harmless(text) == text


def test_styles_of_our_own_still_reach_the_terminal() -> None:
    assert "\x1b[31m" in printed("[red]damaged[/red]", is_terminal=True)
