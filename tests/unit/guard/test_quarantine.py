"""When an endpoint is moved, and what is said when it is not."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from laneway.guard.incident import Incident, Kind, Place
from laneway.guard.policy import GuardSettingError, GuardSettings, QuarantineMode
from laneway.guard.quarantine import INCIDENTS, WINDOW_SECONDS, Quarantine
from laneway.lanes.label import RouteLabel

PLACE = Place("/app/shop.py", 12, "report")


async def report() -> None:
    time.sleep(0)  # noqa: ASYNC251  # on purpose


async def awaits() -> None:
    await asyncio.sleep(0)


class Route:
    """A route that may be moved, or says why not."""

    def __init__(self, why: str | None = None) -> None:
        self.why = why
        self.lane: str | None = None
        self.threads: list[int] = []

    @property
    def thread_lane(self) -> str:
        return "thread"

    def why_on_loop(self) -> str | None:
        return self.why

    def run_in(self, lane: str | None) -> None:
        self.lane = lane
        self.threads.append(threading.get_ident())


def incident(kind: Kind = Kind.wait, line: int = 12, *, awaitless: bool = True) -> Incident:
    place = Place(PLACE.file, line, PLACE.function)
    return Incident(
        kind, 213.4, "GET /report", place=place, source="load()", call="load()", awaitless=awaitless
    )


def label(route: Route | None, endpoint: object = report) -> RouteLabel:
    return RouteLabel("GET /report", endpoint, movable=route)  # type: ignore[arg-type]


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def settle() -> None:
    await asyncio.sleep(0)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with running_loop() as loop:
        yield loop


def observe(
    quarantine: Quarantine, route: Route | None, *incidents: Incident, endpoint: object = report
) -> None:
    for one in incidents:
        quarantine.observe(one, label(route, endpoint))
    asyncio.run_coroutine_threadsafe(settle(), quarantine._loop).result(5)


def test_the_third_incident_on_a_line_moves_the_endpoint(loop: asyncio.AbstractEventLoop) -> None:
    quarantine, route = Quarantine(loop), Route()
    observe(quarantine, route, *[incident()] * (INCIDENTS - 1))
    before = route.lane
    observe(quarantine, route, incident(Kind.cpu))

    assert (before, route.lane) == (None, "thread")
    assert [(one.route, one.lane, one.place) for one in quarantine.routes()] == [
        ("GET /report", "thread", PLACE)
    ]


def test_the_route_is_told_on_the_thread_of_the_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Plans are made where they are used."""
    quarantine, route = Quarantine(loop), Route()
    observe(quarantine, route, *[incident()] * INCIDENTS)

    assert threading.get_ident() not in route.threads


def test_incidents_on_different_lines_do_not_add_up(loop: asyncio.AbstractEventLoop) -> None:
    quarantine, route = Quarantine(loop), Route()
    observe(quarantine, route, *[incident(line=line) for line in range(INCIDENTS)])

    assert route.lane is None


