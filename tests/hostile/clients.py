"""Many connections from one thread, and how long others wait beside them."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.acceptance.ways.sites import ServedSite
from tests.acceptance.ways.wire import Request, get

SPARE_FILES = 200


def allow_files(count: int) -> bool:
    """Whether this process may have so many files open; raises its own limit if it must."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE_FILES
    if soft >= wanted or soft == resource.RLIM_INFINITY:
        return True
    if hard != resource.RLIM_INFINITY and hard < wanted:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return True


@contextmanager
def half_open(site: ServedSite, count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """So many connections on which something was begun and nothing follows."""
    with ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(site.address, timeout=10)) for _ in range(count)
        ]
        for line in lines:
            line.sendall(sent)
        yield lines


def waits(site: ServedSite, count: int, request: Request | None = None) -> list[float]:
    """Seconds that each of so many requests took, one after the other on one connection; the shortest first."""
    raw = (request or get("/items/1")).raw
    taken = []
    with site.connect() as line:
        for _ in range(count):
            began = time.perf_counter()
            line.send(raw)
            line.reply()
            taken.append(time.perf_counter() - began)
    return sorted(taken)


def high(taken: list[float]) -> float:
    """The time within which 99 of 100 were done."""
    return taken[int(len(taken) * 0.99)]
