"""Calls and replies survive the way through bytes."""

import pickle

import pytest

from laneway.lanes.errors import RemoteError, RemoteTraceback, UnpicklableError
from laneway.lanes.process_wire import LARGE_BYTES, TooLargeError, decode, encode, encode_large, room_for
from laneway.lanes.process_worker import FAILED, HEADER, run
from tests.unit.lanes import process_jobs
from tests.unit.lanes.process_jobs import KeywordError, PlainError, Refusing


def through(function: object, *args: object, **kwargs: object) -> object:
    """What a call gives that is encoded, run in this process, and decoded."""
    assert callable(function)
    message = encode(function, args, kwargs)
    flags, body = run(message[HEADER.size :])
    return decode(flags, memoryview(body), function)


def test_arguments_and_result_arrive() -> None:
    assert through(process_jobs.add, 1, right=2) == 3


def test_the_header_gives_the_length() -> None:
    message = encode(process_jobs.add, (1,), {})

    assert HEADER.unpack_from(message) == (len(message) - HEADER.size, 0)


@pytest.mark.parametrize("value", [b"x" * (LARGE_BYTES + 1), list(range(LARGE_BYTES))], ids=["bytes", "list"])
def test_a_large_call_is_left_to_a_thread(value: object) -> None:
    with pytest.raises(TooLargeError):
        encode(process_jobs.echo, (value,), {})


def test_a_large_call_is_the_same_message() -> None:
    assert bytes(encode_large(process_jobs.add, (1, 2), {})) == encode(process_jobs.add, (1, 2), {})


def test_an_error_keeps_its_fields() -> None:
    with pytest.raises(PlainError) as caught:
        through(process_jobs.raise_plain, 7)

    assert caught.value.code == 7


def test_the_cause_of_an_error_is_its_traceback_over_there() -> None:
    with pytest.raises(PlainError) as caught:
        through(process_jobs.raise_plain, 7)

    assert isinstance(caught.value.__cause__, RemoteTraceback)
    assert "in raise_plain" in str(caught.value.__cause__)
    assert "process_worker.py" not in str(caught.value.__cause__)


@pytest.mark.parametrize(
    ("function", "kind", "text"),
    [
        (process_jobs.raise_keyword, f"{KeywordError.__module__}.KeywordError", "code 3"),
        (process_jobs.leave, "SystemExit", "3"),
    ],
)
def test_an_error_that_cannot_be_raised_here_comes_as_text(function: object, kind: str, text: str) -> None:
    with pytest.raises(RemoteError) as caught:
        through(function, 3)

    assert (caught.value.kind, caught.value.text) == (kind, text)


def test_stop_iteration_comes_as_text() -> None:
    """Raised in a coroutine, it would become a RuntimeError that names nothing."""
    with pytest.raises(RemoteError, match="raised StopIteration: 1"):
        through(process_jobs.stop_iteration)


def test_an_argument_that_cannot_be_pickled_is_named() -> None:
    with pytest.raises(
        UnpicklableError, match=r"an argument of .*echo cannot cross .* I stay here; pass plain data"
    ):
        encode(process_jobs.echo, (Refusing(),), {})


def test_a_result_that_cannot_be_pickled_is_named() -> None:
    with pytest.raises(UnpicklableError, match=r"its result, a .*Refusing, cannot be pickled: I stay here"):
        through(process_jobs.refusing)


def test_a_call_that_cannot_be_rebuilt_is_an_error() -> None:
    body = pickle.dumps(process_jobs.add, 5).replace(b"add", b"gone"[:3])
    flags, reply = run(body)

    with pytest.raises(UnpicklableError, match="cannot be rebuilt there"):
        decode(flags, memoryview(reply), process_jobs.add)
    assert flags == FAILED


@pytest.mark.parametrize("length", [10, LARGE_BYTES + 10])
def test_there_is_room_for_a_reply_of_any_size(length: int) -> None:
    assert len(room_for(length)) == length
