"""A browser's own EventSource, whose connection is cut again and again."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest

from laneway import Laneway
from laneway.jobs import Progress, jobs_router
from laneway.responses import HTMLResponse
from laneway.sse import EventSourceResponse
from laneway.stream import ResumableStreams
from tests.acceptance.stream_server import PROTOCOLS, Serve, serving

if TYPE_CHECKING:  # playwright is optional; without it the tests skip themselves
    from playwright.sync_api import Browser, Page

COUNT = 200
PAGE = """<!doctype html><link rel="icon" href="data:,"><script>
var seen = [], opened = 0, over = false;
function follow(path) {
  const source = new EventSource(path);
  source.onopen = () => opened += 1;
  source.onerror = () => over = source.readyState === EventSource.CLOSED;
  for (const kind of ["message", "status", "progress"])
    source.addEventListener(kind, event => seen.push(event.lastEventId.split(".").pop()));
}
</script>"""


@pytest.fixture(params=PROTOCOLS.values(), ids=PROTOCOLS)
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Serves an app until the test is over."""
    with serving(request.param, lifespan="on") as serve:
        yield serve


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """An empty page."""
    with browser.new_context() as context:
        yield context.new_page()


def make_app() -> Laneway:
    """A page, a stream and a job that it can follow."""
    app, streams = Laneway(jobs="memory:"), ResumableStreams(retry=0.02)

    async def numbers() -> AsyncIterator[int]:
        for number in range(COUNT):
            yield number
            await asyncio.sleep(0.005)

    @app.job()
    async def work(progress: Progress) -> None:
        for step in range(1, 6):
            await progress(done=step, total=5)
            await asyncio.sleep(0.25)

    @app.get("/", response_class=HTMLResponse)
    async def show() -> str:
        return PAGE

    @app.get("/numbers")
    async def ask() -> EventSourceResponse:
        return EventSourceResponse(numbers(), resume=streams)

    @app.post("/work")
    async def begin() -> str:
        return (await work.enqueue()).id

    app.include_router(jobs_router(app.jobs), prefix="/jobs")
    return app


def test_a_browser_that_is_cut_ten_times_sees_every_event_once_and_in_order(
    serve: Serve, page: "Page"
) -> None:
    """It connects again by itself, and stays away when it has everything."""
    server = serve(make_app())
    page.goto(server.url)
    page.evaluate("follow('/numbers')")
    for number in sorted(random.Random(6).sample(range(1, COUNT - 20), 10)):
        page.wait_for_function(f"seen.length >= {number}")
        server.cut()
    page.wait_for_function("over")

    assert page.evaluate("seen") == [str(number) for number in range(1, COUNT + 1)]
    assert page.evaluate("opened") > 5  # some cuts came before it had connected again


def test_a_browser_that_follows_a_job_stays_away_after_its_end(serve: Serve, page: "Page") -> None:
    """Cut off in the middle it comes back; after the final state it would, too, if nobody told it."""
    server = serve(make_app())
    page.goto(server.url)
    job_id = page.evaluate("fetch('/work', {method: 'POST'}).then(reply => reply.json())")
    page.evaluate(f"follow('/jobs/{job_id}/events')")
    page.wait_for_function("seen.length >= 3")
    server.cut()
    page.wait_for_function("over")

    last = int(page.evaluate("seen.at(-1)"))
    assert page.evaluate("seen") == [str(number) for number in range(1, last + 1)]
    assert page.evaluate("opened") == 2
