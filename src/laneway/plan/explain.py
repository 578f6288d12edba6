"""A route's plan in words and as source, for `laneway explain`."""

from dataclasses import dataclass
from typing import Protocol

from laneway.plan.compiled import CompiledPlan
from laneway.plan.source import why_general
from laneway.plan.tree import Node
from laneway.route_spec import RouteSpec


class Planned(Protocol):
    """What is asked of a route."""

    @property
    def spec(self) -> RouteSpec:
        """What its plans are made from."""

    @property
    def tree(self) -> Node:
        """Its dependencies."""

    @property
    def compiled_plan(self) -> CompiledPlan | None:
        """Its plan as code."""

    @property
    def has_own_handler(self) -> bool:
        """Whether a subclass wraps its handler."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a route is served.

    Attributes:
        method: HTTP methods.
        path: The path template.
        lane: Where the endpoint runs: `loop`, `thread`, or `inline` (proven not to block).
        hops: Times a request goes to a worker thread, clean-up not counted; None on the general path.
        dependencies: What is called before the endpoint, in order, each with its lane.
        source: The generated code; empty on the general path.
        reason: Why the route takes the general path; None when it is compiled.
    """

    method: str
    path: str
    lane: str
    hops: int | None
    dependencies: list[str]
    source: str
    reason: str | None


def lane_of(node: Node) -> str:
    """Where a callable runs."""
    return node.lane


def explain_route(route: Planned) -> Explanation:
    """How `route` is served, with the overrides of now."""
    method, _, path = route.spec.label.rpartition(" ")
    plan = route.compiled_plan
    reason = "its class has a get_route_handler of its own" if route.has_own_handler else None
    return Explanation(
        method=method,
        path=path,
        lane=lane_of(route.tree),
        hops=None if plan is None else plan.hops,
        dependencies=[f"{_name(node)} ({lane_of(node)})" for node in _called_before(route.tree)],
        source="" if plan is None else plan.source,
        reason=reason or why_general(route.spec, route.tree),
    )


def _name(node: Node) -> str:
    return str(getattr(node.call, "__qualname__", type(node.call).__name__))


def _called_before(tree: Node) -> list[Node]:
    """The dependencies in calling order, each shared call once."""
    nodes: dict[object, Node] = {}
    for node in tree.walk()[:-1]:
        nodes.setdefault(node.key if node.shared else node, node)
    return list(nodes.values())
