"""`fastapi.dependencies.models`."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from laneway.callables import CallKind, kind_of
from laneway.dependant import Dependant as Dependant
from laneway.dependant import uses_scopes
from laneway.security.base import SecurityBase
from laneway.types import DependencyCacheKey, DependencyScope


class _Call:
    """A callable as a key: by identity, whatever it says about being equal."""

    def __init__(self, call: Any) -> None:
        self.call = call

    def __hash__(self) -> int:
        return id(self.call)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Call) and self.call is other.call


def _classifier(kind: CallKind) -> Any:
    @lru_cache(maxsize=4096)
    def is_of_kind(call: _Call) -> bool:
        return kind_of(call.call) is kind

    return is_of_kind


_is_gen_callable_cached = _classifier(CallKind.generator)
_is_async_gen_callable_cached = _classifier(CallKind.async_generator)
_is_coroutine_callable_cached = _classifier(CallKind.coroutine)


def _is_gen_callable(call: Callable[..., Any] | None) -> bool:
    """Whether calling gives a generator."""
    return call is not None and _is_gen_callable_cached(_Call(call))


def _is_async_gen_callable(call: Callable[..., Any] | None) -> bool:
    """Whether calling gives an async generator."""
    return call is not None and _is_async_gen_callable_cached(_Call(call))


def _is_coroutine_callable(call: Callable[..., Any] | None) -> bool:
    """Whether calling gives a coroutine."""
    return call is not None and _is_coroutine_callable_cached(_Call(call))


def _get_oauth_scopes(*, dependant: Dependant) -> list[str]:
    return dependant.oauth_scopes


def _get_cache_key(*, dependant: Dependant, uses_scopes_cache: object = None) -> DependencyCacheKey:
    return dependant.cache_key


def _get_computed_scope(*, dependant: Dependant) -> DependencyScope | None:
    return dependant.lifetime


def _uses_scopes(*, dependant: Dependant, cache: object = None) -> bool:
    return uses_scopes(dependant)


def _is_security_scheme(*, dependant: Dependant) -> bool:
    return dependant.call is not None and dependant.security_scheme is not None


def _get_security_scheme(*, dependant: Dependant) -> SecurityBase:
    scheme = dependant.security_scheme
    assert scheme is not None
    return scheme
