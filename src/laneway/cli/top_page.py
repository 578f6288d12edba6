"""The page of `laneway top`."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from laneway.cli.top_history import History, Track, quantile
from laneway.guard.counters import LagHistogram
from laneway.lanes.stats import LaneStats

BAR_CELLS = 10
SHADES = "▁▂▃▄▅▆▇█"
LATE, VERY_LATE = 0.05, 0.25  # seconds of lag that are shown in yellow and red
LEAST_SHARE = 0.0005  # what is 0.0 % is not shown
MOST_ROUTES = 8  # lines per list
NO_GUARD = "no guard watches the loop of this app; LANEWAY_GUARD=warn starts one"
COUNTED = ("refused", "timed_out", "abandoned", "failed", "crashed", "cancelled", "killed", "recycled")
HARMLESS = ("recycled",)  # shown, but nothing is wrong


def page(url: str, history: History, problem: str | None) -> RenderableType:
    """Everything known about a running app.

    Args:
        url: Where it was asked.
        history: What it said.
        problem: Why it said nothing the last time.
    """
    tracks = history.tracks()
    parts: list[RenderableType] = [heading(url, tracks), section("Lanes", lanes_table(tracks))]
    if any(track.latest.batches for track in tracks):
        parts.append(section("Batches", batches_table(tracks)))
    parts.append(section("Event loop", Group(*(loop_line(track, len(tracks) > 1) for track in tracks))))
    if any(track.latest.blocked for track in tracks):
        parts.append(section("Blocked by", blocked_table(tracks)))
    if any(track.latest.quarantined for track in tracks):
        parts.append(section("In quarantine", quarantine_table(tracks)))
    shares = share_table(tracks)
    if shares.row_count:
        parts.append(section("Loop time by route, last minute", shares))
    if problem:
        parts.append(Text.assemble(("\nNo answer: ", "bold red"), problem))
    return Group(*parts)


def heading(url: str, tracks: list[Track]) -> Text:
    """Which app this is."""
    workers = ", ".join(track.latest.worker for track in tracks)
    title = "process" if len(tracks) == 1 else "processes met so far"
    return Text.assemble(("Laneway ", "bold green"), (url, "cyan"), (f"  {title} {workers}", "dim"))


def section(title: str, content: RenderableType) -> RenderableType:
    """Some content under a title."""
    return Group(Text(f"\n{title}", style="bold"), Padding(content, (0, 0, 0, 2), expand=False))


def columns(*titles: str, numbers: tuple[str, ...] = ()) -> Table:
    """A table without lines; those named in `numbers` come last, to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in titles:
        table.add_column(title, overflow="ellipsis", no_wrap=True)
    for title in numbers:
        table.add_column(title, justify="right", no_wrap=True)
    return table


# -- lanes


def lanes_table(tracks: list[Track]) -> Table:
    """One line per lane and worker; of what went wrong only what did."""
    many = len(tracks) > 1
    wrong = [
        name
        for name in COUNTED
        if name == "refused" or any(counted(lane, name) for track in tracks for lane in track.latest.lanes)
    ]
    numbers = ("served", "per s", "wait", "service", *(name.replace("_", " ") for name in wrong))
    table = columns(*(["worker"] if many else []), "lane", "busy", "queued", numbers=numbers)
    for track in tracks:
        for lane in track.latest.lanes:
            cells = [*lane_cells(track, lane), *(wrong_cell(track, lane, name) for name in wrong)]
            table.add_row(*([track.latest.worker] if many else []), *cells)
    return table


def lane_cells(track: Track, lane: LaneStats) -> Iterator[RenderableType]:
    """The line of a lane."""
    kind = "" if lane.kind == lane.name else f" {lane.kind}"
    yield Text.assemble((lane.name, "cyan"), (kind, "dim"))
    yield Text.assemble(bar(lane.busy, lane.size), f" {lane.busy}/{lane.size}")
    yield queue_cell(lane)
    yield f"{lane.served:,}"
    rate = track.rate(lane, "served")
    yield "" if rate is None else f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
    yield duration(lane.wait) if lane.served else ""
    yield duration(lane.service) if lane.served else ""


def counted(lane: LaneStats, name: str) -> int | None:
    """A counter; None where the kind of lane has none of that name."""
    value: int | None = getattr(lane, name, None)
    return value


def wrong_cell(track: Track, lane: LaneStats, name: str) -> Text:
    """A counter of what should not be: red while it grows."""
    value = counted(lane, name)
    if value is None:
        return Text("")
    grows = name not in HARMLESS and track.rate(lane, name)
    return Text(f"{value:,}", "bold red" if grows else "" if value else "dim")


def queue_cell(lane: LaneStats) -> Text:
    """How many wait, and how many may."""
    limit = "∞" if lane.queue is None else str(lane.queue)
    full = lane.queue is not None and lane.admitted >= lane.size + lane.queue
    return Text(f"{lane.queued}/{limit}", "bold red" if full else "yellow" if lane.queued else "dim")


