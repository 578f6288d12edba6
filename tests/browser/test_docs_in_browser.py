"""The documentation pages in Chromium, with every way out of the machine closed."""

import re
from pathlib import Path

import pytest

from .conftest import Visit

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

pytestmark = pytest.mark.browser

OPERATIONS = ["Read item", "Create item", "Forget everything"]
SWAGGER_UI_PAGES = ["/docs", "/shop/v1/docs", "/by-hand/docs", "/shop/v1/by-hand/docs"]
REDOC_PAGES = ["/redoc", "/shop/v1/redoc"]


@pytest.mark.parametrize("path", SWAGGER_UI_PAGES)
def test_swagger_ui_shows_the_operations(visit: Visit, path: str, screenshot: Path) -> None:
    """At the root, below a mount, and in a page made by hand."""
    page = visit.open(path)
    for operation in OPERATIONS:
        expect(page.locator("#swagger-ui").get_by_text(operation)).to_be_visible()
    page.screenshot(path=screenshot, full_page=True)


@pytest.mark.parametrize("path", REDOC_PAGES)
def test_redoc_shows_the_operations(visit: Visit, path: str, screenshot: Path) -> None:
    """At the root and below a mount."""
    page = visit.open(path)
    for operation in OPERATIONS:
        expect(page.get_by_role("heading", name=operation)).to_be_visible()
    page.screenshot(path=screenshot)


@pytest.mark.parametrize("path", [*SWAGGER_UI_PAGES, *REDOC_PAGES])
def test_a_page_lives_on_what_its_server_gives(visit: Visit, path: str) -> None:
    """No request elsewhere, no file missing, and neither errors nor policy violations in the console."""
    visit.open(path).wait_for_load_state("networkidle")
    assert (visit.left, visit.failed, visit.complaints) == ([], [], [])


@pytest.mark.parametrize("path", ["/docs", "/shop/v1/docs"])
def test_try_it_out_calls_the_operation(visit: Visit, path: str, screenshot: Path) -> None:
    """The answer of the running app appears in the page."""
    page = visit.open(path)
    page.get_by_text("Read item").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_placeholder("item_id").fill("7")
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .highlight-code").first).to_contain_text("Item 7")
    page.screenshot(path=screenshot, full_page=True)
    assert visit.complaints == []


def test_an_oauth2_login_returns_to_swagger_ui(visit: Visit) -> None:
    """The window that the identity provider returns to hands over the code and closes."""
    page = visit.open("/docs")
    page.get_by_role("button", name="Authorize").click()
    dialog = page.locator(".modal-ux")
    with page.expect_popup() as popup:
        dialog.locator("button.authorize").click()
    expect(dialog.get_by_text("Logout")).to_be_visible()
    assert popup.value.is_closed()


def test_the_login_page_opened_by_hand_explains_itself(visit: Visit) -> None:
    """Without a waiting Swagger UI there is nobody to hand the login to."""
    page = visit.open("/docs/oauth2-redirect")
    expect(page.get_by_text("This page ends a login")).to_be_visible()
    assert visit.complaints == []


def test_redoc_search_finds_an_operation(visit: Visit) -> None:
    """The index is built in a worker, which the policy must let start."""
    page = visit.open("/redoc")
    page.get_by_placeholder("Search...").press_sequentially("forget")
    expect(page.get_by_role("search").get_by_text(re.compile("Forget everything"))).to_be_visible()
    assert visit.complaints == []


def test_google_fonts_are_asked_for_only_by_a_page_made_by_hand(visit: Visit) -> None:
    """FastAPI's default of `get_redoc_html` is kept; without internet the page still renders."""
    page = visit.open("/by-hand/redoc")
    expect(page.get_by_role("heading", name="Read item")).to_be_visible()
    assert {url.split("/")[2] for url in visit.left} == {"fonts.googleapis.com"}


def test_settings_cannot_break_out_of_their_script(visit: Visit) -> None:
    """A setting that closes the script element stays text, and the page works."""
    page = visit.open("/injected")
    expect(page.locator("#swagger-ui").get_by_text("Read item")).to_be_visible()
    assert page.evaluate("window.broken") is None
