"""Errors of lanes travel between processes and say what to do."""

import pickle

import pytest

from laneway.lanes.errors import (
    LaneClosedError,
    LaneError,
    LaneFullError,
    LaneStartError,
    LaneTimeoutError,
    RemoteError,
    UnpicklableError,
    WorkerCrashedError,
    describe_exit,
)

ERRORS = [
    LaneFullError("math", 8, 3),
    LaneTimeoutError("math", "running app.primes", 2.5),
    LaneClosedError("math"),
    LaneClosedError("math", "app.primes"),
    LaneStartError("math", "no module named x"),
    WorkerCrashedError("math", -11, "app.primes"),
    UnpicklableError("app.primes", "it is a lambda"),
    RemoteError("app.primes", "SystemExit", "3"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling_with_its_fields(error: LaneError) -> None:
    copy = pickle.loads(pickle.dumps(error))

    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize(
    ("error", "status"), [*zip(ERRORS, [503, 504, 503, 503, 500, 502, 500, 500], strict=True)]
)
def test_an_error_knows_its_status(error: LaneError, status: int) -> None:
    assert error.status_hint == status


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-11, "was ended by SIGSEGV (a crash in native code)"),
        (-9, "was ended by SIGKILL (from outside: by hand, or by the kernel when memory ran out)"),
        (-40, "was ended by signal 40"),
        (3, "exited with status 3"),
        (None, "was lost, together with the lane's fork server"),
    ],
)
def test_an_exit_is_described_in_words(code: int | None, words: str) -> None:
    assert describe_exit(code) == words
