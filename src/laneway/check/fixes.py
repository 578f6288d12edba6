"""What to do about a blocking call, in terms of the code that makes it."""

from laneway.check.findings import Finding, Step
from laneway.check.sources import shortened

MAX_LENGTH = 100  # characters of a suggested expression; longer arguments are left to the reader


def fixes_for(finding: Finding, endpoint: str | None) -> tuple[str, ...]:
    """What to do, the best first.

    Args:
        finding: The call.
        endpoint: Name of the endpoint or dependency if it never awaits, so that it can be `def` as well.
    """
    sink, step = finding.sink, finding.steps[-1]
    fixes = [_in_lane(finding)]
    if sink.kind == "sleep" and step.is_async:
        fixes = [f"await asyncio.sleep({step.arguments})"]
    if endpoint is not None:
        fixes.append(f"or write `def {endpoint}`: it awaits nothing, so it can run in a thread")
    if sink.instead and sink.kind != "sleep":
        fixes.append(f"or {sink.instead}" if sink.instead.startswith("await") else f"or use {sink.instead}")
    return tuple(fixes)


def _in_lane(finding: Finding) -> str:
    """The call sent to a lane, written where the coroutine makes it."""
    step = _last_in_coroutine(finding)
    where = "" if step is finding.place else f", in {shortened(step.file)}:{step.line}"
    if not step.function:
        return f"move this into a function and await asyncio.to_thread(function){where}"
    if finding.sink.lane == "process":
        return f"{_expression('lanes.run', step, quoted='process')}{where}: it keeps a processor busy"
    return f"{_expression('asyncio.to_thread', step)}{where}"


def _last_in_coroutine(finding: Finding) -> Step:
    """The last step of the app's own coroutines; what they call is sent away as a whole."""
    own = [step for step in finding.steps if step.own and step.is_async]
    return own[-1] if own else finding.place


def _expression(function: str, step: Step, quoted: str = "") -> str:
    first = [f'"{quoted}"'] if quoted else []
    parts = [*first, step.function, *([step.arguments] if step.arguments else [])]
    written = f"await {function}({', '.join(parts)})"
    if len(written) > MAX_LENGTH or "\n" in written:
        written = f"await {function}({', '.join([*first, step.function, '...'])})"
    return written
