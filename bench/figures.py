"""What is measured without load, declared once: name in the probe's output, words, unit, goal."""

from dataclasses import dataclass

from bench.scenarios import SCENARIOS


@dataclass(frozen=True, slots=True)
class Figure:
    """One cost, of which less is better unless its goal says otherwise."""

    name: str
    title: str
    unit: str
    at_most: float | None = None  # goal in `unit`
    at_least: float | None = None  # goal in `unit`; more is better
    within_base: bool = False  # goal: no more than the base peer
    times_base: float | None = None  # goal: the base peer's over ours is at least this

    def goal(self, value: float, base: float | None) -> tuple[str, bool] | None:
        """Return the goal in words and whether `value` meets it; None without one, or without the base it needs."""
        if self.at_most is not None:
            return f"<= {self.at_most:.3g}", value <= self.at_most
        if self.at_least is not None:
            return f">= {self.at_least:.3g}", value >= self.at_least
        if base is not None and self.within_base:
            return f"<= {base:.3g}", value <= base
        if base is not None and self.times_base is not None:
            return f"{self.times_base:.3g} times", base >= self.times_base * value
        return None


PROBES: dict[str, tuple[Figure, ...]] = {
    "calls": tuple(
        Figure(name, f"{scenario.title}, no server", "us") for name, scenario in SCENARIOS.items()
    ),
    "routes": (
        Figure("first_route_us", "first of 1,000 routes", "us"),
        Figure("last_route_us", "last of 1,000 routes", "us"),
        Figure("last_to_first", "last route / first route", "x", at_most=1.2),
        Figure("build_ms", "declare 1,000 routes", "ms"),
        Figure("startup_ms", "lifespan start-up", "ms"),
        Figure("first_request_ms", "first request after start", "ms"),
        Figure("tenth_request_ms", "tenth request", "ms"),
        Figure("first_to_tenth", "first request / tenth", "x", at_most=5.0),
        Figure("openapi_ms", "`app.openapi()`, 1,000 routes", "ms"),
    ),
    "dependencies": (
        Figure("diamond_to_chain", "four dependencies in a diamond / in a chain", "x", at_most=1.3),
        Figure("overridden_beside", "a route beside an override / without one", "x", at_most=1.1),
        Figure("nested_to_flat", "a route five includes deep / the same in the app", "x", at_most=1.1),
    ),
    "schema": (
        Figure("idle_stall_ms", "longest loop stall, idle (control)", "ms"),
        Figure("schema_stall_ms", "longest loop stall, first /openapi.json", "ms"),
        Figure("schema_request_ms", "first /openapi.json", "ms"),
    ),
    "imports": (
        Figure("import_ms", "import, CPU", "ms", within_base=True),
        Figure("import_mb", "import, resident memory", "MB", within_base=True),
        Figure("import_and_app_ms", "import and app with one route, CPU", "ms"),
        Figure("import_and_app_mb", "import and app with one route, memory", "MB"),
    ),
    "process_lane": (
        Figure("process_call_us", "a call in a process, one at a time", "us", within_base=True),
        Figure("process_crowded_us", "a call in a process, 16 callers", "us", times_base=3.0),
    ),
    "compute": (
        Figure("compute_seconds", "8 requests of 200 ms of pure Python", "s", at_most=1.2),
        Figure("ping_p99_ms", "`/ping` meanwhile, p99", "ms", at_most=20.0),
    ),
    "events": (
        Figure("event_ready_us", "an event of an async generator that does not wait", "us", at_most=3.0),
        Figure("event_waiting_us", "an event of an async generator that waits for each", "us", at_most=3.0),
    ),
    "layers": (
        Figure(
            "first_layer_us", 'a layer of `middleware("http")` that passes on, the first', "us", at_most=5.0
        ),
        Figure("further_layer_us", "each further layer", "us", at_most=5.0),
    ),
    "guard": (
        Figure("guard_scenarios", "of 16 ways to block, named right", "", at_least=15),
        Figure("guard_named", "of 40 blocks among 300 connections, named", "", at_least=40),
        Figure("guard_false", "routes blamed wrongly, in all tries", "", at_most=0),
        Figure("guard_cost", "CPU per request, guard on / off", "x", at_most=1.02),
    ),
}
