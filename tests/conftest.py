"""What every test gets: one event loop library, and a failure when it leaves something running behind."""

import asyncio
import gc
import multiprocessing
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

GRACE_SECONDS = 2.0  # what has been told to end may take this long
POLL_SECONDS = 0.005

# Threads that outlive a test by design: idle, owned by a pool, ended with their loop or with the process.
POOL_THREADS = (
    "AnyIO worker thread",  # ends with the event loop it served
    "laneway-thread-",  # kept by the default thread lane for ten seconds, in case of more work
    "asyncio_",  # the default executor, ends with its loop
    "waitpid-",  # asyncio's child watcher, ends with the child
    "Trio thread ",  # kept by trio for ten seconds, in case of more work
)
# Helper processes of the standard library: one of each, for as long as this process lives.
HELPER_PROCESSES = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")


def pytest_sessionstart() -> None:
    """Let Ctrl+C reach what tests start."""
    # A shell that puts this run in the background has it ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Spare the garbage collector the suite itself.

    A full collection of thousands of tests takes 100 ms and more, which is time that an event loop stands still, and
    the guard says so.
    """
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Let everything be found again: Hypothesis, which is loaded last, looks who refers to a random generator."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop of every async test."""
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in tests/browser, and let it run last.

    Playwright keeps an event loop running in this thread until the session ends, where `asyncio.run` would fail.
    """
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(name: str, obj: object) -> None:
    """Let every async test be checked for tasks; the check must run on the test's own loop."""
    if name.startswith("test") and asyncio.iscoroutinefunction(obj):
        pytest.mark.usefixtures("no_leaked_tasks")(obj)


def remaining(look: Callable[[], set[str]]) -> set[str]:
    """What is still there when the grace is over; asks again and again until then."""
    deadline = time.monotonic() + GRACE_SECONDS
    while (found := look()) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return found


def running_threads() -> set[threading.Thread]:
    """The threads that are somebody's to end."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith(POOL_THREADS)}


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """Fail a test that leaves a thread running."""
    before = running_threads()
    yield
    leaked = remaining(lambda: {thread.name for thread in running_threads() - before})
    assert not leaked, f"threads left running: {sorted(leaked)}"


def command_line(pid: int) -> str:
    """What a process is; empty when it has ended and waits to be collected."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def child_processes() -> dict[int, str]:
    """Live children of this process and their command lines; only multiprocessing's where there is no /proc."""
    lists = list(Path("/proc/self/task").glob("*/children"))
    if not lists:
        return {child.pid or 0: child.name for child in multiprocessing.active_children()}
    children = {int(pid): command_line(int(pid)) for file in lists for pid in read_list(file)}
    return {
        pid: line
        for pid, line in children.items()
        if line and not any(helper in line for helper in HELPER_PROCESSES)
    }


def read_list(file: Path) -> list[str]:
    """The words of a file of /proc; none if its thread has ended meanwhile."""
    try:
        return file.read_text().split()
    except OSError:
        return []


@pytest.fixture(autouse=True)
def no_leaked_processes() -> Iterator[None]:
    """Fail a test that leaves a child process running."""
    before = child_processes()

    def leaked() -> set[str]:
        return {f"{pid}: {line}" for pid, line in child_processes().items() if pid not in before}

    yield
    left = remaining(leaked)
    assert not left, f"child processes left running: {sorted(left)}"


def started_tasks() -> set[asyncio.Task[object]]:
    """The tasks of this loop that the test may have started: all but those in which AnyIO's plugin runs us."""
    return {
        task
        for task in asyncio.all_tasks()
        if "TestRunner." not in getattr(task.get_coro(), "__qualname__", "")
    }


@pytest.fixture
async def no_leaked_tasks() -> AsyncIterator[None]:
    """Fail an async test that leaves a task pending on its loop."""
    before = started_tasks()
    yield
    leaked = started_tasks() - before
    if leaked:
        _, leaked = await asyncio.wait(leaked, timeout=GRACE_SECONDS)
    assert not leaked, f"tasks left pending: {sorted(map(repr, leaked))}"
