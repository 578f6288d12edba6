"""Errors keep their fields on every road: raised, printed, pickled."""

import pickle
from typing import TypeVar

import pytest
import starlette.exceptions
from starlette.responses import Response

import laneway.exceptions
from laneway.exceptions import (
    DependencyScopeError,
    EndpointContext,
    FastAPIError,
    HTTPException,
    LanewayError,
    RequestValidationError,
    ResponseValidationError,
    WebSocketException,
    WebSocketRequestValidationError,
)

E = TypeVar("E", bound=BaseException)

MISSING = {"type": "missing", "loc": ("body", "name"), "msg": "Field required", "input": {}}
CONTEXT: EndpointContext = {"function": "read", "path": "GET /items", "file": "/srv/app.py", "line": 7}


class QuotaError(HTTPException):
    """An app's own error, whose arguments are not those of its base class."""

    def __init__(self, user: str) -> None:
        super().__init__(status_code=429, detail=f"{user} calls too often", headers={"Retry-After": "5"})
        self.user = user


def pickled(error: E) -> E:
    copy: E = pickle.loads(pickle.dumps(error))
    return copy


def test_every_error_has_the_one_base_class() -> None:
    """`except LanewayError` catches what the framework raises."""
    errors = [
        cls
        for cls in vars(laneway.exceptions).values()
        if isinstance(cls, type)
        and issubclass(cls, Exception)
        and not issubclass(cls, Warning)
        and cls.__module__ == "laneway.exceptions"
    ]

    assert errors
    assert all(issubclass(cls, LanewayError) for cls in errors)


def test_http_exception_is_starlettes() -> None:
    """Handlers for Starlette's class catch ours."""
    assert isinstance(HTTPException(404), starlette.exceptions.HTTPException)


def test_fastapi_error_is_a_runtime_error() -> None:
    """As it is in FastAPI."""
    assert issubclass(DependencyScopeError, FastAPIError)
    assert issubclass(FastAPIError, RuntimeError)


def test_http_exception_without_detail_shows_the_status_phrase() -> None:
    """The reply is never empty."""
    assert HTTPException(404).detail == "Not Found"


def test_http_exception_made_from_keywords_pickles() -> None:
    """Starlette's cannot: its arguments are lost on the way."""
    copy = pickled(HTTPException(status_code=404, detail={"id": 3}, headers={"X-Why": "gone"}))

    assert (copy.status_code, copy.detail, copy.headers) == (404, {"id": 3}, {"X-Why": "gone"})


def test_subclass_with_other_arguments_pickles() -> None:
    """Errors of an app cross processes without a word about pickling in them."""
    copy = pickled(QuotaError("ann"))

    assert (type(copy), copy.user, copy.status_code, copy.detail) == (
        QuotaError,
        "ann",
        429,
        "ann calls too often",
    )


def test_websocket_exception_pickles() -> None:
    """Code and reason survive."""
    copy = pickled(WebSocketException(code=1008, reason="no token"))

    assert (copy.code, copy.reason) == (1008, "no token")


def test_plain_error_pickles_with_its_message() -> None:
    """The arguments are the message."""
    assert pickled(FastAPIError("two", "parts")).args == ("two", "parts")


@pytest.mark.parametrize("cls", [RequestValidationError, ResponseValidationError])
def test_validation_error_pickles_with_body_and_context(
    cls: type[RequestValidationError | ResponseValidationError],
) -> None:
    """Nothing of it is lost in a process lane."""
    copy = pickled(cls([MISSING], body={"a": 1}, endpoint_ctx=CONTEXT))

    assert (copy.errors(), copy.body, copy.endpoint_ctx) == ([MISSING], {"a": 1}, CONTEXT)


def test_notes_survive_pickling() -> None:
    """`add_note` is how a caller says where it happened."""
    error = HTTPException(400)
    error.add_note("while reading page 3")

    assert pickled(error).__notes__ == ["while reading page 3"]


def test_validation_error_says_how_many_and_which() -> None:
    """One error a line, in the singular for one."""
    assert str(RequestValidationError([MISSING])) == f"1 validation error:\n  {MISSING}"


def test_validation_error_without_errors_says_none() -> None:
    """An empty list is plural."""
    assert str(RequestValidationError([])) == "0 validation errors:"


def test_validation_error_names_the_endpoint_like_a_traceback() -> None:
    """Editors turn the line into a link."""
    text = str(WebSocketRequestValidationError([MISSING, MISSING], endpoint_ctx=CONTEXT))

    assert text.endswith(f'  {MISSING}\n\n  File "/srv/app.py", line 7, in read\n    GET /items')


def test_validation_error_without_file_names_the_path() -> None:
    """Where the source is not known, the path is enough."""
    text = str(RequestValidationError([MISSING], endpoint_ctx={"path": "GET /items"}))

    assert text.endswith("\n\n  Endpoint: GET /items")


def test_validation_error_gives_the_parts_of_its_context() -> None:
    """Handlers log them one by one."""
    error = RequestValidationError([], endpoint_ctx=CONTEXT)
    parts = (error.endpoint_function, error.endpoint_path, error.endpoint_file, error.endpoint_line)

    assert parts == ("read", "GET /items", "/srv/app.py", 7)


def test_status_hint_tells_whose_fault_it_is() -> None:
    """4xx is the client's, 5xx ours."""
    assert RequestValidationError([]).status_hint == 422
    assert ResponseValidationError([], body=Response()).status_hint == 500
