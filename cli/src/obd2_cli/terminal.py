"""The console that commands print to: what comes from devices, files or a model cannot steer the terminal."""

import re
from collections.abc import Iterable

from rich import console
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and new line, and those that turn the direction of writing."""
_SHOWN_AS = "\N{REPLACEMENT CHARACTER}"


def harmless(text: str) -> str:
    """Return a text with a replacement character for each one that steers a terminal."""
    return _STEERING.sub(_SHOWN_AS, text)


class Console(console.Console):
    """A console whose own styles are the only escape sequences it writes."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as usual, with harmless texts."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))
