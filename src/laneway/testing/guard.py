"""pytest plugin: a test that blocks an event loop fails, and the failure names the line.

One line turns it on, in pyproject.toml: `addopts = ["-p", "laneway.testing.guard"]`. Where the plugin is loaded by other
means (`pytest_plugins`), it waits for `laneway_guard = true`. Every asyncio loop that runs during a test is watched,
uvloop's included: that of AnyIO's plugin, of pytest-asyncio, of `asyncio.run`, and that of `TestClient`'s thread.
"""

import asyncio
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from laneway.guard.incident import Incident
from laneway.guard.raising import BlockedLoopError
from laneway.guard.watchdog import THRESHOLD_SECONDS, Guard

NAME = "laneway.testing.guard"
MARKER = "blocking_ok: the test may block its event loop; laneway.testing.guard looks away"


class LoopWatch:
    """Watches every loop that runs while a test does.

    Args:
        threshold: Seconds that a loop may be busy with one step.
    """

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._lock = threading.Lock()  # loops of several threads report here
        self._incidents: list[Incident] = []
        self._testing = False

    def begin(self) -> None:
        """A test begins."""
        self._take()
        self._testing = True

    def end(self) -> tuple[Incident, ...]:
        """A test has ended; the blocks that somebody is at fault for."""
        self._testing = False
        return tuple(incident for incident in self._take() if incident.is_at_fault)

    def _take(self) -> list[Incident]:
        with self._lock:
            taken, self._incidents = self._incidents, []
        return taken

    def _add(self, incident: Incident) -> None:
        with self._lock:
            self._incidents.append(incident)

    def wrap(self, run_forever: Callable[[Any], None]) -> Callable[[Any], None]:
        """`run_forever` of a class of loops, watched; all ways to run a loop go through it."""

        @functools.wraps(run_forever)
        def watched(loop: asyncio.AbstractEventLoop) -> None:
            if not self._testing:
                run_forever(loop)
                return
            guard = Guard(loop, threshold=self.threshold, window=0.0, on_incident=self._add)
            guard.start(before_loop=True)
            try:
                run_forever(loop)
            finally:
                guard.stop()

        return watched


class GuardPlugin:
    """The hooks, while the plugin is on."""

    def __init__(self, watch: LoopWatch) -> None:
        self.watch = watch

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Watch the loops of a test, and let it fail if one was blocked."""
        if item.get_closest_marker("blocking_ok") is not None:
            return (yield)
        self.watch.begin()
        try:
            result = yield
        finally:
            incidents = self.watch.end()
        if incidents:
            pytest.fail(str(BlockedLoopError(incidents)), pytrace=False)
        return result


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings in the configuration file."""
    parser.addini("laneway_guard", "fail tests that block an event loop", type="string", default="")
    ms = f"{THRESHOLD_SECONDS * 1000:g}"
    parser.addini("laneway_guard_threshold", "milliseconds that a loop may be busy with one step", default=ms)


def pytest_configure(config: pytest.Config) -> None:
    """Turn it on, if it is wanted, for as long as pytest runs."""
    config.addinivalue_line("markers", MARKER)
    if not _is_wanted(config):
        return
    watch = LoopWatch(float(config.getini("laneway_guard_threshold")) / 1000)
    patch = pytest.MonkeyPatch()
    for loops in _classes_of_loops():
        patch.setattr(loops, "run_forever", watch.wrap(loops.run_forever))
    config.add_cleanup(patch.undo)
    config.pluginmanager.register(GuardPlugin(watch), f"{NAME}:on")


def _is_wanted(config: pytest.Config) -> bool:
    setting = str(config.getini("laneway_guard")).lower()
    return setting in {"true", "1", "yes", "on"} or (not setting and NAME in config.option.plugins)


def _classes_of_loops() -> list[Any]:
    """The loops of asyncio, and uvloop's where it is installed."""
    try:
        import uvloop
    except ModuleNotFoundError:
        return [asyncio.BaseEventLoop]
    return [asyncio.BaseEventLoop, uvloop.Loop]
