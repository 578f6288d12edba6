"""What runs around a router's serving: events of old, lifespans, those of mounted apps among them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette import routing
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send
from typing_extensions import deprecated as mark_deprecated

from laneway.routing.dispatch import DispatchingRouter
from laneway.routing.lifespan import call_handler, whole_lifespan
from laneway.types import DecoratedCallable

ON_EVENT_DEPRECATED = "on_event is deprecated, use lifespan event handlers instead"


class LivingRouter(DispatchingRouter):
    """A router with a beginning and an end.

    Attributes:
        on_startup: Called before the first request.
        on_shutdown: Called after the last one.
    """

    on_startup: list[Callable[[], Any]]
    on_shutdown: list[Callable[[], Any]]

    def add_event_handler(self, event_type: str, func: Callable[[], Any]) -> None:
        """Call `func` at `startup` or `shutdown`."""
        if event_type not in ("startup", "shutdown"):
            raise AssertionError(f"event_type must be 'startup' or 'shutdown', not {event_type!r}")
        (self.on_startup if event_type == "startup" else self.on_shutdown).append(func)

    @mark_deprecated(ON_EVENT_DEPRECATED)
    def on_event(self, event_type: str) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Register a handler for `startup` or `shutdown`."""

        def register(func: DecoratedCallable) -> DecoratedCallable:
            self.add_event_handler(event_type, func)
            return func

        return register

    async def _startup(self) -> None:
        for handler in self.on_startup:
            await call_handler(handler)

    async def _shutdown(self) -> None:
        for handler in self.on_shutdown:
            await call_handler(handler)

    def whole_lifespan(self, app: Any) -> AbstractAsyncContextManager[Any]:
        """Everything that runs around serving `app`: its lanes, its lifespan, those of mounted apps."""
        return whole_lifespan(self.lifespan_context, self.mounted_apps)(app)

    async def lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the server's lifespan messages."""
        await routing.Router(lifespan=self.whole_lifespan).lifespan(scope, receive, send)

    def mounted_apps(self) -> Iterator[Any]:
        """Apps of ours that are mounted here, whose lifespans run with this router's."""
        for route in self.routes:
            # A mount of an included router may have its app behind a body limit.
            app = getattr(route, "original_route", route).app if isinstance(route, Mount) else None
            if isinstance(getattr(app, "router", None), LivingRouter):
                yield app
