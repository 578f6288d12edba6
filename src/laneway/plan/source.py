"""The generated source of one route.

    async def plan(request):
        try:
            query = query_values(request.query)
            limit = query.get('limit')
            limit = 10 if limit is None else check_limit(limit)
        except Exception:
            return None
        db = await call_get_db()
        read_items = await call_read_items(limit=limit, db=db)
        return write(read_items)

Everything is read before anything is called, so giving up (`return None`) is always possible and the general path can
start over. Consecutive blocking calls become one function that runs in a thread: one hop, one token. There is no line
for what the route does not use.
"""

from laneway.callables import CallKind
from laneway.lanes.suspends import never_suspends
from laneway.plan.call_source import CallSource
from laneway.plan.code import Code
from laneway.plan.compiled import CompiledPlan
from laneway.plan.read_source import ReadSource
from laneway.plan.tree import INLINE, Node, used_lanes
from laneway.plan.write import make_bare_writer, make_writer, usual_status
from laneway.route_spec import RouteSpec


def why_general(spec: RouteSpec, tree: Node) -> str | None:
    """Why a route is served by the general path; None when it can be compiled."""
    if spec.streams:
        return "the endpoint yields: its response is a stream"
    if spec.body.form:
        return "the body is a form"
    for node in tree.walk():
        if node.dependant.concurrency is not None:
            return "a dependency has max_concurrency"
        if node.dependant.websocket_param_name is not None:
            return "a WebSocket parameter in an HTTP route"
    return None


def compile_plan(spec: RouteSpec, tree: Node) -> CompiledPlan | None:
    """The plan of a route as code; None when it needs the general path."""
    if why_general(spec, tree) is not None:
        return None
    code = Code()
    read = ReadSource(code, spec.body)
    call = CallSource(code, read, tree, spec.lanes)
    make = make_writer if call.collects else make_bare_writer
    writer = code.bind("write", make(spec.output, spec.context))
    code.add(0, "async def plan(request):")
    if lines := read.lines():
        code.add(1, "try:")
        code.add(2, *lines)
        code.add(1, "except Exception:", "    return None")
    call.write(writer)
    kinds = {node.kind for node in tree.walk()}
    limits = spec.limits(used_lanes(tree, spec.lanes))
    return CompiledPlan(
        run=code.function("plan", spec.label),
        status=usual_status(spec.output),
        reads_body=bool(spec.body.fields),
        asks_request=call.asks_request,
        has_cleanup=bool(kinds & {CallKind.generator, CallKind.async_generator}),
        shields=CallKind.async_generator in kinds,
        hops=call.hops,
        source=code.text,
        path=spec.dependant.path or "",
        label=spec.route_label,
        immediate=limits is None
        and call.tasks == "None"
        and not any(_may_wait(node) for node in tree.walk()),
        limits=limits,
    )


def _may_wait(node: Node) -> bool:
    if node.kind is CallKind.coroutine:
        return not never_suspends(node.call)
    return node.lane_kind != INLINE or node.has_cleanup
