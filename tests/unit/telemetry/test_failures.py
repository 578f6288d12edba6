"""Which exceptions are failures, and what they are called."""

import pytest

from laneway import HTTPException, WebSocketDisconnect, WebSocketException
from laneway.exceptions import RequestValidationError
from laneway.telemetry.failures import error_name, is_answer


class OutOfStockError(Exception):
    pass


def test_a_class_is_named_with_its_module() -> None:
    assert error_name(OutOfStockError()) == f"{__name__}.OutOfStockError"


def test_a_builtin_needs_no_module() -> None:
    assert error_name(ValueError()) == "ValueError"


@pytest.mark.parametrize(
    "error",
    [HTTPException(503), RequestValidationError([]), WebSocketException(1008), WebSocketDisconnect(1001)],
)
def test_ways_to_answer_are_no_failures(error: Exception) -> None:
    assert is_answer(error)


@pytest.mark.parametrize("error", [ValueError(), WebSocketDisconnect(1006)])
def test_everything_else_is_one(error: Exception) -> None:
    assert not is_answer(error)
