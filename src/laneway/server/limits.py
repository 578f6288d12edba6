"""What a client may send and how long it may take; all on by default."""

from dataclasses import dataclass
from typing import Literal

LogFormat = Literal["text", "json"]


@dataclass(frozen=True, kw_only=True)  # without slots: the defaults are those of the options, too
class Limits:
    """The limits of a server. Sizes in bytes, times in seconds; what exceeds one is answered as said here.

    Attributes:
        target: The path and query of a request: 414.
        head: Request line and header fields together: 431.
        header_count: Header fields of a request: 431.
        body: The body of a request: 413, before the client is told to go on with `100 Continue`.
        head_time: From the first byte of a request to the end of its head: 408.
        body_time: Between head and body, and longer by the time that `body_rate` gives: 408.
        body_rate: Bytes a second below which a body takes too long.
        first_request: From connecting to the first byte: closed.
        keep_alive: From a response to the next request: closed.
        write_time: For which a client may take nothing of its response: cut off.
        pipelined: Requests of a connection that wait for their turn: no more is read.
        connections: Connections of a process: 503.
        requests: Of one connection; after these it is closed.
        queued_bodies: Bytes of bodies that a process holds for requests that have not read them: no more is read.
        half_close: Whether a client that has shut its sending side still gets its response. It is answered, but a
            client that is gone looks the same, and is noticed only when something is written to it.
    """

    target: int = 16_384
    head: int = 65_536
    header_count: int = 128
    body: int = 1_073_741_824
    head_time: float = 10.0
    body_time: float = 20.0
    body_rate: int = 500
    first_request: float = 10.0
    keep_alive: float = 5.0
    write_time: float = 60.0
    pipelined: int = 64
    connections: int = 16_384
    requests: int = 1_000_000
    queued_bodies: int = 268_435_456
    half_close: bool = False
