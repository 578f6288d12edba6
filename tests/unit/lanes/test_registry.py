import pytest

from laneway import Laneway
from laneway.lanes import Lanes, UnknownLaneError, processes, threads
from laneway.lanes.thread_lane import DEFAULT_LANE


def test_three_lanes_exist_undeclared() -> None:
    assert Lanes().names() == ["loop", "process", "thread"]


def test_declared_lanes_stand_beside_them() -> None:
    assert Lanes({"db": threads(10)}).names() == ["db", "loop", "process", "thread"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("loop", "loop"), ("thread", "thread"), ("process", "process"), ("db", "thread"), ("math", "process")],
)
def test_every_lane_has_a_kind(name: str, kind: str) -> None:
    assert Lanes({"db": threads(10), "math": processes(2)}).kind(name) == kind


def test_a_lane_is_made_as_declared() -> None:
    lane = Lanes({"db": threads(10, queue=100, timeout=2.5)})["db"]

    assert (lane.name, lane.size, lane.queue, lane.timeout) == ("db", 10, 100, 2.5)


def test_a_lane_is_made_once() -> None:
    lanes = Lanes({"db": threads(10)})

    assert lanes["db"] is lanes["db"]


def test_two_apps_with_a_lane_of_the_same_name_do_not_share_it() -> None:
    first, second = (Laneway(lanes={"db": threads(1)}) for _ in range(2))

    assert first.lanes["db"] is not second.lanes["db"]


def test_apps_share_the_default_threads() -> None:
    """The process has so many threads for `def`, however many apps are mounted in each other."""
    assert Laneway().lanes["thread"] is Laneway().lanes["thread"] is DEFAULT_LANE


def test_an_app_that_sizes_the_default_threads_has_its_own() -> None:
    lane = Laneway(lanes={"thread": threads(5)}).lanes["thread"]

    assert (lane is DEFAULT_LANE, lane.size) == (False, 5)


def test_an_unknown_lane_is_refused_with_those_there_are_and_how_to_declare_one() -> None:
    with pytest.raises(UnknownLaneError) as refused:
        Lanes({"db": threads(10)}).check("dbb")

    assert str(refused.value) == (
        "there is no lane 'dbb'; there are db, loop, process, thread; "
        "declare it with Laneway(lanes={'dbb': lanes.threads(10)})"
    )


def test_the_event_loop_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="'loop' is the event loop"):
        Lanes({"loop": threads(1)})


def test_nothing_can_be_sent_to_the_event_loop_as_to_a_lane() -> None:
    with pytest.raises(UnknownLaneError, match="await them"):
        Lanes()["loop"]


@pytest.mark.parametrize(
    ("size", "queue", "message"),
    [(0, 1, "a size of at least 1, not 0"), (1, -1, "0 requests or more, not -1")],
)
def test_a_lane_that_could_serve_nobody_is_refused(size: int, queue: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        threads(size, queue=queue)


@pytest.mark.parametrize("timeout", [0, -1.5])
def test_a_lane_that_has_no_time_is_refused(timeout: float) -> None:
    with pytest.raises(ValueError, match=f"more than 0 seconds, not {timeout}"):
        threads(1, timeout=timeout)


def test_statistics_show_the_lanes_in_use() -> None:
    """The default threads are always there; a lane that no route uses has nothing to show."""
    lanes = Lanes({"db": threads(10), "unused": threads(1)})
    _ = lanes["db"]

    assert [stats.name for stats in lanes.stats()] == ["thread", "db"]
