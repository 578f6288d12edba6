"""What is kept of a resumable stream."""

from hypothesis import given
from hypothesis import strategies as st

from laneway.stream.kept import KeptEvents

steps = st.lists(
    st.one_of(
        st.integers(1, 150).map(lambda size: ("add", size)), st.integers(0, 60).map(lambda n: ("sent", n))
    )
)


def driven(steps: list[tuple[str, int]], most: int = 10, most_bytes: int = 100) -> KeptEvents:
    """Events as a generator adds them that waits for room."""
    kept = KeptEvents(most, most_bytes)
    for step, number in steps:
        if step == "sent":
            kept.mark_sent(min(number, kept.last))
        elif kept.has_room:
            kept.add(bytes([kept.last % 256]) * number)
    return kept


@given(steps)
def test_what_nobody_was_sent_is_kept(steps: list[tuple[str, int]]) -> None:
    """A client that reads on misses nothing."""
    kept = driven(steps)

    for number in range(kept.sent + 1, kept.last + 1):
        assert kept[number][0] == (number - 1) % 256


@given(steps)
def test_memory_is_bounded(steps: list[tuple[str, int]]) -> None:
    """By the numbers that were asked for, whatever clients do."""
    kept = driven(steps)

    assert kept.last - kept.first + 1 <= 10
    assert kept.size == sum(len(kept[number]) for number in range(kept.first, kept.last + 1))
    assert kept.size <= 100 // 2 + 150
    assert kept.size <= 100 or kept.first > kept.sent or kept.first == kept.last  # what must stay, or one


@given(steps)
def test_numbers_have_no_holes(steps: list[tuple[str, int]]) -> None:
    """Oldest, sent and latest stand in that order."""
    kept = driven(steps)

    assert 1 <= kept.first <= kept.last + 1
    assert kept.sent <= kept.last


def test_half_is_for_what_was_sent_already() -> None:
    """So that a client which lost some on the way can have it again."""
    kept = KeptEvents(10, 1000)
    while kept.has_room:
        kept.add(b"x")

    assert kept.last == 5
    for number in range(1, 100):
        kept.mark_sent(number)
        while kept.has_room:
            kept.add(b"x")
    assert (kept.first, kept.sent, kept.last) == (95, 99, 104)


def test_an_event_larger_than_all_room_is_kept_alone() -> None:
    """It goes out, and makes what was sent before it go."""
    kept = KeptEvents(10, 100)
    kept.add(b"small")
    kept.mark_sent(1)
    kept.add(b"x" * 500)

    assert (kept.first, kept.last, kept.has_room) == (2, 2, False)
    kept.mark_sent(2)
    assert kept.has_room
