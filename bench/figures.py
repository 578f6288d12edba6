"""What is measured without load, declared once: name in the probe's output, words, unit, goal."""

from dataclasses import dataclass

from bench.scenarios import SCENARIOS


@dataclass(frozen=True, slots=True)
class Figure:
    """One cost; less is better."""

    name: str
    title: str
    unit: str
    at_most: float | None = None  # goal in `unit`
    within_base: bool = False  # goal: no more than the base peer


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
}