def bar(value: float, most: float) -> Text:
    """How much of something is used."""
    part = min(value / most, 1.0) if most else 0.0
    filled = round(part * BAR_CELLS)
    style = "green" if part < 0.7 else "yellow" if part < 1 else "red"
    return Text.assemble(("━" * filled, style), ("━" * (BAR_CELLS - filled), "bright_black"))


def duration(seconds: float) -> str:
    """`80 µs`, `1.5 ms`, `25 ms`, `1.2 s`."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.{0 if seconds >= 0.01 else 1}f} ms"
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:,.0f} s"


def batches_table(tracks: list[Track]) -> Table:
    """One line per batched function and worker."""
    many = len(tracks) > 1
    numbers = ("queued", "ended", "items", "size", "wait", "service", "failed", "dropped", "refused")
    table = columns(*(["worker"] if many else []), "function", numbers=numbers)
    for track in tracks:
        for one in track.latest.batches:
            counts = (f"{getattr(one, name):,}" for name in ("queued", "ended", "items"))
            times = (duration(one.wait), duration(one.service)) if one.ended else ("", "")
            wrong = (f"{getattr(one, name):,}" for name in ("failed", "dropped", "refused"))
            size = f"{one.size:.1f}/{one.max_size}"
            worker = [track.latest.worker] if many else []
            table.add_row(*worker, Text(one.name, "cyan"), *counts, size, *times, *wrong)
    return table


# -- the loop


def loop_line(track: Track, many: bool) -> Text:
    """How late the loop of one worker is."""
    line = Text(f"{track.latest.worker}  " if many else "")
    lag = track.lag()
    if lag is None:
        return line.append(NO_GUARD, "dim")
    line.append("lag ")
    for name, part in (("median", 0.5), ("p99", 0.99), ("worst", 1.0)):
        line.append_text(lag_text(name, quantile(lag, part), lag.bounds[-1]))
    return line.append_text(spark(track))


def lag_text(name: str, seconds: float | None, last_bound: float) -> Text:
    """`p99 ≤ 25 ms`, in the colour of what that means."""
    if seconds is None:
        return Text(f"{name} -   ", "dim")
    limit = f"> {duration(last_bound)}" if seconds > last_bound else f"≤ {duration(seconds)}"
    return Text.assemble((f"{name} ", "dim"), (limit, lag_style(seconds)), "   ")


def lag_style(seconds: float) -> str:
    """Green, yellow or red."""
    return "green" if seconds <= LATE else "yellow" if seconds <= VERY_LATE else "bold red"


def spark(track: Track) -> Text:
    """The worst lag between each two answers, the latest to the right; a step is a bucket."""
    return Text.assemble(*(shade(lag) for lag in track.lags()))


def shade(lag: LagHistogram | None) -> tuple[str, str]:
    """One bar of it."""
    worst = None if lag is None else quantile(lag, 1.0)
    if lag is None or worst is None:
        return " ", ""
    step = sum(bound < worst for bound in lag.bounds) * (len(SHADES) - 1) // len(lag.bounds)
    return SHADES[step], lag_style(worst)


def blocked_table(tracks: list[Track]) -> Table:
    """Who blocked the loops, the worst first."""
    table = columns("route", "kind", numbers=("times", "seconds", "just now"))
    rows = [(one, track.new_blocks(one)) for track in tracks for one in track.latest.blocked]
    rows.sort(key=lambda row: (-row[1], -row[0].seconds))
    for one, new in rows[:MOST_ROUTES]:
        news = Text(f"+{new}" if new else "", "bold red")
        table.add_row(Text(one.route, "cyan"), one.kind, f"{one.times:,}", f"{one.seconds:.1f}", news)
    return with_rest(table, len(rows))


def quarantine_table(tracks: list[Track]) -> Table:
    """Which routes run in a thread because they blocked the loop."""
    many = len(tracks) > 1
    table = columns(*(["worker"] if many else []), "route")
    rows = [(track.latest.worker, route) for track in tracks for route in track.latest.quarantined]
    for worker, route in rows[:MOST_ROUTES]:
        table.add_row(*([worker] if many else []), Text(route, "cyan"))
    return with_rest(table, len(rows))


def share_table(tracks: list[Track]) -> Table:
    """Which routes took the loops' time in the last minute, the greediest first."""
    many = len(tracks) > 1
    table = columns(*(["worker"] if many else []), "route", "share", numbers=("",))
    rows = [
        (share, route, track)
        for track in tracks
        for route, share in track.latest.share.items()
        if share >= LEAST_SHARE
    ]
    rows.sort(key=lambda row: -row[0])
    for share, route, track in rows[:MOST_ROUTES]:
        worker = [track.latest.worker] if many else []
        table.add_row(*worker, Text(route, "cyan"), bar(share, 1.0), f"{share:.1%}")
    return with_rest(table, len(rows))


def with_rest(table: Table, rows: int) -> Table:
    """The table, with a last line for what is not shown."""
    if rows > MOST_ROUTES:
        table.add_row(Text(f"and {rows - MOST_ROUTES} more", "dim"))
    return table