def test_incidents_of_long_ago_do_not_count(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    quarantine, route = Quarantine(loop), Route()
    now = time.monotonic()
    quarantine.observe(incident(), label(route))
    monkeypatch.setattr("laneway.guard.quarantine.time.monotonic", lambda: now + WINDOW_SECONDS + 10)
    quarantine.observe(incident(), label(route))
    quarantine.observe(incident(), label(route))

    assert quarantine.routes() == []


@pytest.mark.parametrize("kind", [Kind.importing, Kind.saturated, Kind.starved, Kind.paused])
def test_kinds_that_the_endpoint_is_not_at_fault_for_do_not_count(
    loop: asyncio.AbstractEventLoop, kind: Kind
) -> None:
    quarantine, route = Quarantine(loop), Route()
    observe(quarantine, route, *[incident(kind)] * 5)

    assert route.lane is None


@pytest.mark.parametrize(
    ("found", "route", "endpoint", "reason", "instead"),
    [
        (incident(Kind.gil_held), Route(), report, "a thread would not help", 'lane="process"'),
        (incident(), None, report, "only endpoints of HTTP routes", "asyncio.to_thread(load)"),
        (incident(awaitless=False), Route(), awaits, "its endpoint awaits", "asyncio.to_thread(load)"),
        (
            incident(awaitless=False),
            Route(),
            report,
            "not the endpoint ran this line",
            "asyncio.to_thread(load)",
        ),
        (
            incident(),
            Route("its response is a stream"),
            report,
            "its response is a stream",
            "asyncio.to_thread",
        ),
    ],
)
def test_what_stays_is_told_once_with_the_line_and_the_way_out(
    loop: asyncio.AbstractEventLoop,
    caplog: pytest.LogCaptureFixture,
    found: Incident,
    route: Route | None,
    endpoint: object,
    reason: str,
    instead: str,
) -> None:
    quarantine = Quarantine(loop)
    observe(quarantine, route, *[found] * 7, endpoint=endpoint)
    (text,) = [record.getMessage() for record in caplog.records]

    assert quarantine.routes() == []
    assert "/app/shop.py:12: load()" in text
    assert reason in text
    assert instead in text


def test_a_move_is_told_once_with_the_line_and_the_way_back(
    loop: asyncio.AbstractEventLoop, caplog: pytest.LogCaptureFixture
) -> None:
    observe(Quarantine(loop), Route(), *[incident()] * 7)
    (record,) = caplog.records

    assert (record.levelno, record.__dict__["guard_quarantine"]) == (logging.WARNING, "moved")
    assert 'laneway.guard.release("GET /report")' in record.getMessage()
    assert "/app/shop.py:12: load()" in record.getMessage()


def test_a_released_route_stays_released(loop: asyncio.AbstractEventLoop) -> None:
    """Who undoes it knows why; the guard does not know better three requests later."""
    quarantine, route = Quarantine(loop), Route()
    observe(quarantine, route, *[incident()] * INCIDENTS)
    released = quarantine.release("GET /report")
    observe(quarantine, route, *[incident(line=99)] * INCIDENTS)

    assert (released, route.lane, quarantine.routes()) == (True, None, [])


def test_what_is_not_in_quarantine_cannot_be_released(loop: asyncio.AbstractEventLoop) -> None:
    assert not Quarantine(loop).release("GET /report")


def test_the_end_of_the_guard_leaves_routes_as_they_were_declared(loop: asyncio.AbstractEventLoop) -> None:
    """The app may be started again."""
    quarantine, route = Quarantine(loop), Route()
    observe(quarantine, route, *[incident()] * INCIDENTS)
    quarantine.end()

    assert route.lane is None


def test_two_apps_with_a_route_of_one_name_are_counted_apart(loop: asyncio.AbstractEventLoop) -> None:
    quarantine, routes = Quarantine(loop), (Route(), Route())
    for number in range(4):
        one = RouteLabel("GET /report", report, lanes=("a", "b")[number % 2], movable=routes[number % 2])
        quarantine.observe(incident(), one)

    assert quarantine.routes() == []


def test_a_loop_that_is_closed_is_no_error() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    quarantine, route = Quarantine(loop), Route()
    for _ in range(INCIDENTS):
        quarantine.observe(incident(), label(route))

    assert route.lane is None


def test_the_environment_turns_it_on() -> None:
    environment = {"LANEWAY_GUARD": "warn:100", "LANEWAY_QUARANTINE": "safe"}

    assert GuardSettings.from_environment(environment).quarantine is QuarantineMode.safe


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (
            {"LANEWAY_GUARD": "warn", "LANEWAY_QUARANTINE": "on"},
            "'on' is no quarantine: write one of off, safe",
        ),
        ({"LANEWAY_QUARANTINE": "safe"}, "quarantine 'safe' needs a guard that watches: LANEWAY_GUARD=warn"),
    ],
)
def test_a_wrong_setting_is_refused_with_the_way_out(environment: dict[str, str], message: str) -> None:
    with pytest.raises(GuardSettingError) as refusal:
        GuardSettings.from_environment(environment)

    assert str(refusal.value) == message
