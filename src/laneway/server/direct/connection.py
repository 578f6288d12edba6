"""A connection, as what is exchanged on it knows it."""

from typing import Any, Protocol

from laneway.server.direct.service import Peer, Service


class Connection(Peer, Protocol):
    """A connection, as far as an exchange knows it.

    Attributes:
        service: What all connections share.
        lost: Whether it is closed.
        write_paused: Whether the client takes nothing at the moment.
        ends_body: Whether the body of the response ends with the connection.
        stopping: Whether the server stops.
    """

    service: Service
    lost: bool
    write_paused: bool
    ends_body: bool
    stopping: bool

    def write(self, data: bytes) -> None:
        """Write a part of a response."""

    async def drain(self) -> None:
        """Wait until the client has taken what was written."""

    def resume_reading(self) -> None:
        """Read on, if it was paused."""

    def answered(self, exchange: Any) -> None:
        """A response is complete: that of an `Exchange`, which stands above this file."""

    def cut(self) -> None:
        """End it in the middle of a response."""

    def wind_up(self) -> None:
        """Let what is being answered or arriving be the last."""
