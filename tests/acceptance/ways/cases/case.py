"""One row of the tables."""

from dataclasses import dataclass, field

from ..wire import Request


@dataclass(frozen=True, slots=True)
class Case:
    """A request and what must come of it on every way.

    Attributes:
        name: What the test is called.
        request: The request.
        status: The status of the reply.
        contains: What the body holds.
        headers: Headers that the reply has, among others.
        log: What the app has noted when all is over.
        only_sockets: Why the test client cannot ask it; empty if it can.
        aborts: Whether the reply ends with the connection, in its middle.
    """

    name: str
    request: Request
    status: int = 200
    contains: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    only_sockets: str = ""
    aborts: bool = False
