"""One SVG chart: what a core of each peer's server can do, for the requests that all of them serve.

Requests per second of CPU time rather than its inverse, the time per request, as the slowest peer would leave no room
to tell the others apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bench.http import HttpRow
from bench.peers import PEERS
from bench.scenarios import LOADS

LABELS, PANEL, GAP = 130, 230, 24  # widths
TOP, LINE, BAR, BOTTOM = 64, 22, 13, 12  # heights
FIGURES = 52  # room for a figure beside the longest bar
# Colours with enough contrast on white and on GitHub's and our own dark pages; text follows the reader's scheme.
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.head { font-weight: 600 } .small { fill: #59636e } .ours { font-weight: 600 }
.bar { fill: #8c959f } .bar.ours { fill: #0a7ea4 } .bar.base { fill: #bf6a02 } .bar.hand { fill: #7d6bb0 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 }
  .bar { fill: #6e7681 } .bar.ours { fill: #3fb6dc } .bar.base { fill: #e09b3d } .bar.hand { fill: #a594dc }
}
"""


@dataclass(frozen=True, slots=True)
class Panel:
    """The bars of one scenario."""

    title: str
    values: dict[str, float]  # requests per second of CPU time, by peer


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def _kind(peer: str) -> str:
    """Return the class of a peer's bar: Laneway's, the base, by hand, or another framework."""
    if PEERS[peer].framework == "laneway":
        return "ours"
    if PEERS[peer].framework:
        return "base"
    return "" if PEERS[peer].own_words else "hand"


def _bars(panel: Panel, peers: Sequence[str], left: float) -> list[str]:
    scale = (PANEL - FIGURES) / max(panel.values.values())
    drawn = [_text(left, TOP - 12, panel.title, "head")]
    for number, peer in enumerate(peers):
        y = TOP + number * LINE
        value = panel.values.get(peer)
        if value is None:
            drawn.append(_text(left, y + BAR - 2, "-", "small"))
            continue
        width = max(value * scale, 1)
        drawn.append(
            f'<rect x="{left:.0f}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2" class="bar {_kind(peer)}"/>'
        )
        drawn.append(_text(left + width + 5, y + BAR - 2, f"{value:,.0f}", "small"))
    return drawn


def _panels(rows: Sequence[HttpRow]) -> list[Panel]:
    """Return a panel for each scenario that is open to all peers."""
    panels = []
    for name, scenario in LOADS.items():
        values = {row.peer: 1e6 / row.cpu_us.median for row in rows if row.scenario == name}
        if values and not scenario.peers:
            panels.append(Panel(scenario.title, values))
    return panels


def chart(rows: Sequence[HttpRow]) -> str:
    """Return the chart as SVG text; the peers that serve most requests of the first scenario first."""
    panels = _panels(rows)
    peers = sorted(panels[0].values, key=panels[0].values.__getitem__, reverse=True) if panels else []
    width = LABELS + len(panels) * (PANEL + GAP)
    height = TOP + len(peers) * LINE + BOTTOM
    title = "Requests per second of server CPU time; more is better"
    drawn = [_text(0, 20, title, "head")]
    for number, peer in enumerate(peers):
        kind = "ours" if _kind(peer) == "ours" else ""
        drawn.append(_text(LABELS - 8, TOP + number * LINE + BAR - 2, peer, kind, "end"))
    for number, panel in enumerate(panels):
        drawn += _bars(panel, peers, LABELS + number * (PANEL + GAP))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">'
    )
    return "\n".join([head, f"<title>{title}</title>", f"<style>{STYLE}</style>", *drawn, "</svg>", ""])
