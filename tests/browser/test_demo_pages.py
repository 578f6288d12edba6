"""The demo's pages in Chromium, with every way out of the machine closed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest

from examples.serving import served

from .conftest import Visit

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

pytestmark = pytest.mark.browser

SUMMARIES = ["List Products", "Upload Picture", "Follow Prices", "Export Json Lines", "Log In"]


@dataclass(frozen=True)
class Demo:
    """The running demo: its address, and the password of its owner."""

    url: str
    password: str

    def change_price(self, product_id: int, cents: int) -> None:
        """Change a price, as another client."""
        with httpx.Client(base_url=self.url) as client:
            token = client.post("/token", data={"username": "owner", "password": self.password}).json()[
                "access_token"
            ]
            headers = {"Authorization": f"Bearer {token}"}
            change = client.patch(f"/products/{product_id}", json={"price_cents": cents}, headers=headers)
            change.raise_for_status()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with served("examples/demo/main.py", DEMO_DATA=str(tmp_path_factory.mktemp("demo"))) as server:
        yield Demo(server.url, next(line.split()[1] for line in server.said if line.startswith("  owner ")))


@pytest.fixture
def origin(demo: Demo) -> str:
    """The address that pages are loaded from."""
    return demo.url


def test_swagger_ui_shows_the_operations(visit: Visit, screenshot: Path) -> None:
    page = visit.open("/docs")
    for summary in SUMMARIES:
        expect(page.locator("#swagger-ui").get_by_text(summary, exact=True)).to_be_visible()
    page.screenshot(path=screenshot, full_page=True)


def test_redoc_shows_the_operations(visit: Visit, screenshot: Path) -> None:
    page = visit.open("/redoc")
    for summary in SUMMARIES:
        expect(page.get_by_role("heading", name=summary)).to_be_visible()
    page.screenshot(path=screenshot)


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_docs_live_on_what_the_demo_gives(visit: Visit, path: str) -> None:
    """No request elsewhere, no file missing, nothing in the console."""
    visit.open(path).wait_for_load_state("networkidle")
    assert (visit.left, visit.failed, visit.complaints) == ([], [], [])


def test_a_login_in_swagger_ui_is_sent_with_the_calls(visit: Visit, demo: Demo, screenshot: Path) -> None:
    page = visit.open("/docs")
    page.get_by_role("button", name="Authorize").click()
    dialog = page.locator(".modal-ux")
    dialog.locator("#oauth_username").fill("owner")
    dialog.locator("#oauth_password").fill(demo.password)
    dialog.locator("button.authorize").click()
    expect(dialog.get_by_text("Logout")).to_be_visible()
    dialog.get_by_role("button", name="Close").first.click()
    page.get_by_text("Show Me").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .highlight-code").first).to_contain_text("catalogue:write")
    page.screenshot(path=screenshot, full_page=True)


def test_the_start_page_lists_the_products(visit: Visit, screenshot: Path) -> None:
    page = visit.open("/")
    expect(page.get_by_role("cell", name="Sencha")).to_be_visible()
    expect(page.locator("#state")).to_have_text("· live")
    page.screenshot(path=screenshot, full_page=True)
    assert (visit.left, visit.failed, visit.complaints) == ([], [], [])


def test_the_start_page_shows_a_new_price_at_once(visit: Visit, demo: Demo) -> None:
    page = visit.open("/")
    expect(page.locator("#state")).to_have_text("· live")
    expect(page.locator("#price-2")).to_be_visible()
    demo.change_price(2, 7777)
    expect(page.locator("#price-2")).to_have_text("77.77")
