"""What is asked of each peer over HTTP."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request; a body is sent as JSON."""

    method: str
    path: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of request under load, and requests that every peer must refuse alike."""

    name: str
    title: str
    load: Exchange
    rejected: tuple[Exchange, ...] = ()
    goal: float | None = None  # requests per second against the base peer


_ORDER = {"name": "kettle", "price": 12.5, "quantity": 3, "tags": ["home", "steel"]}
_BAD_ORDER = {**_ORDER, "price": -1, "quantity": "many"}

_ALL = (
    Scenario("json", "JSON dict, no response model", Exchange("GET", "/json"), goal=3.0),
    Scenario(
        "typed",
        "typed path and query",
        Exchange("GET", "/items/42?q=lane&limit=20"),
        (Exchange("GET", "/items/x?limit=200"), Exchange("GET", "/items/1?q=a&exact=maybe")),
        goal=3.0,
    ),
    Scenario(
        "post",
        "POST, body and response model",
        Exchange("POST", "/orders", json.dumps(_ORDER)),
        (Exchange("POST", "/orders", json.dumps(_BAD_ORDER)), Exchange("POST", "/orders", "{")),
        goal=3.0,
    ),
    Scenario(
        "chain",
        "chain of four async dependencies",
        Exchange("GET", "/chain?token=abc"),
        (Exchange("GET", "/chain"),),
        goal=5.0,
    ),
    Scenario("sync", "`def` endpoint in a thread", Exchange("GET", "/sync/kettle")),
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}
