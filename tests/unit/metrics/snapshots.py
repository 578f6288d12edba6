"""A snapshot with everything in it."""

from laneway.batch.stats import BatchStats
from laneway.guard.counters import LagHistogram
from laneway.lanes.stats import LaneStats, ProcessStats
from laneway.metrics.snapshot import NO_ROUTE, Blocked, Snapshot

FULL = Snapshot(
    worker="17",
    lanes=(
        LaneStats("db", "thread", 4, 8, 4, 8, 12, 100, 7, 2, 1, 0, 0.25, 0.05),
        ProcessStats(
            "math", "process", 2, None, killed=3, wait=0.5, failed=4, cancelled=5, crashed=6, recycled=7
        ),
    ),
    lag=LagHistogram((0.001, 0.1, 1.0), (90, 7, 2, 1), 5.5),
    blocked=(Blocked('GET /a "quoted" \\ {b}', "wait", 3, 0.75), Blocked(NO_ROUTE, "starved", 1, 0.2)),
    share={"GET /a": 0.25, NO_ROUTE: 0.5},
    quarantined=("GET /c",),
    batches=(BatchStats("shop.embed", 32, 3, 1, 10, 200, 1, 2, 4, 20.5, 0.004, 0.03),),
)
