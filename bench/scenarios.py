"""What is asked of each peer over HTTP."""

import json
from dataclasses import dataclass, replace

from bench.launch import Variant
from bench.peers import CORE


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request; a body is sent as JSON."""

    method: str
    path: str
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """What one peer must reach beside another, judged by the median of the rounds."""

    of: str
    at_least: float
    against: str = "fastapi"
    by_rate: bool = False  # requests per second instead of CPU per request


@dataclass(frozen=True, slots=True)
class Shape:
    """How the request is repeated."""

    connections: int = 32
    pipelined: int = 1  # requests sent at once
    changing: bool = False  # with another X-Request-Id each time


ALONE = Variant()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of request under load, and requests that every peer must refuse alike."""

    name: str
    title: str
    load: Exchange
    rejected: tuple[Exchange, ...] = ()
    goals: tuple[Goal, ...] = ()
    peers: tuple[str, ...] = CORE  # who takes part; nobody named means everybody
    shape: Shape = Shape()
    variant: Variant = ALONE


def _direct(at_least: float, **against: object) -> Goal:
    return replace(Goal("laneway", at_least), **against)  # type: ignore[arg-type]


def _asgi(at_least: float) -> Goal:
    return Goal("laneway-uvicorn", at_least)


_ORDER = {"name": "kettle", "price": 12.5, "quantity": 3, "tags": ["home", "steel"]}
_BAD_ORDER = {**_ORDER, "price": -1, "quantity": "many"}
_DOCUMENT = {"title": "large", "text": "lorem ipsum dolor sit amet, " * 3650}

# What Chromium sends with a navigation, Host and Connection apart.
_BROWSER = (
    ("Cache-Control", "max-age=0"),
    ("Sec-Ch-Ua", '"Chromium";v="142", "Not?A_Brand";v="99"'),
    ("Sec-Ch-Ua-Mobile", "?0"),
    ("Sec-Ch-Ua-Platform", '"Linux"'),
    ("Upgrade-Insecure-Requests", "1"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
    ("Sec-Fetch-Site", "none"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-User", "?1"),
    ("Sec-Fetch-Dest", "document"),
    ("Accept-Language", "en-GB,en;q=0.9"),
    ("Cookie", "session=2f1c9a6e0b7d4; theme=dark; consent=1"),
)

_SOCKETIFY = _direct(1.0, against="socketify", by_rate=True)

_JSON = Scenario(
    "json",
    "JSON dict, no response model",
    Exchange("GET", "/json"),
    goals=(_direct(8), _direct(1.6, against="raw-asgi"), _SOCKETIFY, _asgi(3)),
    peers=(),
)
_TYPED = Scenario(
    "typed",
    "typed path and query",
    Exchange("GET", "/items/42?q=lane&limit=20"),
    (Exchange("GET", "/items/x?limit=200"), Exchange("GET", "/items/1?q=a&exact=maybe")),
    goals=(_direct(8), _SOCKETIFY, _asgi(3)),
    peers=(),
)
_POST = Scenario(
    "post",
    "POST, body and response model",
    Exchange("POST", "/orders", json.dumps(_ORDER)),
    (Exchange("POST", "/orders", json.dumps(_BAD_ORDER)), Exchange("POST", "/orders", "{")),
    goals=(_direct(8), _asgi(3)),
    peers=(),
)
_CHAIN = Scenario(
    "chain",
    "chain of four async dependencies",
    Exchange("GET", "/chain?token=abc"),
    (Exchange("GET", "/chain"),),
    goals=(_direct(12), _asgi(5)),
    peers=(*CORE, "litestar"),
)
_SYNC = Scenario(
    "sync",
    "`def` endpoint in a thread",
    Exchange("GET", "/sync/kettle"),
    goals=(_direct(4),),
    peers=(*CORE, "litestar"),
)


def _changing(scenario: Scenario) -> Scenario:
    """Return the same with another X-Request-Id in every request, which no memory of heads survives."""
    return replace(
        scenario,
        name=f"{scenario.name}-changing",
        title=f"{scenario.title}; headers change",
        goals=(_direct(6),),
        peers=CORE,
        rejected=(),
        shape=Shape(changing=True),
    )


_WAIT = Scenario(
    "wait",
    "1,000 clients, each waiting 0.1 s",
    Exchange("GET", "/wait"),
    goals=(_direct(5),),
    peers=(*CORE, "sanic", "aiohttp"),
    shape=Shape(connections=1000),
)

_UNDER_LOAD_ONLY = (
    replace(
        _TYPED,
        name="browser",
        title="typed GET, a browser's 14 headers",
        load=replace(_TYPED.load, headers=_BROWSER),
        rejected=(),
        goals=(),
        peers=CORE,
    ),
    _changing(_JSON),
    _changing(_TYPED),
    _changing(_POST),
    _WAIT,
    Scenario("large-out", "100 kB out", Exchange("GET", "/large")),
    Scenario("large-in", "100 kB of JSON in, a model", Exchange("POST", "/large", json.dumps(_DOCUMENT))),
    Scenario("events", "server-sent events, 10 and end", Exchange("GET", "/events")),
    replace(
        _JSON,
        name="pipelined",
        title="JSON, 16 requests at once",
        goals=(),
        peers=CORE,
        shape=Shape(pipelined=16),
    ),
    replace(_JSON, name="tls", title="JSON over TLS", goals=(), peers=CORE, variant=Variant(tls=True)),
    replace(
        _JSON, name="workers", title="JSON, two workers", goals=(), peers=CORE, variant=Variant(workers=2)
    ),
)

SCENARIOS = {scenario.name: scenario for scenario in (_JSON, _TYPED, _POST, _CHAIN, _SYNC)}
"""The plain ones, which are also measured without a server."""

LOADS = {**SCENARIOS, **{scenario.name: scenario for scenario in _UNDER_LOAD_ONLY}}
"""All of them."""
