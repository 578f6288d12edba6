"""The dependency tree that a plan runs: overrides applied, everything derived worked out once."""

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from laneway.app_scoped import APP, is_app_scoped
from laneway.callables import CallKind, hashable
from laneway.dependant import Dependant
from laneway.exceptions import FastAPIError
from laneway.lanes.proof import cannot_block
from laneway.lanes.registry import DEFAULT_LANES, LOOP, PROCESS, THREAD, Lane, Lanes
from laneway.overrides import speaks_of_overrides
from laneway.signature import get_dependant
from laneway.types import DependencyCacheKey

INLINE = "inline"

Overrides = Mapping[Callable[..., Any], Callable[..., Any]]


class AppPlace(Protocol):
    """Where an app-scoped dependency is kept; see `laneway.plan.app_scope`.

    Attributes:
        value: What it gave; absent until it was made.
        node: How to make it.
        replaced: Callables for which overrides stand in it.
    """

    value: Any
    node: "Node"
    replaced: frozenset[Any]

    async def get(self) -> Any:
        """The value, made now if it is not there."""


class AppPlaces(Protocol):
    """Who keeps app-scoped dependencies."""

    def place(self, declared: Dependant, node: "Node") -> AppPlace:
        """The place of a dependency, which is `node` with the overrides of now."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One use of a callable.

    Attributes:
        dependant: Its signature; that of the replacement when it is overridden.
        name: The argument of the caller that gets the result, if any.
        key: What makes two uses the same call; overriding does not change it.
        shared: Whether uses with the same key share one call.
        kind: How to call it.
        before_response: Whether a `yield` dependency ends before the response is sent.
        children: The dependencies, in calling order; of a live tree each is made when it is reached.
        lane: Name of the lane that it runs in.
        lane_kind: `loop`, `inline` (blocking in form, proven not to block), `thread` or `process`.
        place: Where an app-scoped dependency is kept; the node is a look there, and has nothing below it.
    """

    dependant: Dependant
    name: str | None
    key: DependencyCacheKey
    shared: bool
    kind: CallKind
    before_response: bool
    children: "tuple[Node, ...] | LiveChildren"
    lane: str
    lane_kind: str
    place: AppPlace | None = None

    @property
    def call(self) -> Callable[..., Any]:
        """The function to call."""
        return self.dependant.function

    @property
    def has_cleanup(self) -> bool:
        """Whether something runs after the `yield`."""
        return self.kind in (CallKind.generator, CallKind.async_generator)

    @property
    def is_live(self) -> bool:
        """Whether overrides are looked up during the request."""
        return isinstance(self.children, LiveChildren)

    def open(self, values: Mapping[str, Any]) -> Any:
        """The context manager of a `yield` dependency: blocking for `def`, async for `async def`."""
        if self.kind is CallKind.generator:
            return contextmanager(self.call)(**values)
        manager: AbstractAsyncContextManager[Any] = asynccontextmanager(self.call)(**values)
        return manager

    def walk(self) -> "list[Node]":
        """All nodes in the order of calling; this one last."""
        return [node for child in self.children for node in child.walk()] + [self]

    def uses(self, calls: Collection[Callable[..., Any]]) -> bool:
        """Whether one of the callables is called here or below, or was replaced; also for what is kept by the app."""
        if self.dependant.call in calls or self.key[0] in calls:
            return True
        below = self.children if self.place is None else self.place.node.children
        return any(child.uses(calls) for child in below)


class LiveChildren:
    """Dependencies whose overrides are looked up when their turn comes, as those before may have changed them."""

    def __init__(self, make: "Callable[[Dependant], Node]", declared: Sequence[Dependant]) -> None:
        self._make = make
        self._declared = declared

    def __iter__(self) -> "Iterator[Node]":
        return map(self._make, self._declared)


def build_tree(
    dependant: Dependant,
    overrides: Overrides,
    lanes: Lanes = DEFAULT_LANES,
    default_lane: str | None = None,
    *,
    live: bool = False,
    app: AppPlaces | None = None,
) -> Node:
    """The tree of `dependant`, as it is run.

    Args:
        dependant: The endpoint.
        overrides: Replacements of dependencies.
        lanes: The lanes there are.
        default_lane: Where blocking functions run that name no lane; what routers and app say.
        live: Whether overrides are looked up during the request; so they are where a dependency speaks of them.
        app: Who keeps app-scoped dependencies.

    Raises:
        FastAPIError: A callable cannot run in the lane that it names.
    """
    if default_lane is not None:
        lanes.check(default_lane)
    own = dependant.lane or default_lane
    # Dependencies run beside the endpoint; they do not follow it into another process.
    beside = own if own is not None and lanes.kind(own) == THREAD else None
    live = live or any(
        speaks_of_overrides(node.function) for child in dependant.dependencies for node in child.walk()
    )
    return _TreeBuilder(overrides, lanes, beside, live, app).node(dependant, dependant, own)


