"""Dependencies with `scope="app"`: made once, shared by all requests, closed in reverse order when the app ends.

Each has a place that plans look into. A lifespan fills the places before the first request; without one, and for
overrides, the first request does that finds its place empty.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
from anyio import CancelScope

from laneway.callables import hashable
from laneway.dependant import Dependant
from laneway.exceptions import FastAPIError
from laneway.lanes.registry import DEFAULT_LANES, Lanes
from laneway.plan.cleanup import Cleanup
from laneway.plan.solve import call_plain, enter_dependency
from laneway.plan.tree import AppPlace, Node


class Place:
    """Where one app-scoped dependency is kept.

    Attributes:
        value: What it gave; absent until it was made.
        node: How to make it.
        replaced: Callables for which overrides stand in it.
    """

    __slots__ = ("_declared", "_scope", "node", "replaced", "value")

    value: Any

    def __init__(self, scope: "AppScope", declared: Dependant, node: Node, replaced: frozenset[Any]) -> None:
        self._scope = scope
        self._declared = declared  # so that its id stays its own
        self.node = node
        self.replaced = replaced

    async def get(self) -> Any:
        """The value, made now if it is not there."""
        return self.value if hasattr(self, "value") else await self._scope.make(self)


class AppScope:
    """The app-scoped dependencies of one app."""

    def __init__(self, lanes: Lanes = DEFAULT_LANES) -> None:
        self._lanes = lanes
        self._places: dict[Any, Place] = {}
        self._lock = anyio.Lock()  # nothing is made twice
        self._stack = AsyncExitStack()

    def place(self, declared: Dependant, node: Node) -> AppPlace:
        """The place of a dependency: one for each callable and what stands below it.

        Args:
            declared: The dependency as it was declared.
            node: The same with the overrides of now.
        """
        below = [child.place for child in node.children if child.place is not None]
        # A declaration that shares with nobody has a place of its own.
        own = None if declared.use_cache else id(declared)
        key = (hashable(node.call), own, *map(id, below))
        if key not in self._places:
            replaced = [] if node.call is declared.call else [hashable(declared.call)]
            inherited = [call for place in below for call in place.replaced]
            self._places[key] = Place(self, declared, node, frozenset([*replaced, *inherited]))
        return self._places[key]

    def forget(self, calls: Collection[Callable[..., Any]]) -> None:
        """Drop what was made with overrides of `calls`; the next override makes it anew."""
        changed = {hashable(call) for call in calls}
        self._places = {key: place for key, place in self._places.items() if not (place.replaced & changed)}

    async def make(self, place: AppPlace) -> Any:
        """Fill a place, and those it needs."""
        async with self._lock:
            return await self._made(place)

    async def _made(self, place: AppPlace) -> Any:
        if not hasattr(place, "value"):
            node = place.node
            values = {
                child.name: await self._made(child.place)
                for child in node.children
                if child.name is not None and child.place is not None
            }
            place.value = await self._call(node, values)
        return place.value

    async def _call(self, node: Node, values: dict[str, Any]) -> Any:
        if node.has_cleanup:
            return await enter_dependency(node, values, _LastingCleanup(self._stack), self._lanes)
        return await call_plain(node, values, self._lanes)

    @asynccontextmanager
    async def lifetime(self, places: Iterable[AppPlace]) -> AsyncIterator[None]:
        """From the start of an app to its end; `places` are filled before it serves, dependencies first.

        Raises:
            FastAPIError: One cannot be made; the message names it.
        """
        try:
            await self.fill(places)
            yield
        finally:
            await self.close()

    async def fill(self, places: Iterable[AppPlace]) -> None:
        """Make what is not there yet, dependencies first.

        Raises:
            FastAPIError: One cannot be made; the message names it.
        """
        for place in places:
            await self._start(place)

    async def _start(self, place: AppPlace) -> None:
        for child in place.node.children:
            if child.place is not None:
                await self._start(child.place)
        try:
            await self.make(place)
        except Exception as error:
            name = getattr(place.node.call, "__qualname__", place.node.call)
            raise FastAPIError(
                f'The app-scoped dependency "{name}" failed at start-up: {type(error).__name__}: {error}'
            ) from error

    async def close(self) -> None:
        """Run the clean-up of all, the last made first, and forget their values."""
        stack, self._stack = self._stack, AsyncExitStack()
        for place in self._places.values():
            if hasattr(place, "value"):
                del place.value
        with CancelScope(shield=True):
            await stack.aclose()


class _LastingCleanup(Cleanup):
    """Exit stacks that outlive requests: nobody's cancellation has to be kept from them."""

    def __init__(self, stack: AsyncExitStack) -> None:
        super().__init__(stack, stack)

    async def enter(self, manager: AbstractAsyncContextManager[Any], before_response: bool) -> Any:
        return await self.request.enter_async_context(manager)


_WITHOUT_APP = AppScope()


def app_scope_of(provider: object) -> AppScope:
    """The app-scoped dependencies of an app; of all that have none of their own together."""
    found = getattr(provider, "app_scope", None)
    return found if isinstance(found, AppScope) else _WITHOUT_APP
