"""What `laneway top` concludes from two answers."""

from dataclasses import replace

from laneway.cli.top_history import SILENT_SECONDS, History, Track, difference, quantile
from laneway.guard.counters import LagHistogram
from laneway.metrics.snapshot import Snapshot

from .snapshots import FULL


def later(**changes: int) -> Snapshot:
    """The snapshot with other numbers of its first lane."""
    return replace(FULL, lanes=(replace(FULL.lanes[0], **changes), *FULL.lanes[1:]))


def track_of(*snapshots: Snapshot, apart: float = 2.0) -> Track:
    history = History()
    for number, snapshot in enumerate(snapshots):
        history.add(snapshot, number * apart)
    return history.tracks()[0]


def test_a_rate_is_the_growth_per_second() -> None:
    """Between the oldest recent answer and the latest."""
    track = track_of(FULL, later(served=110), later(served=140))

    assert track.rate(track.latest.lanes[0], "served") == 10.0


def test_a_single_answer_has_no_rates() -> None:
    """One number says nothing about speed."""
    track = track_of(FULL)

    assert track.rate(track.latest.lanes[0], "served") is None


def test_a_rate_is_known_also_when_answers_are_rare() -> None:
    """With a long interval the answer before counts, however old."""
    track = track_of(FULL, later(served=160), apart=60.0)

    assert track.rate(track.latest.lanes[0], "served") == 1.0


def test_new_incidents_are_those_since_the_recent_past() -> None:
    """What happened long ago is no news."""
    (first, *others) = FULL.blocked
    track = track_of(FULL, replace(FULL, blocked=(replace(first, times=5), *others)))

    assert [track.new_blocks(one) for one in track.latest.blocked] == [2, 0]


def test_a_worker_that_is_not_met_any_more_is_forgotten() -> None:
    """It may have been replaced."""
    history = History()
    history.add(replace(FULL, worker="1"), 0.0)
    history.add(replace(FULL, worker="2"), SILENT_SECONDS + 1)

    assert [track.latest.worker for track in history.tracks()] == ["2"]


def test_a_quantile_is_the_bound_of_its_bucket() -> None:
    """As exact as the buckets are."""
    lag = LagHistogram((0.001, 0.1), (90, 9, 1), 1.0)

    assert [quantile(lag, part) for part in (0.5, 0.99, 1.0)] == [0.001, 0.1, float("inf")]


def test_an_empty_histogram_has_no_quantile() -> None:
    """Nothing is known then."""
    assert quantile(LagHistogram((0.001,), (0, 0), 0.0), 0.5) is None


def test_a_histogram_that_begins_anew_is_taken_as_it_is() -> None:
    """The app was restarted under the same number."""
    old, new = LagHistogram((0.1,), (50, 5), 3.0), LagHistogram((0.1,), (4, 0), 0.1)

    assert difference(new, old) == new
