"""How long resumable streams live, and how much of them is kept."""

from dataclasses import dataclass

from laneway.lanes.registry import THREAD

_NO_LESS_THAN = {"grace": 0, "keep": 0, "events": 2, "size": 2, "retry": 0, "most": 1}


@dataclass(kw_only=True, eq=False)
class Terms:
    """How long resumable streams live, and how much of them is kept.

    Attributes:
        grace: Seconds for which a generator goes on while nobody reads it; then it is cancelled, and its stream is
            forgotten. None: to its end.
        keep: Seconds for which a stream can be read after its end.
        events: Events that are kept of a stream.
        size: Bytes that are kept of a stream; or half of them and one event, if that is more.
        retry: Seconds that clients wait before they come back.
        most: Streams at a time, those that have ended included. Beyond them, the oldest that has ended is forgotten;
            if none has, a new one is refused with 503.
        lane: Where `def` generators run; a lane of threads.
    """

    grace: float | None = 30.0
    keep: float = 300.0
    events: int = 4096
    size: int = 1024 * 1024
    retry: float = 1.0
    most: int = 1000
    lane: str = THREAD

    def __post_init__(self) -> None:
        for name, least in _NO_LESS_THAN.items():
            value = getattr(self, name)
            if value is not None and not value >= least:
                raise ValueError(f"{name} of a resumable stream is at least {least}, not {value}")
