"""The interpreters of the peers, and what is absent from them."""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.errors import BenchError
from bench.peers import HOME, ROOT, Peer

MAKE_SECONDS = 600
_VERSIONS = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A peer that does not take part here, and why."""

    peer: str
    reason: str


@cache
def _made(home: str) -> Path | None:
    """Return the interpreter of an environment, which is made where it is absent; None if it cannot be."""
    command = [sys.executable, str(ROOT / "scripts" / "environment.py"), home]
    made = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=MAKE_SECONDS, check=False)
    return None if made.returncode else Path(made.stdout.strip())


def interpreter(home: str) -> Path:
    """Return the interpreter of an environment.

    Raises:
        BenchError: It cannot be made here.
    """
    if home == HOME:
        return Path(sys.executable)
    path = _made(home)
    if path is None:
        raise BenchError(f"its environment, {home}, cannot be made here")
    return path


def versions(peer: Peer) -> dict[str, str]:
    """Return the versions of the peer's packages that are installed.

    Raises:
        BenchError: Its environment cannot be made here.
    """
    command = [str(interpreter(peer.home)), "-c", _VERSIONS, *peer.packages]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, str] = json.loads(shown)
    return found


def present(peers: Iterable[Peer]) -> tuple[list[Peer], list[LeftOut]]:
    """Return the peers that can be measured here, and those that cannot."""
    able, left_out = [], []
    for peer in peers:
        try:
            found = versions(peer)
        except BenchError as error:
            left_out.append(LeftOut(peer.name, str(error)))
            continue
        absent = [name for name in peer.packages if name not in found]
        if absent:
            left_out.append(LeftOut(peer.name, f"{', '.join(absent)} cannot be installed here"))
        else:
            able.append(peer)
    return able, left_out
