"""The routers that a request passes on its way to a route.

Routes of included routers are found in one table, so a router has nothing to do with a request, unless its class has a
`matches` or `handle` of its own. Then each of its routes asks it: `super().matches(...)` and `super().handle(...)`
go on to the next router within, and at last to the route.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias, cast

from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

_KEY = "laneway.passage"

Matched: TypeAlias = tuple[Match, Scope]
OnMatch: TypeAlias = Callable[[Scope], Matched]
OnHandle: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class Passage:
    """The way to one route through routers that look at requests themselves.

    Attributes:
        routers: Them, from the outside in.
    """

    def __init__(self, route: BaseRoute, routers: tuple[Any, ...]) -> None:
        self._route = route
        self.routers = routers

    def matches(self, scope: Scope, inside: int = 0) -> Matched:
        """What the routers, and last the route, say."""
        if inside == len(self.routers):
            return type(self._route).matches(self._route, scope)
        router = self.routers[inside]
        answer: Matched = router.matches({**scope, _KEY: (router, partial(self.matches, inside=inside + 1))})
        return answer

    async def handle(self, scope: Scope, receive: Receive, send: Send, inside: int = 0) -> None:
        """Serve a request through the routers."""
        if inside == len(self.routers):
            await type(self._route).handle(self._route, scope, receive, send)
            return
        router = self.routers[inside]
        scope[_KEY] = router, partial(self.handle, inside=inside + 1)
        await router.handle(scope, receive, send)


def pass_through(route: Any, router: Any, base: type, inner: tuple[Any, ...]) -> None:
    """Let requests for `route` pass `router` and then those within, where their classes want to see them.

    Args:
        route: The including router's version of a route.
        router: The included router.
        base: The class whose `matches` and `handle` do nothing of their own.
        inner: Routers that the included one passes already.
    """
    own = (router,) if _looks(router, base, "matches") or _looks(router, base, "handle") else ()
    routers = (*own, *inner)
    if not routers:
        return
    passage = Passage(route, routers)
    route.handle = passage.handle
    if any(_looks(each, base, "matches") for each in routers):
        route.matches = passage.matches


def routers_of(route: BaseRoute) -> tuple[Any, ...]:
    """The routers that requests for a route pass."""
    passage = getattr(vars(route).get("handle"), "__self__", None)
    return passage.routers if isinstance(passage, Passage) else ()


def _looks(router: Any, base: type, method: str) -> bool:
    return method in vars(router) or getattr(type(router), method) is not getattr(base, method)


def on_match(router: Any, scope: Scope) -> OnMatch | None:
    """How matching goes on inside of `router`; None when it was not asked for a route of its own."""
    return cast("OnMatch | None", _onward(router, scope))


def on_handle(router: Any, scope: Scope) -> OnHandle | None:
    """How handling goes on inside of `router`; None when it was not asked for a route of its own."""
    return cast("OnHandle | None", _onward(router, scope))


def _onward(router: Any, scope: Scope) -> Any:
    asked, onward = scope.get(_KEY, (None, None))
    return onward if asked is router else None
