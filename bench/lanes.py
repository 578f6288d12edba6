"""Which way through the direct protocol the requests of a row took.

A server of its own is started for it, by `bench.counted`, so that counting cannot touch the measured one.
"""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import launch
from bench.counted import FOLDER_VARIABLE
from bench.load import load
from bench.peers import Peer
from bench.scenarios import Scenario
from bench.server import served, stop, wait_until_it_answers

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
    """Return the shares of the lanes in words, e.g. `memo 100%`; of a peer that has them.

    Raises:
        BenchError: The server did not answer, or failed under load.
    """
    with TemporaryDirectory() as folder:
        counting = replace(peer, launch=launch.counted)
        with served(counting, scenario.variant, {FOLDER_VARIABLE: folder}) as server:
            wait_until_it_answers(server)
            load(server, scenario.load, LOAD_SECONDS, scenario.shape)
            stop(server)
        return in_words(_counted(Path(folder)))
