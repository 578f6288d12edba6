"""Source lines that call dependencies and endpoint, in order, with as few hops to threads as possible."""

from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from laneway.background import BackgroundTasks
from laneway.callables import CallKind
from laneway.dependant import Dependant
from laneway.lanes.deadline import current_deadline
from laneway.lanes.registry import PROCESS, THREAD, Lanes
from laneway.plan.code import Code
from laneway.plan.read_source import ReadSource
from laneway.plan.solve import sub_response
from laneway.plan.tree import INLINE, Node
from laneway.security.oauth2 import SecurityScopes

if TYPE_CHECKING:
    from laneway.lanes.process_lane import ProcessLane


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what gets its result, and the source of its arguments."""

    node: Node
    variable: str
    arguments: str

    @property
    def in_thread(self) -> bool:
        """Whether it runs in a thread."""
        return self.node.lane_kind == THREAD


class CallSource:
    """The calling half of a plan.

    Attributes:
        calls: In order; the endpoint last.
        hops: Times a request goes to a thread, clean-up not counted.
        filled: The variable of the `Response` parameter, or "None".
        tasks: The variable of the `BackgroundTasks` parameter, or "None".
        asks_request: Whether something is given Starlette's request.
    """

    def __init__(self, code: Code, read: ReadSource, root: Node, lanes: Lanes) -> None:
        self._code = code
        self._read = read
        self._lanes = lanes
        self._results: dict[object, str] = {}
        self._before: list[str] = []
        self.calls: list[Call] = []
        self.hops = 0
        self.filled = "None"
        self.tasks = "None"
        self.asks_request = False
        self._plan(root)

    def _plan(self, node: Node) -> str:
        """Plan the calls of a node and everything below; the variable of its result."""
        if node.shared and node.key in self._results:
            return self._results[node.key]
        if node.place is not None:
            kept = self._read.kept(node.place, _hint(node))
            self._results.setdefault(node.key, kept)
            return kept
        below = [(child.name, self._plan(child)) for child in node.children]
        variables = {name: variable for name, variable in below if name is not None}
        variables |= self._read.read(node.dependant)
        variables |= self._injected(node.dependant)
        arguments = ", ".join(f"{name}={variable}" for name, variable in variables.items())
        call = Call(node, self._code.fresh(_hint(node)), arguments)
        self.calls.append(call)
        self._results.setdefault(node.key, call.variable)
        return call.variable

    def _injected(self, dependant: Dependant) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in (dependant.http_connection_param_name, dependant.request_param_name):
            if name:
                self.asks_request = True
                found[name] = "request.starlette()"
        if dependant.response_param_name:
            self.filled = self._once("filled", f"{self._code.use(sub_response)}()")
            found[dependant.response_param_name] = self.filled
        if dependant.background_tasks_param_name:
            self.tasks = self._once("tasks", f"{self._code.use(BackgroundTasks)}()")
            found[dependant.background_tasks_param_name] = self.tasks
        if dependant.deadline_param_name:
            found[dependant.deadline_param_name] = f"{self._code.use(current_deadline)}()"
        if dependant.security_scopes_param_name:
            scopes = self._code.use(SecurityScopes)
            found[dependant.security_scopes_param_name] = f"{scopes}(scopes={dependant.oauth_scopes!r})"
        return found

    def _once(self, variable: str, made: str) -> str:
        line = f"{variable} = {made}"
        if line not in self._before:
            self._code.fresh(variable)
            self._before.append(line)
        return variable

    def write(self, writer: str) -> None:
        """Add the lines that call everything and return what `writer` makes of the endpoint's result."""
        self._code.add(1, *self._before)
        waiting: list[Call] = []
        for call in self.calls:
            if _joins(waiting, call):
                waiting.append(call)
                continue
            self._hop(waiting)
            waiting = []
            if call.in_thread:
                waiting.append(call)
            else:
                self._code.add(1, f"{call.variable} = {self._outside_threads(call)}")
        if waiting:
            self._last_hop(waiting, writer)
        else:
            self._reply(self._written(self.calls[-1].variable, writer))

    def _reply(self, response: str) -> None:
        """Lines that return a response; durable background tasks are taken over before it is sent."""
        if self.tasks == "None":
            self._code.add(1, f"return {response}")
            return
        variable = self._code.fresh("response")
        self._code.add(1, f"{variable} = {response}")
        self._code.add(
            1, f"if {self.tasks}.durable:", f"    await {self.tasks}.accept()", f"return {variable}"
        )

    @property
    def collects(self) -> bool:
        """Whether something besides the endpoint's result makes the response."""
        return not self.filled == self.tasks == "None"

    def _written(self, result: str, writer: str) -> str:
        extra = f", {self.filled}, {self.tasks}" if self.collects else ""
        return f"{writer}({result}{extra})"

    def _function(self, call: Call) -> str:
        """The name of what is called."""
        name = getattr(call.node.call, "__name__", "dependency")
        if call.node.kind is CallKind.async_generator:
            return self._code.bind(f"open_{name}", asynccontextmanager(call.node.call))
        if call.node.kind is CallKind.generator:
            return self._code.bind(f"open_{name}", contextmanager(call.node.call))
        return self._code.bind(f"call_{name}", call.node.call)

    def _outside_threads(self, call: Call) -> str:
        if call.node.lane_kind == PROCESS:
            lane = cast("ProcessLane", self._lanes[call.node.lane])
            lane.expect(call.node.call)
            send = self._code.bind(f"send_to_{lane.name}", lane.call)
            return f"await {send}({self._function(call)}, (), dict({call.arguments}))"
        called = f"{self._function(call)}({call.arguments})"
        if call.node.kind is CallKind.coroutine:
            return f"await {called}"
        if call.node.kind is CallKind.async_generator:
            return f"await request.cleanup.enter({called}, {call.node.before_response})"
        if call.node.kind is CallKind.generator:
            return f"request.cleanup.stack({call.node.before_response}).enter_context({called})"
        return called

    def _hop(self, calls: list[Call]) -> None:
        """Lines for calls whose results are needed afterwards."""
        if not calls:
            return
        hop, lines = self._hop_lines(calls)
        results = ", ".join(call.variable for call in calls)
        self._code.add(1, f"def {hop}():")
        self._code.add(2, *lines, f"return {results}")
        self._code.add(1, f"{results} = await {self._thread(calls)}({hop})")

    def _last_hop(self, calls: list[Call], writer: str) -> None:
        """Lines for the calls up to the endpoint's, whose result is written in the same thread."""
        hop, lines = self._hop_lines(calls)
        self._code.add(1, f"def {hop}():")
        self._code.add(2, *lines, f"return {self._written(calls[-1].variable, writer)}")
        self._reply(f"await {self._thread(calls)}({hop})")

    def _thread(self, calls: list[Call]) -> str:
        """The name of what runs a hop in the lane of its calls."""
        lane = next(call.node.lane for call in calls if call.in_thread)
        return self._code.bind(f"in_{lane}", self._lanes[lane].call)

    def _hop_lines(self, calls: list[Call]) -> tuple[str, list[str]]:
        self.hops += 1
        return self._code.fresh(f"hop_{self.hops}"), [
            f"{call.variable} = {self._blocking(call)}" for call in calls
        ]

    def _blocking(self, call: Call) -> str:
        called = f"{self._function(call)}({call.arguments})"
        if call.node.kind is not CallKind.generator:
            return called
        stack = self._code.fresh("opened")
        self._code.add(1, f"{stack} = request.cleanup.threaded({call.node.before_response})")
        return f"{stack}.enter_context({called})"


def _hint(node: Node) -> str:
    """What to call the variable of a result."""
    return node.name or str(getattr(node.call, "__name__", "dependency"))


def _joins(waiting: list[Call], call: Call) -> bool:
    """Whether a call can run in the same hop as those before it: in the same lane, or at once anywhere."""
    if not waiting:
        return False
    return call.node.lane == waiting[0].node.lane or call.node.lane_kind == INLINE
