"""Who is measured, how each is started, and which is the base of the ratios."""

import os
from dataclasses import dataclass
from pathlib import Path

from bench import launch
from bench.launch import Launch

ROOT = Path(__file__).resolve().parent.parent
FRAMEWORK_VARIABLE = "BENCH_FRAMEWORK"
APP_CLASSES = {"laneway": "Laneway", "fastapi": "FastAPI"}
HOME = "bench"  # the environment that runs the benchmark itself


@dataclass(frozen=True, slots=True)
class Peer:
    """One implementation of the measured app.

    Attributes:
        name: As on the command line and in the tables.
        target: `module:attribute` of the app, or the module of a program.
        framework: The package under measurement where the app is the one that Laneway and FastAPI share.
        launch: How its server is started.
        packages: The packages whose versions matter; left out of the run where one is absent.
        home: Its environment in requirements/.
        probed: Takes part in what is measured without load.
        own_words: Writes JSON and refusals in its own way: replies are compared by meaning, refusals by class.
        polls: Uses its core while it waits, so that it is stopped while others are measured.
        direct: Counts which lane of the protocol each request took.
        note: What a reader of its figures should know.
    """

    name: str
    target: str
    framework: str | None
    launch: Launch
    packages: tuple[str, ...]
    home: str = HOME
    probed: bool = False
    own_words: bool = False
    polls: bool = False
    direct: bool = False
    note: str = ""

    def environment(self) -> dict[str, str]:
        """Return the environment of this peer's processes."""
        chosen = {FRAMEWORK_VARIABLE: self.framework} if self.framework else {}
        return {**os.environ, **chosen}


def _asgi(name: str, *packages: str, home: str = "peers") -> Peer:
    """Return a framework under the same uvicorn as FastAPI."""
    target = f"bench.apps.{name}:app"
    return Peer(name, target, None, launch.uvicorn(), (*packages, "uvicorn", "uvloop"), home, own_words=True)


SMALL, HAND = "bench.apps.small:app", "bench.apps.raw:app"
UVICORN = ("uvicorn", "uvloop", "httptools")

LANEWAY = Peer(
    "laneway", SMALL, "laneway", launch.laneway, UVICORN, probed=True, direct=True, note="`laneway run`"
)
LANEWAY_UVICORN = Peer(
    "laneway-uvicorn", SMALL, "laneway", launch.uvicorn(), UVICORN, note="the same app as ASGI under uvicorn"
)
LANEWAY_GRANIAN = Peer(
    "laneway-granian",
    SMALL,
    "laneway",
    launch.granian("asgi"),
    ("granian", "uvloop"),
    "peers",
    note="the same app as ASGI under granian",
)
FASTAPI = Peer("fastapi", SMALL, "fastapi", launch.uvicorn(), ("fastapi", *UVICORN), probed=True)
RAW = Peer("raw-asgi", HAND, None, launch.uvicorn(), UVICORN, probed=True, note="by hand, under uvicorn")

_OTHERS = (
    Peer(
        "raw-asgi-zttp",
        HAND,
        None,
        launch.uvicorn(http="zttp"),
        ("zttp", "uvicorn", "uvloop", "starlette"),
        "peers",
        note="as raw-asgi, with uvicorn's `--http zttp`",
    ),
    Peer(
        "raw-asgi-zuvloop",
        HAND,
        None,
        launch.uvicorn(loop="zuvloop"),
        ("zuvloop", "uvicorn", "starlette"),
        "peers",
        note="as raw-asgi, with uvicorn's `--loop zuvloop`",
    ),
    Peer(
        "granian-rsgi",
        "bench.apps.rsgi:app",
        None,
        launch.granian("rsgi"),
        ("granian", "uvloop"),
        "peers",
        note="by hand on granian's own interface",
    ),
    _asgi("starlette", "starlette", home=HOME),
    _asgi("litestar", "litestar"),
    _asgi("blacksheep", "blacksheep"),
    _asgi("falcon", "falcon"),
    Peer("sanic", "bench.apps.sanic:app", None, launch.sanic, ("sanic", "uvloop"), "peers", own_words=True),
    Peer(
        "aiohttp", "bench.apps.aiohttp", None, launch.script, ("aiohttp", "uvloop"), "peers", own_words=True
    ),
    Peer("robyn", "bench.apps.robyn", None, launch.script, ("robyn", "uvloop"), "robyn", own_words=True),
    Peer(
        "socketify",
        "bench.apps.socketify",
        None,
        launch.script,
        ("socketify",),
        "peers",
        own_words=True,
        polls=True,
        note="uses its core even while it waits: compare requests/s, not CPU",
    ),
    Peer(
        "flask",
        "bench.apps.flask:app",
        None,
        launch.gunicorn,
        ("flask", "gunicorn"),
        "peers",
        own_words=True,
        note="under gunicorn, 8 threads",
    ),
)

BASE = FASTAPI  # ratios are against this peer, measured in the same run
PEERS = {peer.name: peer for peer in (LANEWAY, LANEWAY_UVICORN, LANEWAY_GRANIAN, FASTAPI, RAW, *_OTHERS)}
CORE = (LANEWAY.name, LANEWAY_UVICORN.name, FASTAPI.name, RAW.name)  # of rows that not all peers take part in
