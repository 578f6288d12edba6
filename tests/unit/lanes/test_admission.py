from contextlib import suppress

import pytest

from laneway.lanes.admission import Places, place_in
from laneway.lanes.errors import LaneFullError


def taken(places: Places, count: int, *, size: int = 4, service: float = 0.0) -> Places:
    for _ in range(count):
        places.take(size, service)
    return places


def test_there_are_as_many_places_as_may_run_and_wait() -> None:
    """Four run, eight wait; the thirteenth is refused."""
    places = taken(Places("db", 4, 8), 12)

    with pytest.raises(LaneFullError):
        places.take(4, 0.0)


def test_a_lane_without_a_queue_has_places_for_those_that_run() -> None:
    places = taken(Places("db", 4, 0), 4)

    with pytest.raises(LaneFullError):
        places.take(4, 0.0)


def test_a_queue_without_a_limit_refuses_nobody() -> None:
    assert taken(Places("db", 1, None), 5000).taken == 5000


def test_a_place_given_back_can_be_taken_again() -> None:
    places = taken(Places("db", 1, 0), 1)
    places.give_back()

    assert taken(places, 1).taken == 1


def test_who_is_refused_takes_no_place() -> None:
    places = taken(Places("db", 1, 0), 1)
    with pytest.raises(LaneFullError):
        places.take(1, 0.0)

    assert (places.taken, places.refused) == (1, 1)


@pytest.mark.parametrize(
    ("waiting", "service", "expected"),
    [
        (8, 1.0, 3),  # nine calls before one is done, four at a time: 2.25 s
        (8, 0.1, 1),  # never less than a second
        (8, 10.0, 23),
        (0, 2.0, 1),
    ],
)
def test_the_advice_when_to_come_back_follows_from_the_service_time(
    waiting: int, service: float, expected: int
) -> None:
    """Whole seconds, as `Retry-After` wants them."""
    places = taken(Places("db", 4, waiting), 4 + waiting)

    with pytest.raises(LaneFullError) as refused:
        places.take(4, service)

    assert refused.value.retry_after == expected


def test_the_refusal_tells_lane_and_queue_and_a_way_out() -> None:
    places = taken(Places("db", 1, 2), 3)

    with pytest.raises(LaneFullError, match=r"'db' is full: 2 calls wait already; .* larger size or queue"):
        places.take(1, 0.0)


class Room:
    """Something with one place."""

    def __init__(self) -> None:
        self.places = Places("db", 1, 0)

    def admit(self) -> None:
        self.places.take(1, 0.0)

    def leave(self) -> None:
        self.places.give_back()


def test_a_place_can_be_held_for_the_length_of_a_block() -> None:
    """It is given back after an error, too."""
    room = Room()
    with suppress(ZeroDivisionError), place_in(room):
        taken = room.places.taken
        raise ZeroDivisionError

    assert (taken, room.places.taken) == (1, 0)


def test_a_block_without_a_place_is_not_entered() -> None:
    room = Room()
    with place_in(room), pytest.raises(LaneFullError), place_in(room):
        raise AssertionError("not reached")

    assert room.places.taken == 0
