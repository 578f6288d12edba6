"""The latest events of a stream, for clients who come back; holds no task and no socket."""

from collections import deque


class KeptEvents:
    """Events in the order in which they were made, numbered from 1; the oldest go when there are too many.

    Half of the room is for what no client has been sent yet, the other half at least for what may have been lost on
    its way to one.

    Args:
        most: Events that are kept.
        most_bytes: Their bytes; or half of them and one event, if that is more.

    Attributes:
        first: Number of the oldest that is kept.
        last: Number of the latest; 0 before there is one.
        sent: Number of the latest that some client was sent.
        size: Bytes that are kept.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self.first = 1
        self.last = self.sent = self.size = 0
        self._events: deque[bytes] = deque()
        self._unsent_size = 0
        self._most = most
        self._most_bytes = most_bytes

    def __getitem__(self, number: int) -> bytes:
        return self._events[number - self.first]

    @property
    def has_room(self) -> bool:
        """Whether the next event may be made; if not, clients must read first."""
        ahead = self.last - self.sent
        return not ahead or (2 * ahead < self._most and 2 * self._unsent_size < self._most_bytes)

    def add(self, event: bytes) -> None:
        """Keep one more."""
        self._events.append(event)
        self.last += 1
        self.size += len(event)
        self._unsent_size += len(event)
        self._drop_oldest()

    def mark_sent(self, number: int) -> None:
        """Note that a client was sent everything up to a number."""
        for newly in range(self.sent + 1, number + 1):
            self._unsent_size -= len(self[newly])
        self.sent = max(self.sent, number)
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        while self.first <= self.sent and (
            len(self._events) > self._most or (self.size > self._most_bytes and len(self._events) > 1)
        ):
            self.size -= len(self._events.popleft())
            self.first += 1
