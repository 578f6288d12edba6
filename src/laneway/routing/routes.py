"""The flat list of a router's routes, which follows the routers it includes.

Each router keeps its entries in the order of declaration: routes, and includes of other routers. The list shows what
they come to; it is made anew when an entry, or a router below, changes. Tools may read and change it as any list:
appending and removing work on the entries, other changes settle the list as it stands (later additions to included
routers are then no longer followed).
"""

from collections.abc import Callable, Iterable
from typing import Any, Self, SupportsIndex

from starlette.routing import BaseRoute


class Include:
    """A router included in another.

    Attributes:
        routes: The included router's list.
        derive: Makes the including router's version of one of its routes.
    """

    def __init__(self, routes: "RouteList", derive: Callable[[BaseRoute], BaseRoute]) -> None:
        self.routes = routes
        self._derive = derive
        self._derived: dict[int, tuple[BaseRoute, BaseRoute]] = {}
        self._removed: set[int] = set()

    def flat(self) -> list[BaseRoute]:
        """The routes that the include stands for."""
        return [self._of(route) for route in self.routes if id(route) not in self._removed]

    def _of(self, route: BaseRoute) -> BaseRoute:
        # The route is kept beside its copy, so that its id stays its own.
        if id(route) not in self._derived:
            self._derived[id(route)] = (route, self._derive(route))
        return self._derived[id(route)][1]

    def remove(self, served: BaseRoute) -> None:
        """Leave one route out from now on."""
        self._removed |= {key for key, (_, derived) in self._derived.items() if derived is served}


class RouteList(list[BaseRoute]):
    """The routes that a router serves, in order.

    Attributes:
        version: Changes whenever the list does.
    """

    def __init__(self, routes: Iterable[BaseRoute] = ()) -> None:
        super().__init__(routes)
        self._entries: list[BaseRoute | Include] = list(self)
        self._followers: list[RouteList] = []
        self.version = 0

    def include(self, routes: "RouteList", derive: Callable[[BaseRoute], BaseRoute]) -> None:
        """Show another list's routes here, through `derive`, as it is now and as it becomes."""
        entry = Include(routes, derive)
        self._entries.append(entry)
        routes._followers.append(self)
        self._extended(entry.flat())

    def includes(self, other: "RouteList") -> bool:
        """Whether `other` is included here, at any depth."""
        below = [entry.routes for entry in self._entries if isinstance(entry, Include)]
        return any(routes is other or routes.includes(other) for routes in below)

    def _extended(self, routes: list[BaseRoute]) -> None:
        super().extend(routes)
        self.changed()

    def changed(self) -> None:
        """Say that the list, or a route in it, is not what it was."""
        self.version += 1
        for follower in self._followers:
            follower._refresh()

    def _refresh(self) -> None:
        flat: list[BaseRoute] = []
        for entry in self._entries:
            flat.extend(entry.flat() if isinstance(entry, Include) else (entry,))
        super().__setitem__(slice(None), flat)
        self.changed()

    def _settle(self) -> None:
        """Take the list as it stands for the entries."""
        self._entries = list(self)
        self.changed()

    # -- changes that keep following

    def append(self, route: BaseRoute) -> None:
        """Serve `route` after all others."""
        self._entries.append(route)
        self._extended([route])

    def extend(self, routes: Iterable[BaseRoute]) -> None:
        """Serve `routes` after all others."""
        for route in routes:
            self.append(route)

    def remove(self, route: BaseRoute) -> None:
        """Serve `route` no more.

        Raises:
            ValueError: It is not in the list.
        """
        served = self[self.index(route)]
        self._entries = [entry for entry in self._entries if entry is not served]
        for entry in self._entries:
            if isinstance(entry, Include):
                entry.remove(served)
        self._refresh()

    # -- changes that settle the list

    def insert(self, index: SupportsIndex, route: BaseRoute) -> None:
        """Serve `route` before the one at `index`."""
        super().insert(index, route)
        self._settle()

    def pop(self, index: SupportsIndex = -1) -> BaseRoute:
        """Take a route out by its index."""
        route = super().pop(index)
        self._settle()
        return route

    def clear(self) -> None:
        """Serve nothing."""
        super().clear()
        self._settle()

    def reverse(self) -> None:
        """Turn the order round."""
        super().reverse()
        self._settle()

    def sort(self, *, key: Any = None, reverse: bool = False) -> None:
        """Put the routes in another order."""
        super().sort(key=key, reverse=reverse)
        self._settle()

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(index, value)
        self._settle()

    def __delitem__(self, index: Any) -> None:
        super().__delitem__(index)
        self._settle()

    def __iadd__(self, routes: Iterable[BaseRoute]) -> Self:  # type: ignore[override, misc]
        self.extend(routes)
        return self
