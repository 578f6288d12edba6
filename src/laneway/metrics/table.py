"""Every number that is exported, declared once for Prometheus and OpenTelemetry; the lag histogram is apart."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from laneway.metrics.snapshot import Snapshot

Points = Iterable[tuple[tuple[str, ...], float]]

LAG = "laneway_loop_lag_seconds"
LAG_HELP = "How long the event loop took to answer the guard."


@dataclass(frozen=True, slots=True)
class Metric:
    """One number, by labels.

    Attributes:
        name: `lane_wait`: what has it and what it is.
        help: One sentence.
        labels: Names of the labels.
        points: Reads label values and numbers from a snapshot.
        counts: Whether it only grows.
        seconds: Whether it is a time.
    """

    name: str
    help: str
    labels: tuple[str, ...]
    points: Callable[[Snapshot], Points]
    counts: bool = False
    seconds: bool = False

    @property
    def prometheus_name(self) -> str:
        """`laneway_lane_wait_seconds`; a counter's samples have `_total` behind it."""
        return f"laneway_{self.name}{'_seconds' if self.seconds else ''}"

    @property
    def sample_name(self) -> str:
        """The name on a line of `/metrics`."""
        return f"{self.prometheus_name}{'_total' if self.counts else ''}"

    @property
    def opentelemetry_name(self) -> str:
        """`laneway.lane.wait.time`."""
        owner, _, what = self.name.partition("_")
        return f"laneway.{owner}.{what}{'.time' if self.seconds else ''}"


LANE_LABELS = ("lane", "kind")


def _of_lanes(field: str, about: str, *, counts: bool = False, seconds: bool = False) -> Metric:
    """A field of `LaneStats` or `ProcessStats`; left out for lanes where it is None or that have no such field."""

    def points(snapshot: Snapshot) -> Points:
        for lane in snapshot.lanes:
            value = getattr(lane, field, None)
            if value is not None:
                yield (lane.name, lane.kind), value

    return Metric(f"lane_{field}", about, LANE_LABELS, points, counts, seconds)


LANE_METRICS = {
    "size": _of_lanes("size", "Calls that run at once."),
    "queue": _of_lanes("queue", "Requests that may wait; absent where any number may."),
    "busy": _of_lanes("busy", "Calls running."),
    "queued": _of_lanes("queued", "Calls waiting."),
    "admitted": _of_lanes("admitted", "Requests that hold a place, running or waiting."),
    "wait": _of_lanes("wait", "Typical time from being queued to running, moving average.", seconds=True),
    "service": _of_lanes("service", "Typical time of running, moving average.", seconds=True),
    "served": _of_lanes("served", "Calls that ended, well or badly.", counts=True),
    "refused": _of_lanes("refused", "Requests turned away because the lane was full.", counts=True),
    "timed_out": _of_lanes("timed_out", "Requests that ran out of time in the lane.", counts=True),
    "abandoned": _of_lanes("abandoned", "Calls whose request was gone before they ended.", counts=True),
    "killed": _of_lanes("killed", "Processes killed because their request was gone.", counts=True),
    "crashed": _of_lanes("crashed", "Calls lost with their process.", counts=True),
    "failed": _of_lanes("failed", "Calls whose function raised; they are among those served.", counts=True),
    "cancelled": _of_lanes(
        "cancelled", "Calls given up because nobody waited for them any more.", counts=True
    ),
    "recycled": _of_lanes(
        "recycled", "Processes replaced after their calls or for their memory.", counts=True
    ),
}
"""By the field of `LaneStats`; the last four are of `ProcessStats` and absent where threads do the work."""


def _of_batches(field: str, about: str, *, counts: bool = False, seconds: bool = False) -> Metric:
    """A field of `BatchStats`."""

    def points(snapshot: Snapshot) -> Points:
        for batches in snapshot.batches:
            yield (batches.name,), getattr(batches, field)

    return Metric(f"batch_{field}", about, ("function",), points, counts, seconds)


BATCH_METRICS = {
    "max_size": _of_batches("max_size", "Items that a batch has at most."),
    "queued": _of_batches("queued", "Items that wait for a batch."),
    "running": _of_batches("running", "Batches that run."),
    "size": _of_batches("size", "Items in a typical batch, moving average."),
    "wait": _of_batches(
        "wait", "Typical time of an item until its batch begins, moving average.", seconds=True
    ),
    "service": _of_batches("service", "Typical time of a batch, moving average.", seconds=True),
    "ended": _of_batches("ended", "Batches that ended, well or badly.", counts=True),
    "items": _of_batches("items", "Items that were in them.", counts=True),
    "failed": _of_batches("failed", "Batches whose function failed.", counts=True),
    "dropped": _of_batches(
        "dropped", "Items whose caller was gone or out of time before their batch began.", counts=True
    ),
    "refused": _of_batches("refused", "Calls turned away because too many waited.", counts=True),
}
"""By the field of `BatchStats`."""

BLOCKED = Metric(
    "loop_blocked",
    "Times that the event loop was blocked.",
    ("route", "kind"),
    lambda snapshot: (((one.route, one.kind), one.times) for one in snapshot.blocked),
    counts=True,
)
BLOCKED_SECONDS = Metric(
    "loop_blocked",
    "How long the event loop was blocked.",
    ("route", "kind"),
    lambda snapshot: (((one.route, one.kind), one.seconds) for one in snapshot.blocked),
    counts=True,
    seconds=True,
)
SHARE = Metric(
    "loop_share",
    "Part of the event loop's time that the route took in the last minute, 0 to 1.",
    ("route",),
    lambda snapshot: (((route,), share) for route, share in snapshot.share.items()),
)
QUARANTINED = Metric(
    "lane_quarantined",
    "1 for each route whose endpoint was moved off the event loop because it blocked it.",
    ("route",),
    lambda snapshot: (((route,), 1) for route in snapshot.quarantined),
)

METRICS = (*LANE_METRICS.values(), *BATCH_METRICS.values(), BLOCKED, BLOCKED_SECONDS, SHARE, QUARANTINED)