class _TreeBuilder:
    """What is the same for all nodes of a tree."""

    def __init__(
        self,
        overrides: Overrides,
        lanes: Lanes,
        default_lane: str | None,
        live: bool,
        app: AppPlaces | None,
    ) -> None:
        self._app = app
        self._overrides = overrides
        self._live = live
        self._lanes = lanes
        self._default_lane = default_lane

    def node(self, declared: Dependant, used: Dependant, default_lane: str | None) -> Node:
        """The node for one use of a callable and all below it."""
        lane, kind = self._lane(used, default_lane)
        return Node(
            dependant=used,
            name=declared.name,
            key=declared.cache_key,
            shared=declared.use_cache,
            kind=used.kind,
            before_response=declared.scope == "function",
            children=self._children(used.dependencies),
            lane=lane,
            lane_kind=kind,
        )

    def _children(self, declared: Sequence[Dependant]) -> tuple[Node, ...] | LiveChildren:
        if self._live:
            return LiveChildren(self._child, declared)
        return tuple(map(self._child, declared))

    def _child(self, declared: Dependant) -> Node:
        node = self.node(declared, _replaced(declared, self._overrides), self._default_lane)
        return self._kept(declared, node) if is_app_scoped(declared) else node

    def _kept(self, declared: Dependant, node: Node) -> Node:
        """A look at where an app-scoped dependency is kept: done at once, anywhere, and nothing to end."""
        if self._app is None:
            raise FastAPIError(f"{_name(declared)} is kept by an app, and there is none")
        return dataclasses.replace(
            node,
            kind=CallKind.sync,
            children=(),
            lane=APP,
            lane_kind=INLINE,
            place=self._app.place(declared, node),
        )

    def _lane(self, used: Dependant, default_lane: str | None) -> tuple[str, str]:
        chosen = used.lane
        if chosen is not None:
            self._lanes.check(chosen)
        if used.kind in (CallKind.coroutine, CallKind.async_generator):
            _refuse_async_in(chosen, used)
            return LOOP, LOOP
        if chosen is None and used.kind is CallKind.sync and cannot_block(used.function):
            return INLINE, INLINE
        lane = chosen or default_lane or THREAD
        kind = self._lanes.kind(lane)
        if kind == PROCESS:
            _check_for_process(lane, used)
        return lane, INLINE if kind == LOOP else kind


def _refuse_async_in(lane: str | None, used: Dependant) -> None:
    if lane not in (None, LOOP):
        raise FastAPIError(
            f"{_name(used)} is `async def` and cannot run in lane {lane!r}: it would need an event loop of its own. "
            f'Make it `def`, or call the blocking part with `await lanes.run("{lane}", ...)`'
        )


def _check_for_process(lane: str, used: Dependant) -> None:
    if used.kind is CallKind.generator:
        raise FastAPIError(
            f"{_name(used)} yields and cannot run in lane {lane!r}: what it opens would stay in another process. "
            f'Give it a thread lane, as in Depends(..., lane="{THREAD}")'
        )
    # PERF: what processes need is imported by apps that use them.
    from laneway.lanes.process_check import check_picklable

    check_picklable(used.function)


def _name(used: Dependant) -> str:
    return str(getattr(used.call, "__qualname__", used.call))


def _replaced(declared: Dependant, overrides: Overrides) -> Dependant:
    call = declared.function
    replacement = overrides.get(hashable(call), call) if overrides else call
    if replacement is call:
        return declared
    return get_dependant(
        path=declared.path or "",
        call=replacement,
        name=declared.name,
        parent_oauth_scopes=declared.oauth_scopes,
        scope=declared.scope,
        concurrency=declared.concurrency,
        lane=declared.lane,
    )


def used_lanes(tree: Node, lanes: Lanes) -> tuple[Lane, ...]:
    """The lanes in which a request of this tree takes a place."""
    names = dict.fromkeys(node.lane for node in tree.walk() if node.lane_kind in (THREAD, PROCESS))
    return tuple(lanes[name] for name in names)
