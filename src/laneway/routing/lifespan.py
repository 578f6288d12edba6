"""What runs around serving: lifespans of app, routers and mounted apps, one within the other."""

import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from typing import Any

from laneway.guard.policy import guarding
from laneway.guard.raising import raising_in_replies
from laneway.lanes.label import around
from laneway.lanes.registry import Lanes
from laneway.plan.app_scope import AppScope
from laneway.stream.work import stop_works

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]
Handler = Callable[[], Any]


async def call_handler(handler: Handler) -> None:
    """Call a start-up or shutdown handler of either colour."""
    result = handler()
    if inspect.isawaitable(result):
        await result


@asynccontextmanager
async def _events(startup: Sequence[Handler], shutdown: Sequence[Handler]) -> AsyncIterator[None]:
    for handler in startup:
        await call_handler(handler)
    yield
    for handler in shutdown:
        await call_handler(handler)


def events_lifespan(startup: Sequence[Handler], shutdown: Sequence[Handler]) -> Lifespan:
    """The lifespan of `on_event` handlers; the lists are read when it starts."""
    return lambda app: _events(startup, shutdown)


def as_lifespan(lifespan: Any) -> Lifespan:
    """A lifespan as a context manager, also from the generator functions of old."""
    if inspect.isasyncgenfunction(lifespan):
        return asynccontextmanager(lifespan)
    if inspect.isgeneratorfunction(lifespan):
        return _lifted(contextmanager(lifespan))
    return lifespan  # type: ignore[no-any-return]  # what users declare


def _lifted(manager: Callable[[Any], Any]) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[Any]:
        with manager(app) as state:
            async with guarding():
                yield state

    return lifespan


def merged(outer: Lifespan, inner: Lifespan) -> Lifespan:
    """Both, `inner` within `outer`; their states together, the outer one's winning."""

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[dict[str, Any] | None]:
        async with outer(app) as outer_state, inner(app) as inner_state:
            both = {**(inner_state or {}), **(outer_state or {})}
            yield both or None

    return lifespan


@asynccontextmanager
async def _lanes(lanes: Lanes | None) -> AsyncIterator[None]:
    if lanes is None:
        yield
        return
    # Started with the routes that use them, after start-up.
    try:
        yield
    finally:
        await lanes.stop()


@asynccontextmanager
async def _streams(lanes: Lanes | None) -> AsyncIterator[None]:
    """Ends resumable streams before what they use is closed."""
    try:
        yield
    finally:
        if lanes is not None:
            await stop_works(lanes)


def _jobs_of(app: Any) -> AbstractAsyncContextManager[Any]:
    """What serves the app's jobs."""
    serving = getattr(app, "serving_jobs", None)
    return nullcontext() if serving is None else serving()


def whole_lifespan(own: Lifespan, mounted: Callable[[], Iterator[Any]]) -> Lifespan:
    """An app's lifespan within that of its lanes and around those of mounted apps.

    Start-up and shutdown of each app see its own lanes, and so do the tasks that they start. The guard watches in
    between: start-up and shutdown may block, nobody is served then.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[Any]:
        lanes = getattr(app, "lanes", None)
        with seeing(lanes) as see_again:
            async with _lanes(lanes), own(app) as state, AsyncExitStack() as stack:
                for child in mounted():
                    child_state = await stack.enter_async_context(child.router.whole_lifespan(child))
                    state = {**(child_state or {}), **(state or {})} or state
                see_again()  # a child has left its own
                if isinstance(scope := getattr(app, "app_scope", None), AppScope):
                    await stack.enter_async_context(scope.lifetime(app.router.app_places()))
                if (prepare := getattr(app, "prepare", None)) is not None:
                    await prepare()
                async with _streams(lanes), _jobs_of(app), guarding() as guard:
                    with raising_in_replies(app, guard):
                        yield state
                see_again()  # a shutdown may run in another context than the start-up

    return lifespan


@contextmanager
def seeing(lanes: Lanes | None) -> Iterator[Callable[[], object]]:
    """Calls sent to a lane by hand find these lanes; the function given says so again.

    There are no tokens to reset because a test's fixture may leave a lifespan in another context than it entered.
    """
    before = around.get()
    here = before if lanes is None else lanes
    around.set(here)
    try:
        yield lambda: around.set(here)
    finally:
        around.set(before)
