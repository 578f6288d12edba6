"""The lab as `laneway run` serves it: all six ways, by the figures that they exist to show."""

import json
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from examples.lab.events import Begun, Failed
from examples.lab.feed import Feed
from examples.lab.runs import Run
from examples.serving import ROOT, Server, served
from laneway.lanes import UnknownLaneError

APP = "examples/lab/main.py"
WAYS = ["blocking-sleep", "awaited-sleep", "threads", "blocking-cpu", "cpu-threads", "cpu-processes"]
WAIT = 0.2  # seconds, one request's
REQUESTS = 10
TRIES = 3
CORES = os.cpu_count() or 1
FREE_CORES = CORES - os.getloadavg()[0]  # the suite itself takes one
GUILTY = {"wait", "cpu", "gil-held"}


@pytest.fixture(scope="module")
def lab() -> Iterator[Server]:
    with served(APP) as server:
        yield server


@pytest.fixture(scope="module")
def ended(lab: Server) -> dict[str, dict[str, Any]]:
    """How each way ended, by its name."""
    return {way: post(lab, way).raise_for_status().json() for way in WAYS}


def post(lab: Server, way: str) -> httpx.Response:
    """The answer to a run."""
    return httpx.post(f"{lab.url}/runs/{way}", timeout=50)


def guilty(run: dict[str, Any]) -> list[dict[str, Any]]:
    """The incidents of a run that have a line."""
    return [incident for incident in run["incidents"] if incident["kind"] in GUILTY]


def line_of(place: str) -> str:
    """The text of `file:line`."""
    file, _, number = place.rpartition(":")
    return (ROOT / file).read_text().splitlines()[int(number) - 1]


def follow_run(lab: Server, way: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of one run, as a page gets them."""
    events = []
    with httpx.stream("GET", f"{lab.url}/events", timeout=50) as stream:
        lines = stream.iter_lines()
        assert next(lines) == ": watching"
        run = threading.Thread(target=post, args=(lab, way))
        run.start()
        for line in lines:
            if name := re.match(r"event: (\w+)", line):
                events.append((name[1], json.loads(next(lines).removeprefix("data: "))))
                if name[1] == "ended":
                    break
        run.join()
    return events


def test_the_page_is_told_all_six_ways(lab: Server) -> None:
    assert [way["name"] for way in httpx.get(f"{lab.url}/ways").json()] == WAYS


def test_each_way_has_a_lesson_of_one_sentence(lab: Server) -> None:
    lessons = [way["lesson"] for way in httpx.get(f"{lab.url}/ways").json()]
    assert all(re.fullmatch(r"[^.]{30,}\.", lesson) for lesson in lessons), lessons


def test_sleeping_on_the_loop_takes_ten_waits(ended: dict[str, dict[str, Any]]) -> None:
    assert ended["blocking-sleep"]["seconds"] >= REQUESTS * WAIT


@pytest.mark.parametrize("way", ["awaited-sleep", "threads"])
def test_waiting_elsewhere_takes_less_than_one_after_the_other(
    ended: dict[str, dict[str, Any]], way: str
) -> None:
    assert WAIT <= ended[way]["seconds"] < REQUESTS * WAIT


def test_the_guard_names_the_line_that_slept(ended: dict[str, dict[str, Any]]) -> None:
    incident = guilty(ended["blocking-sleep"])[0]
    assert incident["route"] == "GET /ways/blocking-sleep"
    assert "time.sleep(WAIT_SECONDS)" in line_of(incident["place"])
    assert incident["instead"][0] == "await asyncio.sleep(WAIT_SECONDS)"


def test_the_guard_names_the_route_that_computed(ended: dict[str, dict[str, Any]]) -> None:
    assert "GET /ways/blocking-cpu" in {incident["route"] for incident in guilty(ended["blocking-cpu"])}


@pytest.mark.parametrize("way", ["awaited-sleep", "threads", "cpu-threads", "cpu-processes"])
def test_no_route_is_blamed_that_keeps_the_loop_free(ended: dict[str, dict[str, Any]], way: str) -> None:
    assert guilty(ended[way]) == []


def test_the_page_hears_every_request_twice(lab: Server) -> None:
    events = follow_run(lab, "awaited-sleep")
    for kind in ("sent", "answered"):
        assert sorted(event["number"] for name, event in events if name == kind) == list(range(REQUESTS))


def test_handlers_run_while_their_requests_are_open(lab: Server) -> None:
    events = follow_run(lab, "cpu-processes")
    sent = {event["number"]: event["at"] for name, event in events if name == "sent"}
    for name, event in events:
        if name == "answered":
            assert sent[event["number"]] <= event["began"] <= event["ended"] <= event["at"]


def at_once(events: list[tuple[str, dict[str, Any]]]) -> int:
    """How many handlers ran at the same moment, at most."""
    spans = [event for name, event in events if name == "answered"]
    counts: list[int] = [sum(one["began"] <= span["began"] < one["ended"] for one in spans) for span in spans]
    return max(counts)


def test_as_many_processes_compute_as_there_are_cores(lab: Server) -> None:
    """Each begins when another has ended, give or take the lane's way there and back."""
    assert at_once(follow_run(lab, "cpu-processes")) == min(CORES, REQUESTS)


def test_the_loop_computes_one_thing_at_a_time(lab: Server) -> None:
    assert at_once(follow_run(lab, "blocking-cpu")) == 1


def test_all_ten_requests_are_open_at_once(lab: Server) -> None:
    """A browser would have let four of them wait."""
    events = [event for _, event in follow_run(lab, "threads")]
    began = [event["began"] for event in events if "began" in event]
    ended = [event["ended"] for event in events if "ended" in event]
    assert max(began) < min(ended)


def test_two_runs_at_once_are_refused(lab: Server) -> None:
    statuses: list[int] = []
    runs = [
        threading.Thread(target=lambda: statuses.append(post(lab, "awaited-sleep").status_code)) for _ in "12"
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sorted(statuses) == [200, 409]


def test_an_unknown_way_is_not_found(lab: Server) -> None:
    assert post(lab, "unheard-of").status_code == 404


async def test_the_page_is_told_that_a_run_failed() -> None:
    """Outside of the app there is no lane for the client."""
    feed = Feed()
    with feed.watch() as told:
        with pytest.raises(UnknownLaneError):
            await Run("threads", feed).conduct(httpx.URL("http://127.0.0.1:1"))
        events = [told.get_nowait() for _ in range(told.qsize())]
    assert [type(event) for event in events] == [Begun, Failed]


def test_the_page_needs_nothing_from_elsewhere() -> None:
    addresses = [
        address
        for file in (Path(ROOT) / "examples/lab/static").iterdir()
        for address in re.findall(r"https?://[^\"' ]+", file.read_text())
    ]
    assert set(addresses) == {"http://www.w3.org/2000/svg"}
