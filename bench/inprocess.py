"""The part without load: each probe in fresh processes, peers in turn, medians of the repeats."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.errors import BenchError
from bench.figures import PROBES, Figure
from bench.peers import APP_CLASSES, BASE, LANEWAY, ROOT, Peer
from bench.stats import Spread, spread

BATCHES = 8
PROBE_SECONDS = 120
GUARD_SECONDS = 600
Output = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of every peer that has it."""

    probe: str
    figure: Figure
    values: dict[str, Spread]  # by peer

    def times(self, peer: str) -> float | None:
        """Return the base's cost over that of `peer`, so that more is better; None if either is absent."""
        if peer not in self.values or BASE.name not in self.values:
            return None
        return self.values[BASE.name].median / max(self.values[peer].median, 1e-9)


def _command(probe: str, peer: Peer) -> list[str]:
    if probe == "imports":
        assert peer.framework is not None
        return ["-P", "bench/probes/imports.py", peer.framework, APP_CLASSES[peer.framework]]
    arguments = {
        "routes": [str(BATCHES)],
        "calls": [peer.target, str(BATCHES)],
        "dependencies": [str(BATCHES)],
        "schema": [],
        "process_lane": [peer.name],
        "compute": [peer.name],
        "guard": ["--figures"],
        "events": [peer.name, str(BATCHES)],
        "layers": [str(BATCHES)],
    }
    return ["-m", f"bench.probes.{probe}", *arguments[probe]]


def _takes_part(probe: str, peer: Peer) -> bool:
    """Whether a probe has something to measure in a peer: by hand calls and events, and nobody else has a guard."""
    return probe in ("calls", "events") or (
        peer.framework is not None and (probe != "guard" or peer == LANEWAY)
    )


def _run(probe: str, peer: Peer) -> Output:
    run = subprocess.run(
        [sys.executable, *_command(probe, peer)],
        cwd=ROOT,
        env=peer.environment(),
        capture_output=True,
        text=True,
        timeout=GUARD_SECONDS if probe == "guard" else PROBE_SECONDS,
        check=False,
    )
    if run.returncode:
        raise BenchError(f"probe {probe} of {peer.name} failed:\n{run.stderr}")
    output: Output = json.loads(run.stdout.splitlines()[-1])
    return output


def _check_same(probe: str, key: str, outputs: Mapping[str, Sequence[Output]]) -> None:
    """Refuse figures of peers whose answers differ."""
    answers = {peer: repeats[0].get(key) for peer, repeats in outputs.items()}
    if any(answer != next(iter(answers.values())) for answer in answers.values()):
        told = "\n".join([f"  {peer}: {answer}" for peer, answer in answers.items()])
        raise BenchError(f"refusing to measure {probe}: {key} differ\n{told}")


def _rows(probe: str, outputs: Mapping[str, Sequence[Output]]) -> list[FigureRow]:
    rows = []
    for figure in PROBES[probe]:
        if any(figure.name not in one for ones in outputs.values() for one in ones):
            continue  # its tool is absent here
        repeats = {peer: [float(str(one[figure.name])) for one in ones] for peer, ones in outputs.items()}
        rows.append(FigureRow(probe, figure, {peer: spread(values) for peer, values in repeats.items()}))
    return rows


def measure_probe(probe: str, peers: Sequence[Peer], repeats: int) -> list[FigureRow]:
    """Return the rows of one probe.

    Raises:
        BenchError: A probe failed, or the peers' replies or schema documents differ.
    """
    taking_part = [peer for peer in peers if _takes_part(probe, peer)]
    outputs: dict[str, list[Output]] = {peer.name: [] for peer in taking_part}
    for _ in range(repeats):
        for peer in taking_part:
            outputs[peer.name].append(_run(probe, peer))
    for key in ("replies", "schema_status", "schema_digest"):
        _check_same(probe, key, outputs)
    return _rows(probe, outputs)
