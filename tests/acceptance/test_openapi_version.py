"""The document claims the version of OpenAPI that it needs."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from laneway import Laneway
from laneway.fastapi import FastAPI
from laneway.openapi.utils import get_openapi
from laneway.sse import EventSourceResponse


def streaming(app: Laneway) -> Laneway:
    """The app with an endpoint whose docs need a keyword of 3.2."""

    @app.get("/numbers")
    async def numbers() -> AsyncIterator[int]:
        yield 1

    return app


def version(app: Laneway) -> str:
    found: str = app.openapi()["openapi"]
    return found


def test_a_common_app_claims_3_1() -> None:
    """More tools read it."""
    app = Laneway(openapi_tags=[{"name": "a", "description": "A"}], servers=[{"url": "/v1"}])

    @app.post("/", responses={404: {"description": "No", "content": {"application/json": {}}}})
    def create(item: dict[str, int]) -> int: ...

    assert version(app) == "3.1.0"


def test_a_stream_of_items_needs_3_2() -> None:
    """`itemSchema`."""
    assert version(streaming(Laneway())) == "3.2.0"


def test_a_stream_of_events_needs_3_2() -> None:
    app = Laneway()

    @app.get("/", response_class=EventSourceResponse)
    def events() -> Iterator[int]:
        yield 1

    assert version(app) == "3.2.0"


def test_an_operation_of_query_needs_3_2() -> None:
    app = Laneway()
    app.query("/")(lambda: None)

    assert version(app) == "3.2.0"


def test_a_method_without_a_place_of_its_own_needs_3_2() -> None:
    """`additionalOperations`, under its own name."""
    app = Laneway()
    app.api_route("/", methods=["PURGE"])(lambda: None)
    app.get("/")(lambda: None)
    item = app.openapi()["paths"]["/"]

    assert (version(app), list(item)) == ("3.2.0", ["get", "additionalOperations"])
    assert list(item["additionalOperations"]) == ["PURGE"]


@pytest.mark.parametrize(
    "options",
    [
        {"openapi_tags": [{"name": "a", "parent": "b"}]},
        {"servers": [{"url": "/v1", "name": "first"}]},
    ],
    ids=str,
)
def test_what_users_put_in_counts(options: dict[str, Any]) -> None:
    assert version(Laneway(**options)) == "3.2.0"


@pytest.mark.parametrize(
    "options",
    [
        {"responses": {404: {"description": "No", "summary": "Short"}}},
        {"openapi_extra": {"parameters": [{"name": "q", "in": "querystring", "content": {}}]}},
        {"openapi_extra": {"requestBody": {"content": {"text/csv": {"itemSchema": {"type": "object"}}}}}},
    ],
    ids=str,
)
def test_what_users_put_into_an_operation_counts(options: dict[str, Any]) -> None:
    app = Laneway()
    app.post("/", **options)(lambda: None)

    assert version(app) == "3.2.0"


def test_a_callback_counts() -> None:
    calls, app = Laneway(), Laneway()
    calls.query("/")(lambda: None)
    app.post("/", callbacks=calls.routes)(lambda: None)

    assert version(app) == "3.2.0"


def test_a_property_called_like_a_keyword_does_not_count() -> None:
    """Names of models' fields, parameters and paths mean nothing."""
    app = Laneway()

    @app.post(
        "/query", responses={400: {"description": "No", "content": {"a/b": {"example": {"itemSchema": 1}}}}}
    )
    def create(itemSchema: int, query: dict[str, int]) -> None: ...  # noqa: N803 - the point of the test

    assert version(app) == "3.1.0"


def test_a_version_that_was_chosen_is_claimed() -> None:
    assert version(streaming(Laneway(openapi_version="3.1.0"))) == "3.1.0"


def test_the_attribute_can_be_changed() -> None:
    """FastAPI's way."""
    app = Laneway()
    app.openapi_version = "3.0.2"

    assert version(app) == "3.0.2"


def test_an_app_of_fastapi_claims_what_fastapi_claims() -> None:
    """Its tests compare whole documents; None asks for the honest one."""
    assert version(streaming(FastAPI())) == "3.1.0"
    assert version(streaming(FastAPI(openapi_version=None))) == "3.2.0"


def test_get_openapi_claims_3_1_unless_told() -> None:
    routes = streaming(Laneway()).routes

    assert get_openapi(title="T", version="1", routes=routes)["openapi"] == "3.1.0"
    assert get_openapi(title="T", version="1", routes=routes, openapi_version=None)["openapi"] == "3.2.0"
