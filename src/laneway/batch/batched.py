"""`batched`: a function of a list, to be called with one item."""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar, Unpack, cast, overload
from weakref import WeakKeyDictionary

from laneway.batch.collector import Collector
from laneway.batch.errors import BatchDeclarationError
from laneway.batch.options import BatchKeywords, BatchOptions
from laneway.batch.stats import BatchStats, Tally, register
from laneway.callables import CallKind, kind_of
from laneway.lanes.calling import current_lanes, run
from laneway.lanes.importable import importable
from laneway.lanes.label import RouteLabel, serving
from laneway.lanes.process_check import function_name
from laneway.lanes.registry import LOOP, PROCESS, THREAD, Lanes
from laneway.lanes.thread_lane import ThreadLane

T = TypeVar("T")
R = TypeVar("R")


_TAKES_AN_ITEM = inspect.Signature([inspect.Parameter("item", inspect.Parameter.POSITIONAL_ONLY)])


class Register(Protocol):
    """What makes a batched function of a function. Its list may hold exceptions in the place of results."""

    @overload
    def __call__(
        self, function: Callable[[list[T]], Awaitable[Sequence[R | Exception]]], /
    ) -> "Batched[T, R]": ...
    @overload
    def __call__(self, function: Callable[[list[T]], Sequence[R | Exception]], /) -> "Batched[T, R]": ...


class Batched(Generic[T, R]):
    """A function of a list, called with one item at a time; `batched` makes it.

    Attributes:
        function: The function itself, to be called with a list.
    """

    def __init__(self, function: Callable[..., Any], options: BatchOptions, lanes: Lanes | None) -> None:
        functools.update_wrapper(self, function, updated=())
        self.__signature__ = _TAKES_AN_ITEM
        self.function = function
        self._is_async = kind_of(function) is CallKind.coroutine
        self._options = options
        self._lanes = lanes
        self._tally = Tally(options.name, options.max_size)
        self._collectors: WeakKeyDictionary[asyncio.AbstractEventLoop, Collector[T, R]] = WeakKeyDictionary()
        register(options.name, self)

    def __repr__(self) -> str:
        return f"<batched {self._options.name}>"

    async def __call__(self, item: T, /) -> R:
        """The result of one item, out of a batch.

        Raises:
            BatchFullError: Too many calls wait already; the reply to a request is 503 with `Retry-After`.
            LaneTimeoutError: The deadline of the request passed.
            LaneFullError, WorkerCrashedError, UnknownLaneError: As `lanes.run`, for all of the batch.
            BatchResultError: The function did not return one result for each item.
            Exception: What the function raised, or returned in the place of this item's result.
        """
        return await self._collector().result(item, self._lanes or current_lanes())

    def _collector(self) -> Collector[T, R]:
        loop = asyncio.get_running_loop()
        if loop not in self._collectors:
            self._collectors[loop] = Collector(self._options, self._tally, self._run)
        return self._collectors[loop]

    async def _run(self, items: list[T], lanes: Lanes) -> object:
        serving.set(RouteLabel(f"BATCH {self._options.name}", self.function, lanes))
        if self._is_async:
            return await self.function(items)
        lane = self._options.lane or THREAD
        function = importable(self.function) if lanes.kind(lane) == PROCESS else self.function
        return await run(lane, function, items)

    def check_lane(self, lanes: Lanes) -> None:
        """Let the lane expect the function.

        Raises:
            UnknownLaneError: The app has no such lane.
            UnpicklableError: The function cannot run in another process.
        """
        lane = self._options.lane
        if lane is not None and lanes.kind(lane) == PROCESS:
            target = lanes[lane]
            assert not isinstance(target, ThreadLane)
            target.expect(importable(self.function))

    def stats(self) -> BatchStats:
        """Its batches at this moment."""
        loops = [loop for reference in self._collectors.keyrefs() if (loop := reference()) is not None]
        collectors = [collector for loop in loops if (collector := self._collectors.get(loop)) is not None]
        return self._tally.stats(
            queued=sum(collector.waiting for collector in collectors),
            running=sum(collector.running for collector in collectors),
        )


def batched(*, lanes: Lanes | None = None, **options: Unpack[BatchKeywords]) -> Register:
    """Make a function of one item out of a function of a list: its calls are gathered into batches.

    Each event loop gathers its own calls. A batch runs outside of any request: it sees no context variables and no
    deadline of its callers, and it is not stopped when they are gone.

    Example:
        @batched(max_size=32, lane="model")
        def embed(texts: list[str]) -> list[Vector]: ...

        vector = await embed("a text")

    Args:
        lanes: The lanes that `lane` is one of; those of the app that serves the request when absent.
        **options: See `BatchKeywords`.

    Raises:
        BatchDeclarationError: The function cannot be batched as it is.
        ValueError: An option has a value that makes no sense.
    """

    def make(function: Callable[..., Any]) -> Batched[Any, Any]:
        named: Any = {"name": function_name(function), **options}
        checked = BatchOptions(**named)
        _check(function, checked)
        made: Batched[Any, Any] = Batched(function, checked, lanes)
        if lanes is not None:
            made.check_lane(lanes)
        return made

    return cast(Register, make)


def _check(function: Callable[..., Any], options: BatchOptions) -> None:
    kind = kind_of(function)
    if kind not in (CallKind.coroutine, CallKind.sync):
        raise BatchDeclarationError(f"{options.name} yields; a batched function returns a list")
    if kind is CallKind.coroutine and options.lane not in (None, LOOP):
        raise BatchDeclarationError(
            f"{options.name} is `async def` and cannot run in lane {options.lane!r}: it would need an event loop of its "
            f"own. Make it `def`, or leave out the lane"
        )
    try:
        inspect.signature(function).bind([])
    except TypeError:
        raise BatchDeclarationError(
            f"{options.name} has to take one argument, a list of items; a method is batched when it is bound: "
            f"batched()(model.embed)"
        ) from None
    except ValueError:  # native code that does not tell its parameters
        return
