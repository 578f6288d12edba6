"""What is said on one connection, step by step, and what is heard."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from .sites import ServedSite
from .wire import Line, Reply, in_one

Heard = list[object]
Step = Callable[[Line], object]


def send(*parts: bytes) -> Step:
    """Send bytes, each part by itself."""

    def step(line: Line) -> None:
        for part in parts:
            line.send(part)

    return step


def hear(count: int = 1, *, to_head: bool = False) -> Step:
    """Read so many replies."""

    def step(line: Line) -> list[Reply]:
        return [line.reply(to_head=to_head) for _ in range(count)]

    return step


def half_close(line: Line) -> None:
    """Send no more."""
    line.half_close()


def hear_the_end(line: Line) -> bytes:
    """Read until the server closes the connection."""
    return line.rest()


@dataclass(frozen=True)
class Conversation:
    """One connection.

    Attributes:
        name: What the test is called.
        steps: What happens, in order.
        statuses: The status of each reply.
        bodies: What each body holds; not checked if there are none.
    """

    name: str
    steps: tuple[Step, ...]
    statuses: tuple[int, ...]
    bodies: tuple[bytes, ...] = ()

    def hold(self, site: ServedSite) -> Heard:
        """Everything heard, in order: replies, and what came before the end of the connection."""
        with site.connect() as line:
            heard = [step(line) for step in self.steps]
        return [one for one in heard if one is not None]

    def matches(self, heard: Heard) -> None:
        """Fail unless the replies are those that the table says."""
        replies = replies_of(heard)
        assert tuple(reply.status for reply in replies) == self.statuses
        for body, reply in zip(self.bodies, replies, strict=bool(self.bodies)):
            assert body in reply.body
        assert [one for one in heard if isinstance(one, bytes) and one] == []


def whole(heard: Heard) -> Heard:
    """The same with each chunked body in one chunk: where the chunks of a stream end is a matter of time."""
    return [
        [replace(reply, raw=in_one(reply.raw)) for reply in one] if isinstance(one, list) else one
        for one in heard
    ]


def replies_of(heard: Heard) -> list[Reply]:
    """The replies alone."""
    return [reply for one in heard if isinstance(one, list) for reply in one]
