"""What all connections of a server share: the app, limits, caches, the sweep."""

import asyncio
import contextvars
import weakref
from typing import Any, Protocol

from starlette.types import ASGIApp, Scope
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.server import ServerState

from laneway.app import Laneway
from laneway.lanes.label import serving
from laneway.plan.compiled import CompiledPlan
from laneway.routing.routes import RouteList
from laneway.server.direct.access_log import AccessLog, make_access_log
from laneway.server.direct.drive import Driver
from laneway.server.direct.head import Head
from laneway.server.direct.proxies import Proxies, forwarded
from laneway.server.direct.reply import Replies
from laneway.server.direct.sweep import Sweep
from laneway.server.direct.target import Target, Targets
from laneway.server.limits import Limits
from laneway.types import RawHeaders

_MOST_CONTEXTS = 10_000
_services: "weakref.WeakKeyDictionary[ServerState, Service]" = weakref.WeakKeyDictionary()


class Peer(Protocol):
    """A connection, as far as the service knows it.

    Attributes:
        client: Address of the client; None on a Unix socket.
        server: Ours.
        scheme: `http` or `https`.
        requests: How many it has begun to serve.
        parsed: Those whose head was not remembered, and that did not need ASGI.
    """

    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    scheme: str
    requests: int
    parsed: int

    def look(self, now: float) -> None:
        """End what takes too long."""


class Service:
    """A server's app and what its connections share.

    Attributes:
        app: What serves a request that needs ASGI.
        laneway: The app, when it is ours and nothing is around it; its plans are served directly.
        limits: What clients may do.
        most_at_once: Connections, and requests in tasks, from which on requests get 503; None for any number.
        connections: Those that are open and speak HTTP.
        contexts: What each plan runs in a copy of.
        queued: Bytes of bodies of requests that wait for their turn.
        asgi: Requests that went through ASGI.
        parsed: Requests whose head llhttp has read, and that did not need ASGI.
        served: All requests of connections that are closed.
    """

    def __init__(
        self, config: Config, state: ServerState, app_state: dict[str, Any], loop: asyncio.AbstractEventLoop
    ) -> None:
        if not config.loaded:
            config.load()
        self.config = config
        self.state = state
        self.loop = loop
        self.limits: Limits = getattr(config, "limits", None) or Limits(keep_alive=config.timeout_keep_alive)
        self.app, self._proxies = _without_proxies(config)
        self.laneway = self.app if isinstance(self.app, Laneway) else None
        self.most_at_once = config.limit_concurrency
        self._app_state = app_state
        self.replies = Replies(state)
        self.driver = Driver(loop)
        self.connections: set[Peer] = set()
        self.sweep = Sweep(loop, self._look)
        self.log: AccessLog | None = make_access_log(config, loop)
        self.queued = 0
        self.asgi = self.parsed = self.served = 0
        self.targets = Targets(self.limits.target)
        # A file that the server sends is not seen by middleware, which may want to compress it.
        plain = self.laneway is not None and not self.laneway.user_middleware
        self._extensions: dict[str, dict[str, object]] = {"http.response.pathsend": {}} if plain else {}
        self._routes = RouteList()
        self._seen = self._version = -1
        self._observed = False
        self._base = contextvars.copy_context()
        self.contexts: dict[CompiledPlan, contextvars.Context] = {}

    @property
    def own_app(self) -> Laneway:
        """The app, where a plan of it was found."""
        assert self.laneway is not None
        return self.laneway

    def is_full(self) -> bool:
        """Whether there are as many connections or tasks as there may be."""
        most = self.most_at_once
        return most is not None and max(len(self.state.connections), len(self.state.tasks)) >= most

    def look_at_routes(self) -> None:
        """Forget the targets if the app's routes have changed, or who observes them."""
        app = self.laneway
        if app is not None and (
            self._routes.version != self._seen
            or app.direct_version != self._version
            or (app.is_observable and app.is_observed is not self._observed)
        ):
            self._routes = app.router.route_list
            self._seen, self._version, self._observed = (
                self._routes.version,
                app.direct_version,
                app.is_observed,
            )
            self.targets.renew(app.direct_table(), app.native_middleware)

    def context(self, plan: CompiledPlan | None) -> contextvars.Context:
        """A new context for a request."""
        if plan is None:
            return self._base.copy()
        context = self.contexts.get(plan)
        if context is None:
            if len(self.contexts) >= _MOST_CONTEXTS:  # plans come anew with every override of a dependency
                self.contexts.clear()
            context = self.contexts[plan] = self._base.copy()
            context.run(serving.set, plan.label)
        return context.copy()

    def trusts(self, client: tuple[str, int] | None) -> bool:
        """Whether this is a proxy that may tell another client than itself."""
        return self._proxies is not None and (client[0] if client is not None else None) in self._proxies

    def origin(
        self, client: tuple[str, int] | None, scheme: str, headers: RawHeaders
    ) -> tuple[tuple[str, int] | None, str]:
        """Client and scheme of a request from an address, as its proxies tell them if they are trusted."""
        if self._proxies is not None and self.trusts(client):
            return forwarded(headers, client, scheme, self._proxies)
        return client, scheme

    def scope(self, peer: Peer, head: Head, target: Target) -> Scope:
        """The ASGI scope of a request."""
        root_path = self.config.root_path
        client, scheme = self.origin(peer.client, peer.scheme, head.headers)
        return {
            "type": "http",
            "asgi": {"version": self.config.asgi_version, "spec_version": "2.3"},
            "http_version": head.version,
            "server": peer.server,
            "client": client,
            "scheme": scheme,
            "method": target.method,
            "root_path": root_path,
            "path": root_path + target.path,
            "raw_path": root_path.encode("ascii") + target.raw_path,
            "query_string": target.query,
            "headers": head.headers,
            "state": self._app_state.copy(),
            "extensions": dict(self._extensions),
        }

    def _look(self, now: float) -> bool:
        for connection in list(self.connections):
            connection.look(now)
        return bool(self.connections)


def service_of(
    config: Config, state: ServerState, app_state: dict[str, Any], loop: asyncio.AbstractEventLoop
) -> Service:
    """The service of a server; made for its first connection."""
    service = _services.get(state)
    if service is None:
        service = _services[state] = Service(config, state, app_state, loop)
    return service


def counts() -> dict[str, int]:
    """How many requests of this process's servers took each way: `memo`, `parsed` or `asgi`; empty before the first."""
    asgi = served = parsed = 0
    for service in _services.values():
        asgi += service.asgi
        served += service.served + sum(one.requests for one in service.connections)
        parsed += service.parsed + sum(one.parsed for one in service.connections)
    return {"memo": served - parsed - asgi, "parsed": parsed, "asgi": asgi} if served else {}


def _without_proxies(config: Config) -> tuple[ASGIApp, Proxies | None]:
    """The app without uvicorn's middleware for proxies, whose work is done here when a scope is made."""
    app: Any = config.loaded_app
    if type(app) is ProxyHeadersMiddleware:
        inner: Any = app.app
        return inner, app.trusted_hosts
    return app, None
