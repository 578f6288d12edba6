"""The dependency tree that a plan runs: overrides applied, everything derived worked out once."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from laneway.callables import CallKind
from laneway.signature import Dependant, get_dependant
from laneway.types import DependencyCacheKey

Overrides = Mapping[Callable[..., Any], Callable[..., Any]]


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
        children: The dependencies, in calling order.
    """

    dependant: Dependant
    name: str | None
    key: DependencyCacheKey
    shared: bool
    kind: CallKind
    before_response: bool
    children: tuple["Node", ...]

    @property
    def call(self) -> Callable[..., Any]:
        """The function to call."""
        return self.dependant.function

    @property
    def has_cleanup(self) -> bool:
        """Whether something runs after the `yield`."""
        return self.kind in (CallKind.generator, CallKind.async_generator)

    def open(self, values: dict[str, Any]) -> Any:
        """The context manager of a `yield` dependency: blocking for `def`, async for `async def`."""
        if self.kind is CallKind.generator:
            return contextmanager(self.call)(**values)
        manager: AbstractAsyncContextManager[Any] = asynccontextmanager(self.call)(**values)
        return manager

    def walk(self) -> "list[Node]":
        """All nodes in the order of calling; this one last."""
        return [node for child in self.children for node in child.walk()] + [self]


def build_tree(dependant: Dependant, overrides: Overrides) -> Node:
    """The tree of `dependant` with `overrides` in place of what they replace."""
    return _node(dependant, dependant, overrides)


def _node(declared: Dependant, used: Dependant, overrides: Overrides) -> Node:
    return Node(
        dependant=used,
        name=declared.name,
        key=declared.cache_key,
        shared=declared.use_cache,
        kind=used.kind,
        before_response=declared.scope == "function",
        children=tuple(_node(child, _replaced(child, overrides), overrides) for child in used.dependencies),
    )


def _replaced(declared: Dependant, overrides: Overrides) -> Dependant:
    call = declared.function
    replacement = overrides.get(call, call) if overrides else call
    if replacement is call:
        return declared
    return get_dependant(
        path=declared.path or "",
        call=replacement,
        name=declared.name,
        parent_oauth_scopes=declared.oauth_scopes,
        scope=declared.scope,
        concurrency=declared.concurrency,
    )
