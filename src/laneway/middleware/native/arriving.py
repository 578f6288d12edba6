"""A request as layers see it, of any server."""

from collections.abc import Callable
from typing import Protocol

from starlette.types import Scope

from laneway.types import RawHeaders


class Arriving(Protocol):
    """A request, as hooks see it; no scope is made as long as nobody asks for it.

    Attributes:
        headers: Its header fields.
    """

    headers: RawHeaders

    @property
    def method(self) -> str:
        """The method as sent."""

    @property
    def scope(self) -> Scope:
        """The ASGI scope."""

    @property
    def untouched(self) -> bool:
        """Whether nobody has seen the scope yet, so that nobody can have changed it."""

    @property
    def redirected(self) -> bool:
        """Whether a layer has changed what is asked for since the server has found its route."""

    def amend(self, change: Callable[[Scope], None]) -> None:
        """Change the scope: now, or when it is made."""


class InScope:
    """A request that is known by its scope."""

    __slots__ = ("headers", "method", "scope")
    untouched = redirected = False

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.headers: RawHeaders = scope["headers"]

    def amend(self, change: Callable[[Scope], None]) -> None:
        """Change the scope."""
        change(self.scope)
