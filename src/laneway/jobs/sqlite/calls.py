"""Threads that make blocking calls for an event loop."""

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class _Asked(NamedTuple):
    call: Callable[[], Any]
    answer: "asyncio.Future[Any]"


class CallThreads:
    """A few threads, as many calls at once.

    PERF: not a `ThreadPoolExecutor`, whose `submit` takes a lock that all executors of the process share. DBOS's threads
    submit all the time; when one of them lost its core while it had the lock, the event loop stood still with it (42 ms
    seen by the guard on a crowded machine). Here the loop takes no lock that a thread could keep.
    """

    def __init__(self, name: str, count: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True)
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    async def call(self, call: Callable[[], T]) -> T:
        """The result of a call.

        Raises:
            Exception: Whatever it raises.
        """
        answer: asyncio.Future[T] = self._loop.create_future()
        self._asked.put(_Asked(call, answer))
        return await answer

    def stop(self) -> None:
        """Let the threads end after the calls that were asked for."""
        for _ in self._threads:
            self._asked.put(None)

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            outcome = _outcome(asked.call)
            with suppress(RuntimeError):  # the loop was closed meanwhile
                self._loop.call_soon_threadsafe(_tell, asked.answer, *outcome)


def _outcome(call: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return call(), None
    except BaseException as error:  # noqa: BLE001  # belongs to who asked
        return None, error


def _tell(answer: "asyncio.Future[Any]", value: object, error: BaseException | None) -> None:
    if answer.done():  # who asked was cancelled
        return
    if error is None:
        answer.set_result(value)
    else:
        answer.set_exception(error)
