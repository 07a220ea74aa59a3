"""A page in a real browser, as the tests of the pages use it."""

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page

from support.embedded_server import KEY


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
