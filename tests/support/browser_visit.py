"""A page in a real browser, as the tests of the pages use it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from support.embedded_server import KEY, EmbeddedServer

DESK = {"width": 1280, "height": 900}


@dataclass
class Visit:
    """A page in a browser of its own, and everything it asked for or complained about."""

    page: Page
    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.url + path, wait_until="networkidle")

    def sign_in(self, key: str = KEY) -> None:
        self.open("/sign-in")
        self.page.fill("#key", key)
        self.page.click("button.main")
        self.page.wait_for_load_state("networkidle")


@contextmanager
def visiting(server: EmbeddedServer, browser: Browser, options: Mapping[str, Any] | None = None) -> Iterator[Visit]:
    """Open a page in a context of its own and note what it complains about and whom it asks."""
    context = browser.new_context(**{"viewport": DESK, **(options or {})})
    opened = Visit(context.new_page(), context, server.url)
    opened.page.on(
        "console", lambda message: opened.complaints.append(message.text) if message.type == "error" else None
    )
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    context.on("request", lambda asked: None if asked.url.startswith(server.url) else opened.foreign.append(asked.url))
    yield opened
    context.close()
