"""The lab's page in Chromium, under `default-src 'self'` and with every way out of the machine closed."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from examples.serving import served

from .conftest import Visit

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

pytestmark = pytest.mark.browser

RUN_MS = 20_000  # the longest way takes two seconds on an idle machine


@pytest.fixture(scope="module")
def lab() -> Iterator[str]:
    with served("examples/lab/main.py") as server:
        yield server.url


@pytest.fixture
def origin(lab: str) -> str:
    """The address that pages are loaded from."""
    return lab


def run(visit: Visit, way: str) -> "sync_api.Locator":
    """Click a way's button and wait for its end; gives its card."""
    card = visit.page.locator(f"#{way}")
    card.get_by_role("button").click()
    expect(card.locator(".total")).to_have_text("…")
    expect(card.locator(".total")).to_contain_text(" s", timeout=RUN_MS)
    return card


def right_edges(card: "sync_api.Locator") -> list[float]:
    """Where the bars of the handlers end, pixels."""
    return sorted(
        box["x"] + box["width"] for bar in card.locator("rect.work").all() if (box := bar.bounding_box())
    )


def test_a_run_draws_a_bar_for_every_request(visit: Visit) -> None:
    visit.open("/")
    card = run(visit, "awaited-sleep")
    expect(card.locator("rect.open")).to_have_count(10)
    expect(card.locator("rect.work")).to_have_count(10)


def test_bars_grow_while_the_run_lasts(visit: Visit) -> None:
    page = visit.open("/")
    page.locator("#cpu-processes").get_by_role("button").click()
    expect(page.locator("#cpu-processes rect.open")).to_have_count(10)
    expect(page.locator("#cpu-processes .total")).to_have_text("…")
    expect(page.locator("#cpu-processes .total")).to_contain_text(" s", timeout=RUN_MS)


def test_blocking_handlers_are_drawn_as_a_staircase(visit: Visit) -> None:
    visit.open("/")
    edges = right_edges(run(visit, "blocking-sleep"))
    assert all(later - earlier > 10 for earlier, later in pairwise(edges)), edges


def test_the_guards_words_stand_beside_the_run(visit: Visit) -> None:
    page = visit.open("/")
    run(visit, "blocking-sleep")
    expect(page.locator("#incidents li").first).to_contain_text(
        "GET /ways/blocking-sleep at examples/lab/ways.py:"
    )
    expect(page.locator("#incidents li").first).to_contain_text("Instead: await asyncio.sleep(WAIT_SECONDS)")


def test_a_second_run_takes_the_place_of_the_first(visit: Visit) -> None:
    visit.open("/")
    run(visit, "threads")
    expect(run(visit, "threads").locator("rect.work")).to_have_count(10)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 800)])
def test_all_six_ways_run_without_a_complaint(
    visit: Visit, screenshot: Path, scheme: str, width: int, height: int
) -> None:
    """Nothing in the console, nothing from elsewhere, nothing wider than the window."""
    visit.page.set_viewport_size({"width": width, "height": height})
    visit.page.emulate_media(color_scheme=scheme)
    page = visit.open("/")
    page.get_by_role("button", name="Run all six").click()
    expect(page.locator("#cpu-processes .total")).to_contain_text(" s", timeout=2 * RUN_MS)
    page.screenshot(path=screenshot, full_page=width < 1000)
    assert (visit.left, visit.failed, visit.complaints) == ([], [], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
