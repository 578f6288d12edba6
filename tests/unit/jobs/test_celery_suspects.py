"""A parcel is believed to be lost at the second look."""

from hypothesis import given
from hypothesis import strategies as st

from laneway.jobs.celery.suspects import CONFIRMED_SECONDS, FORGOTTEN_SECONDS, Suspects
from laneway.jobs.records import Parcel

ONE, OTHER = Parcel("1", "default", 1), Parcel("2", "default", 1)


def test_the_first_look_only_raises_a_suspicion() -> None:
    assert Suspects().confirmed([ONE], [ONE], 0.0) == []


def test_a_later_look_confirms_it_once() -> None:
    suspects = Suspects()
    looks = [suspects.confirmed([ONE], [ONE], CONFIRMED_SECONDS * number) for number in range(4)]

    assert looks == [[], [ONE], [], [ONE]]


def test_what_turns_up_is_no_suspect_any_more() -> None:
    suspects = Suspects()
    suspects.confirmed([ONE, OTHER], [ONE, OTHER], 0.0)
    suspects.confirmed([ONE], [], 1.0)

    assert suspects.confirmed([ONE, OTHER], [ONE, OTHER], CONFIRMED_SECONDS) == [OTHER]


def test_a_suspicion_that_nobody_asks_about_again_is_dropped() -> None:
    suspects = Suspects()
    suspects.confirmed([ONE], [ONE], 0.0)
    suspects.forget(FORGOTTEN_SECONDS)

    assert suspects.confirmed([ONE], [ONE], FORGOTTEN_SECONDS) == []


@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.booleans()), max_size=30))
def test_nothing_is_confirmed_that_was_not_missing_all_the_time(looks: list[tuple[float, bool]]) -> None:
    suspects, now, since = Suspects(), 0.0, None
    for seconds, is_missing in looks:
        now += seconds
        confirmed = suspects.confirmed([ONE], [ONE] if is_missing else [], now)
        since = (now if since is None else since) if is_missing else None

        assert bool(confirmed) == (since is not None and now - since >= CONFIRMED_SECONDS)
        since = None if confirmed else since
