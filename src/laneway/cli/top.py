"""`laneway top`: asks a running app for its numbers, again and again, and shows them."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import islice

import httpx2
from rich.console import Console
from rich.live import Live

from laneway.cli.output import console
from laneway.cli.tables import TopOptions
from laneway.cli.top_history import History
from laneway.cli.top_page import page
from laneway.exceptions import LanewayError
from laneway.metrics.optional import needed_by
from laneway.metrics.route import INSTALL
from laneway.metrics.snapshot import Snapshot

DEFAULT_PATH = "/metrics"
ADD_METRICS = "add it to the app: laneway.metrics.prometheus(app)"
TIMEOUT_SECONDS = 5.0


class TopError(LanewayError):
    """There is nothing to show; the message says why and what to do."""


def watch(options: TopOptions) -> None:
    """Show what the options ask for, until Ctrl+C.

    Raises:
        TopError: An option makes no sense, or the first question had no usable answer.
    """
    if options.interval < 1:
        raise TopError(f"--interval {options.interval} gives the app no rest; give 1 or more seconds")
    source = Scraper(address(options.url), dict(header(text) for text in options.header))
    out = console()
    if options.json:
        print_json(source, options)
    elif options.once or not out.is_terminal:
        history = History()
        history.add(source.scrape(), time.monotonic())
        out.print(page(source.url, history, None))
    else:
        show_live(source, options, out)


def address(text: str) -> str:
    """The address of the metrics: `localhost:8000` is `http://localhost:8000/metrics`."""
    try:
        url = httpx2.URL(text if "://" in text else f"http://{text}")
    except httpx2.InvalidURL:
        url = httpx2.URL()
    if not url.host or url.scheme not in ("http", "https"):
        raise TopError(f"{text!r} is no address of a server; write it as http://127.0.0.1:8000")
    return str(url if url.path.strip("/") else url.copy_with(path=DEFAULT_PATH))


def header(text: str) -> tuple[str, str]:
    """The name and the value of `Name: value`."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise TopError(f'{text!r} is no header; write it as "Authorization: Bearer ..."')
    return name.strip(), value.strip()


class Scraper:
    """Reads the metrics of a running app.

    Args:
        url: Where they are.
        headers: Sent along.
    """

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.url = url
        # A new connection for each question reaches each of several workers sooner or later.
        self._headers = {"accept": "text/plain", "connection": "close", **headers}

    def scrape(self) -> Snapshot:
        """The numbers now.

        Raises:
            TopError: There are none.
        """
        with needed_by("laneway top", "prometheus_client", INSTALL):
            from laneway.metrics.scraped import NotOurMetricsError, read_snapshot
        try:
            reply = httpx2.get(self.url, headers=self._headers, timeout=TIMEOUT_SECONDS)
        except httpx2.TimeoutException:
            raise TopError(f"{self.url} did not answer within {TIMEOUT_SECONDS:g} s") from None
        except httpx2.HTTPError as error:
            raise TopError(f"nothing answers at {self.url}: {error}; is the app running?") from None
        if problem := refusal(reply.status_code):
            raise TopError(f"{self.url} answers {reply.status_code}: {problem}")
        try:
            return read_snapshot(reply.text)
        except NotOurMetricsError as error:
            raise TopError(f"{self.url} answers, but {error}; {ADD_METRICS}") from None


def refusal(status: int) -> str | None:
    """What a status other than 200 asks for."""
    if status == 404:
        return f"there are no metrics; {ADD_METRICS}"
    if status in (401, 403):
        return 'it wants to know who asks; pass --header "Authorization: ..."'
    return None if status == 200 else "no metrics; look into the log of the app"


def print_json(source: Scraper, options: TopOptions) -> None:
    """One line of JSON per answer."""
    for _ in rounds(options):
        print(json.dumps(asdict(source.scrape())), flush=True)


def rounds(options: TopOptions) -> Iterator[None]:
    """Once, or on and on in the chosen interval until Ctrl+C."""
    ticks: Iterable[None] = islice(every(options.interval), 1) if options.once else every(options.interval)
    with suppress(KeyboardInterrupt):
        yield from ticks


def every(seconds: float) -> Iterator[None]:
    """Begins a round every so many seconds, however long the rounds take."""
    due = time.monotonic()
    while True:
        yield
        due = max(due + seconds, time.monotonic())
        time.sleep(max(due - time.monotonic(), 0))


def show_live(source: Scraper, options: TopOptions, out: Console) -> None:
    """A page that is always new, as long as somebody watches."""
    history = History()
    history.add(
        source.scrape(), time.monotonic()
    )  # before the screen: what is wrong from the start ends the command
    with suppress(KeyboardInterrupt), Live(page(source.url, history, None), console=out, screen=True) as live:
        for _ in islice(every(options.interval), 1, None):
            problem = update(source, history)
            live.update(page(source.url, history, problem), refresh=True)


def update(source: Scraper, history: History) -> str | None:
    """Add what the app says now; if it says nothing, why."""
    try:
        history.add(source.scrape(), time.monotonic())
    except TopError as error:
        return str(error)
    return None
