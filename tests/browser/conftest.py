"""A real server, a real browser, and no way out of this machine."""

import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from .documented_app import documented_app

if TYPE_CHECKING:  # playwright is optional; without it the tests skip themselves
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, Route

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Visit:
    """A page under observation.

    Attributes:
        page: Playwright's page.
        origin: Scheme, host and port of the server under test.
        left: URLs outside the origin that the page asked for; none was let through.
        failed: URLs that were answered with an error.
        complaints: What the browser wrote to its console as error or warning, policy violations included.
    """

    page: "Page"
    origin: str
    left: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> "Page":
        """Load a path of the server and return the page."""
        self.page.goto(self.origin + path)
        return self.page

    def guard(self, context: "BrowserContext") -> None:
        """Watch everything that pages of the context do, and stop what goes elsewhere."""
        context.route("**/*", self._admit)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("response", self._check)

    def _admit(self, route: "Route") -> None:
        if route.request.url.startswith((self.origin + "/", "data:", "blob:")):
            route.continue_()
        else:
            self.left.append(route.request.url)
            route.abort()

    def _hear(self, message: "ConsoleMessage") -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _check(self, response: "Response") -> None:
        if response.status >= 400:
            self.failed.append(response.url)


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    """The address of a server that runs the documented app."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(documented_app(), log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Chromium without a window."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: "Browser", origin: str) -> Iterator[Visit]:
    """A fresh page that can only reach the server."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        visit = Visit(context.new_page(), origin)
        visit.guard(context)
        yield visit


@pytest.fixture
def screenshot(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file for a picture of the page, to look at when a test fails; in pytest's own temporary folder."""
    return tmp_path / f"{request.node.name}.png"
