"""A callable with everything that calling it takes, as a value: parameters by source, and the tree of dependencies."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from laneway.callables import CallKind, hashable, is_generator, kind_of, unwrapped
from laneway.concurrency_limit import DependencyConcurrency
from laneway.fields import ModelField
from laneway.security.base import SecurityBase
from laneway.types import DependencyCacheKey, DependencyScope


@dataclass(slots=True)
class Dependant:
    """A callable with everything that calling it takes.

    The root of the tree is the endpoint; below it stand the dependencies in the order they are called.
    """

    path_params: list[ModelField] = field(default_factory=list)
    query_params: list[ModelField] = field(default_factory=list)
    header_params: list[ModelField] = field(default_factory=list)
    cookie_params: list[ModelField] = field(default_factory=list)
    body_params: list[ModelField] = field(default_factory=list)
    dependencies: list["Dependant"] = field(default_factory=list)
    name: str | None = None  # the argument that gets the result; None for dependencies without a parameter
    call: Callable[..., Any] | None = None
    request_param_name: str | None = None
    websocket_param_name: str | None = None
    http_connection_param_name: str | None = None
    response_param_name: str | None = None
    background_tasks_param_name: str | None = None
    security_scopes_param_name: str | None = None
    own_oauth_scopes: list[str] | None = None
    parent_oauth_scopes: list[str] | None = None
    use_cache: bool = True
    path: str | None = None
    scope: DependencyScope | None = None
    concurrency: DependencyConcurrency | None = None
    lane: str | None = None  # chosen here or by @lane; None where the route's holds
    deadline_param_name: str | None = None

    @property
    def function(self) -> Callable[..., Any]:
        """The callable, known to be there."""
        if self.call is None:
            raise AssertionError("the dependant has no callable")
        return self.call

    @property
    def kind(self) -> CallKind:
        """How the callable is to be called."""
        return kind_of(self.function)

    @property
    def oauth_scopes(self) -> list[str]:
        """Security scopes in force here, outermost first, each once."""
        return list(dict.fromkeys([*(self.parent_oauth_scopes or ()), *(self.own_oauth_scopes or ())]))

    @property
    def security_scheme(self) -> SecurityBase | None:
        """The security scheme that the callable is, if it is one."""
        inner = unwrapped(self.call)
        return inner if isinstance(inner, SecurityBase) else None

    @property
    def lifetime(self) -> DependencyScope | None:
        """When the clean-up of a `yield` dependency runs; None for those that have none and did not say."""
        if self.scope is None and self.call is not None and is_generator(self.call):
            return "request"
        return self.scope

    @property
    def cache_key(self) -> DependencyCacheKey:
        """Equal for two uses that share one call within a request."""
        scopes = tuple(sorted(self.oauth_scopes)) if uses_scopes(self) else ()
        return (hashable(self.call), scopes, self.lifetime or "")

    def parameters(self) -> Iterator[ModelField]:
        """Fields outside the body, in the order in which errors are told."""
        yield from self.path_params
        yield from self.query_params
        yield from self.header_params
        yield from self.cookie_params

    def walk(self) -> Iterator["Dependant"]:
        """This node and all below, parents first."""
        yield self
        for dependency in self.dependencies:
            yield from dependency.walk()


def uses_scopes(dependant: Dependant) -> bool:
    """Whether the result of a dependency may depend on the security scopes around it."""
    return any(
        node.own_oauth_scopes
        or node.security_scopes_param_name is not None
        or node.security_scheme is not None
        for node in dependant.walk()
    )
