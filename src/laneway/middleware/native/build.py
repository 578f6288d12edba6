"""From the declaration of a layer to the layer: native where its class is one that we know."""

from importlib import import_module
from typing import Any

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from laneway.middleware.native.arriving import Arriving
from laneway.middleware.native.dispatch import Dispatching
from laneway.middleware.native.endpoint import Endpoint
from laneway.middleware.native.filters import Filter, Filters
from laneway.middleware.native.hooks import Hook
from laneway.routing.table import Found

_NATIVE = {
    ("starlette.middleware.cors", "CORSMiddleware"): ("cors", "NativeCORS"),
    ("starlette.middleware.gzip", "GZipMiddleware"): ("compression", "NativeGZip"),
    ("starlette.middleware.httpsredirect", "HTTPSRedirectMiddleware"): ("https", "NativeHTTPSRedirect"),
    ("starlette.middleware.sessions", "SessionMiddleware"): ("sessions", "NativeSessions"),
    ("starlette.middleware.trustedhost", "TrustedHostMiddleware"): ("hosts", "NativeTrustedHost"),
}
"""Module and class in `laneway.middleware.native`, imported when used: sessions need a library that may be missing."""


def make_layer(cls: Any, app: ASGIApp, args: Any, options: Any) -> Any:
    """The layer that a declaration means, around `app`."""
    layer = _native_class(cls)(app, *args, **options)
    return Dispatching(layer) if _only_dispatches(layer) else layer


def _native_class(cls: Any) -> Any:
    """The native form of one of Starlette's classes; the class itself if there is none, or a tool has changed it."""
    name = getattr(cls, "__module__", ""), getattr(cls, "__qualname__", "")
    if name not in _NATIVE or not _is_of(cls.__call__, name[0]):
        return cls
    module, native = _NATIVE[name]
    return getattr(import_module(f"laneway.middleware.native.{module}"), native)


def _only_dispatches(layer: object) -> bool:
    """Whether a layer leaves everything but `dispatch` to `BaseHTTPMiddleware`."""
    if not isinstance(layer, BaseHTTPMiddleware) or isinstance(layer, Dispatching):
        return False
    call = type(layer).__call__
    return (
        call is BaseHTTPMiddleware.__call__
        and _is_of(call, "starlette.middleware.base")
        and hasattr(layer, "app")
        and hasattr(layer, "dispatch_func")
    )


def _is_of(function: Any, module: str) -> bool:
    """Whether a function is defined there; tools that watch put theirs in its place, by whatever name."""
    return getattr(function, "__globals__", {}).get("__name__") == module


class NativeStack:
    """Layers that a server can pass without ASGI.

    Args:
        hooks: The outermost layers, as far as they are hooks.
        within: The next one.

    Attributes:
        within: The same.
        inner: The same if it dispatches; None when there is nothing but the endpoint.
    """

    __slots__ = ("_hooks", "inner", "within")

    def __init__(self, hooks: tuple[Hook, ...], within: Dispatching | Endpoint) -> None:
        self._hooks = hooks
        self.within = within
        self.inner = within if isinstance(within, Dispatching) else None

    def open(self, request: Arriving) -> tuple[Filters | None, Response | None]:
        """What hooks will do with the response, and the response if one of them has answered."""
        if not self._hooks:
            return None, None
        filters: list[Filter] = []
        answer: Response | None = None
        for hook in self._hooks:
            opened = hook.open(request)
            if isinstance(opened, Filter):
                filters.append(opened)
            elif opened is not None:
                answer = opened
                break
        filters.reverse()
        return Filters(filters) if filters else None, answer


class Layered(Found):
    """A route that is reached through native middleware; it has no plan of its own to be run without.

    Args:
        behind: The route.
        stack: The middleware.

    Attributes:
        behind: The same.
        stack: The same.
    """

    __slots__ = ("behind", "stack")

    def __init__(self, behind: Found, stack: NativeStack) -> None:
        super().__init__(_Behind(behind.route), behind.params)
        self.behind = behind
        self.stack = stack


class _Behind:
    """A route as servers see it that know nothing of middleware: without a plan."""

    __slots__ = ("_route",)
    direct_plan = None

    def __init__(self, route: Any) -> None:
        self._route = route

    @property
    def general_plan(self) -> Any:
        """The route's."""
        return self._route.general_plan


def native_stack(outermost: ASGIApp) -> NativeStack | None:
    """The layers from `outermost` on; None when one that a server would have to pass is known by ASGI alone."""
    hooks: list[Hook] = []
    layer: Any = outermost
    while isinstance(layer, Hook):
        hooks.append(layer)
        layer = layer.app
    return NativeStack(tuple(hooks), layer) if isinstance(layer, Dispatching | Endpoint) else None
