"""Who is measured, how each is started, and which is the base of the ratios."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRAMEWORK_VARIABLE = "BENCH_FRAMEWORK"
APP_CLASSES = {"laneway": "Laneway", "fastapi": "FastAPI"}


@dataclass(frozen=True, slots=True)
class Peer:
    """One implementation of the measured app."""

    name: str  # as on the command line and in the tables
    target: str  # `module:attribute` of the ASGI app
    framework: str | None  # package under measurement; None for raw ASGI

    def environment(self) -> dict[str, str]:
        """Return the environment of this peer's processes."""
        chosen = {FRAMEWORK_VARIABLE: self.framework} if self.framework else {}
        return {**os.environ, **chosen}


LANEWAY = Peer("laneway", "bench.apps.small:app", "laneway")
FASTAPI = Peer("fastapi", "bench.apps.small:app", "fastapi")
RAW = Peer("raw-asgi", "bench.apps.raw:app", None)

BASE = FASTAPI  # ratios are against this peer, measured in the same run
PEERS = {peer.name: peer for peer in (LANEWAY, FASTAPI, RAW)}
