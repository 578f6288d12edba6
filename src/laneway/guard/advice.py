"""What to write instead of a call that blocks the loop."""

import ast

from laneway.guard.incident import Incident, Kind

# Functions, and packages, that have a twin that waits without blocking; {args} are the arguments of the call.
_CLIENT = "an async client: async with httpx.AsyncClient() as client: await client.get(...)"
_TWINS = {
    "time.sleep": "await asyncio.sleep({args})",
    "requests": _CLIENT,
    "urllib.request": _CLIENT,
    "subprocess": "await asyncio.create_subprocess_exec(...)",
    "socket.getaddrinfo": "await asyncio.get_running_loop().getaddrinfo({args})",
}
_DEF = "a plain `def`: such an endpoint runs in a thread, and this one never awaits"
_PROCESS = 'lane="process"; a thread would not help: the call keeps the interpreter for itself'
_HEAVY = 'lane="process", if it is heavy; a thread keeps the loop alive but computes no faster'
_IMPORT = "the import at the top of the module, so that it happens at start"


def advice(incident: Incident) -> list[str]:
    """Ways to write it, best first; empty if nobody is at fault."""
    match incident.kind:
        case Kind.importing:
            return [_IMPORT]
        case Kind.gil_held:
            return [_PROCESS]
        case Kind.wait:
            return [*_twin(incident), *_threads(incident)]
        case Kind.cpu:
            return [*_threads(incident), _HEAVY]
        case _:
            return []


def _twin(incident: Incident) -> list[str]:
    name = f"{incident.callee}."
    found = next((text for known, text in _TWINS.items() if name.startswith(f"{known}.")), None)
    return [found.replace("{args}", _arguments(incident.call))] if found else []


def _threads(incident: Incident) -> list[str]:
    call = _handed_over(incident.call)
    ways = [f"await asyncio.to_thread({call or '...'})"] if call or not incident.awaitless else []
    return [*ways, *([_DEF] if incident.awaitless else [])]


def _handed_over(call: str | None) -> str:
    """`f, x` of `f(x)`."""
    if call is None:
        return ""
    return ", ".join(filter(None, [ast.unparse(_parsed(call).func), _arguments(call)]))


def _arguments(call: str | None) -> str:
    """`x, y=1` of `f(x, y=1)`."""
    if call is None:
        return "..."
    parsed = _parsed(call)
    return ", ".join([*map(ast.unparse, parsed.args), *map(_keyword, parsed.keywords)])


def _keyword(one: ast.keyword) -> str:
    return f"{one.arg}={ast.unparse(one.value)}" if one.arg else f"**{ast.unparse(one.value)}"


def _parsed(call: str) -> ast.Call:
    parsed = ast.parse(call, mode="eval").body
    assert isinstance(parsed, ast.Call)
    return parsed
