"""Where a call runs: on the event loop, in a thread, or in a process.

app = Laneway(lanes={"db": lanes.threads(10), "math": lanes.processes(2)})

@app.get("/report", lane="math")
def report() -> Report: ...

await lanes.run("math", heavy, data)
"""

from laneway.lanes.calling import lane as lane
from laneway.lanes.calling import map as map  # noqa: A004  # `lanes.map`
from laneway.lanes.calling import run as run
from laneway.lanes.deadline import Deadline as Deadline
from laneway.lanes.deadline import current_deadline as current_deadline
from laneway.lanes.deadline import due_in as due_in
from laneway.lanes.registry import Lanes as Lanes
from laneway.lanes.registry import LaneSpec as LaneSpec
from laneway.lanes.registry import UnknownLaneError as UnknownLaneError
from laneway.lanes.registry import processes as processes
from laneway.lanes.registry import threads as threads
from laneway.lanes.stats import LaneStats as LaneStats
from laneway.lanes.stats import ProcessStats as ProcessStats
