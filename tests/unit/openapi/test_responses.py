"""Response Objects."""

from collections.abc import AsyncIterator, Callable, Iterator
from enum import IntEnum
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response

from laneway.routing import APIRouter
from laneway.sse import EVENT_SCHEMA, EventSourceResponse

from .conftest import Describe


class Item(BaseModel):
    name: str


ITEM = {"$ref": "#/components/schemas/Item"}


def test_the_return_type_is_the_schema(router: APIRouter, operation: Describe) -> None:
    """A title is made for what has no name."""

    @router.get("/")
    def read() -> list[Item]: ...

    assert operation("/")["responses"]["200"]["content"] == {
        "application/json": {"schema": {"type": "array", "items": ITEM, "title": "Response Read  Get"}}
    }


@pytest.mark.parametrize(
    ("response_class", "status", "content"),
    [
        (HTMLResponse, "200", {"text/html": {"schema": {"type": "string"}}}),
        (PlainTextResponse, "200", {"text/plain": {"schema": {"type": "string"}}}),
        (RedirectResponse, "307", None),
        (FileResponse, "200", None),
    ],
)
def test_the_response_class_tells_status_and_content(
    router: APIRouter, operation: Describe, response_class: type[Response], status: str, content: object
) -> None:
    """Classes without a content type may send anything."""

    @router.get("/", response_class=response_class)
    def read() -> None: ...

    responses = operation("/")["responses"]

    assert list(responses) == [status]
    assert responses[status].get("content") == content


@pytest.mark.parametrize("status", [204, 205, 304])
def test_statuses_without_body_have_no_content(router: APIRouter, operation: Describe, status: int) -> None:
    """The response ends with the headers."""

    @router.get("/", status_code=status)
    def read() -> None: ...

    assert operation("/")["responses"] == {str(status): {"description": "Successful Response"}}


def test_an_enum_status_stands_as_its_number(router: APIRouter, operation: Describe) -> None:
    """Users write HTTPStatus.CREATED."""

    class Status(IntEnum):
        created = 201

    @router.post("/", status_code=Status.created)
    def create() -> None: ...

    assert list(operation("/", "post")["responses"]) == ["201"]


def test_a_model_of_another_status_is_its_schema(router: APIRouter, operation: Describe) -> None:
    """The phrase of the status describes it when nobody does."""

    @router.get("/", responses={404: {"model": Item}})
    def read() -> None: ...

    assert operation("/")["responses"]["404"] == {
        "description": "Not Found",
        "content": {"application/json": {"schema": ITEM}},
    }


@pytest.mark.parametrize(
    ("status", "key", "description"),
    [
        ("4xx", "4XX", "Client Error"),
        ("default", "default", "Default Response"),
        (799, "799", "Additional Response"),
    ],
)
def test_keys_without_phrase_have_a_description(
    router: APIRouter, operation: Describe, status: int | str, key: str, description: str
) -> None:
    """OpenAPI wants one."""

    @router.get("/", responses={status: {}})
    def read() -> None: ...

    assert operation("/")["responses"][key] == {"description": description}


def test_what_is_said_of_the_own_status_is_merged(router: APIRouter, operation: Describe) -> None:
    """A second content type stands beside the first."""

    @router.get("/", responses={200: {"description": "Item or image", "content": {"image/png": {}}}})
    def read() -> Item: ...

    assert operation("/")["responses"]["200"] == {
        "description": "Item or image",
        "content": {"application/json": {"schema": ITEM}, "image/png": {}},
    }


def test_a_key_that_is_no_status_is_refused(router: APIRouter, document: Describe) -> None:
    """OpenAPI has no place for it."""

    @router.get("/", responses={"hello": {"description": "No status"}})
    def read() -> None: ...

    with pytest.raises(ValueError, match="hello"):
        document()


def test_input_that_may_be_refused_gets_a_422(router: APIRouter, document: Describe) -> None:
    """With its components."""

    @router.get("/")
    def read(q: int) -> None: ...

    found = document()

    assert found["paths"]["/"]["get"]["responses"]["422"] == {
        "description": "Validation Error",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/HTTPValidationError"}}},
    }
    assert list(found["components"]["schemas"]) == ["HTTPValidationError", "ValidationError"]


@pytest.mark.parametrize("status", [422, "4XX", "default"])
def test_the_users_word_on_refused_input_stands(
    router: APIRouter, document: Describe, status: int | str
) -> None:
    """It may be an error of another shape."""

    @router.get("/", responses={status: {"description": "Mine"}})
    def read(q: int) -> None: ...

    found = document()

    assert list(found["paths"]["/"]["get"]["responses"]) == ["200", str(status)]
    assert "components" not in found


def _lines() -> Iterator[Item]:
    yield Item(name="a")


async def _untyped_lines():  # type: ignore[no-untyped-def]
    yield 1


@pytest.mark.parametrize(("endpoint", "schema"), [(_lines, ITEM), (_untyped_lines, {})])
def test_a_generator_answers_json_lines(
    router: APIRouter, operation: Describe, endpoint: Callable[..., Any], schema: dict[str, Any]
) -> None:
    """The schema is that of one line."""
    router.get("/")(endpoint)

    assert operation("/")["responses"]["200"]["content"] == {"application/jsonl": {"itemSchema": schema}}


async def _events() -> AsyncIterator[Item]:
    yield Item(name="a")


def test_typed_events_tell_what_their_data_is(router: APIRouter, operation: Describe) -> None:
    """JSON in a string."""
    router.get("/", response_class=EventSourceResponse)(_events)

    item_schema = operation("/")["responses"]["200"]["content"]["text/event-stream"]["itemSchema"]

    assert item_schema["required"] == ["data"]
    assert item_schema["properties"]["data"] == {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": ITEM,
    }


def test_untyped_events_are_described_as_events(router: APIRouter, operation: Describe) -> None:
    """Their data may be anything."""
    router.get("/", response_class=EventSourceResponse)(_untyped_lines)

    content = operation("/")["responses"]["200"]["content"]

    assert content == {"text/event-stream": {"itemSchema": EVENT_SCHEMA}}
