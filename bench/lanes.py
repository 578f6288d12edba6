"""Which lane of the direct protocol the requests of a row took.

A server of its own is started for it, so that counting cannot touch the measured one. `LANEWAY_DIRECT_COUNTERS` names
a directory; every serving process writes `PID.json` there when it stops: an object of numbers by the lane's name.
"""

import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.load import load
from bench.peers import Peer
from bench.scenarios import Scenario
from bench.server import served, stop, wait_until_it_answers

COUNTERS_VARIABLE = "LANEWAY_DIRECT_COUNTERS"
LOAD_SECONDS = 1
WORTH_TELLING = 0.005  # of all requests: the first ones of a connection differ


def _counted(folder: Path) -> Counter[str]:
    total: Counter[str] = Counter()
    for file in folder.glob("*.json"):
        total.update(json.loads(file.read_text(encoding="utf-8")))
    return total


def in_words(counted: Counter[str]) -> str:
    """Return the shares of the lanes, the largest first, e.g. `memo 98%, parsed 2%`."""
    everything = sum(counted.values())
    shares = [(name, count / everything) for name, count in counted.most_common() if count]
    return ", ".join([f"{name} {share:.0%}" for name, share in shares if share >= WORTH_TELLING])


def lanes_of(peer: Peer, scenario: Scenario) -> str:
    """Return the shares of the lanes in words, e.g. `memo 100%`; empty if the server does not count.

    Raises:
        BenchError: The server did not answer, or failed under load.
    """
    with TemporaryDirectory() as folder:
        with served(peer, scenario.variant, {COUNTERS_VARIABLE: folder}) as server:
            wait_until_it_answers(server)
            load(server, scenario.load, LOAD_SECONDS, scenario.shape)
            stop(server)
        return in_words(_counted(Path(folder)))
