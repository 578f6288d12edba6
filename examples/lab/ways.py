"""The six ways. The handlers differ in one word each; two of them are wrong on purpose."""

import asyncio
import time
from dataclasses import dataclass

from laneway import APIRouter

from .work import NUMBERS, WAIT_SECONDS, Span, count_primes

router = APIRouter(prefix="/ways", tags=["ways"])


@dataclass(frozen=True, slots=True)
class Way:
    """How the page presents a way.

    Attributes:
        name: The last part of its path.
        title: What is done where.
        code: The handler in one line.
        lesson: What to learn from it.
    """

    name: str
    title: str
    code: str
    lesson: str


WAYS = [
    Way(
        "blocking-sleep",
        "Wait on the loop",
        "async def: time.sleep(0.2)",
        "A call that blocks inside async def makes everybody queue: ten waits, one after the other.",
    ),
    Way(
        "awaited-sleep",
        "Wait, awaited",
        "async def: await asyncio.sleep(0.2)",
        "await gives the loop back while it waits, so ten waits take as long as one.",
    ),
    Way(
        "threads",
        "Wait in threads",
        "def: time.sleep(0.2)",
        "A plain def runs in a thread: the same blocking call harms nobody.",
    ),
    Way(
        "blocking-cpu",
        "Compute on the loop",
        "async def: count_primes()",
        "Computing blocks like waiting does, and there is nothing in it that could be awaited.",
    ),
    Way(
        "cpu-threads",
        "Compute in threads",
        "def: count_primes()",
        "Threads share one interpreter: the loop stays alive, but the total gets no better.",
    ),
    Way(
        "cpu-processes",
        "Compute in processes",
        'def, lane="process": count_primes()',
        "Each process has an interpreter of its own: the total shrinks with the number of cores.",
    ),
]


@router.get("/blocking-sleep")
async def blocking_sleep() -> Span:
    """Wrong on purpose: the loop stands still."""
    began = time.monotonic()
    time.sleep(WAIT_SECONDS)  # noqa: ASYNC251 - the mistake to show
    return Span.since(began)


@router.get("/awaited-sleep")
async def awaited_sleep() -> Span:
    """The loop serves others meanwhile."""
    began = time.monotonic()
    await asyncio.sleep(WAIT_SECONDS)
    return Span.since(began)


@router.get("/threads")
def sleep_in_a_thread() -> Span:
    """The call blocks a thread, and there are more."""
    began = time.monotonic()
    time.sleep(WAIT_SECONDS)
    return Span.since(began)


@router.get("/blocking-cpu")
async def compute_on_the_loop() -> Span:
    """Wrong on purpose: the loop computes and does nothing else."""
    began = time.monotonic()
    count_primes(NUMBERS)
    return Span.since(began)


@router.get("/cpu-threads")
def compute_in_a_thread() -> Span:
    """Alive, but no faster."""
    began = time.monotonic()
    count_primes(NUMBERS)
    return Span.since(began)


@router.get("/cpu-processes", lane="process")
def compute_in_a_process() -> Span:
    """As many at once as there are cores."""
    began = time.monotonic()
    count_primes(NUMBERS)
    return Span.since(began)
