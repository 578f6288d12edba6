"""`raises=[...]`: the errors of a route in its docs."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel

from laneway import APIRouter, HTTPException, Laneway, Problem, Request
from laneway.exceptions import FastAPIError
from laneway.lanes.errors import LaneFullError
from laneway.responses import JSONResponse
from laneway.testing import TestClient

Format = Literal["detail", "problem"]
HTTP_ERROR = {"$ref": "#/components/schemas/HTTPError"}


class OutOfStock(Problem):
    """Nothing is left.

    The warehouse knows when there will be.
    """

    status_code = 409
    type = "https://example.com/problems/out-of-stock"
    title = "Out of stock"
    left: int


class Locked(Exception):  # noqa: N818 - as users name them
    """Somebody else edits it."""

    status_code = 423


class Strange(Exception):  # noqa: N818 - as users name them
    """Nobody knows."""


class Sold(BaseModel):
    buyer: str


def responses(raises: list[Any], error_format: Format = "detail", **options: Any) -> dict[str, Any]:
    """What the docs say of a route; the responses but for that of success."""
    app = Laneway(error_format=error_format)
    app.get("/", raises=raises, **options)(lambda: None)
    return errors_of(app)


def errors_of(app: Laneway, path: str = "/") -> dict[str, Any]:
    found: dict[str, Any] = app.openapi()["paths"][path]["get"]["responses"]
    return {status: response for status, response in found.items() if status not in ("200", "default")}


def schemas_of(app: Laneway) -> dict[str, Any]:
    found: dict[str, Any] = app.openapi()["components"]["schemas"]
    return found


def test_an_error_stands_with_its_status_text_and_body() -> None:
    assert responses([HTTPException(404, "No such item")]) == {
        "404": {
            "description": "No such item",
            "content": {
                "application/json": {
                    "schema": HTTP_ERROR,
                    "examples": {"No such item": {"value": {"detail": "No such item"}}},
                }
            },
        }
    }


def test_in_the_problem_format_it_stands_as_a_problem() -> None:
    found = responses([HTTPException(404, "No such item")], "problem")
    media = found["404"]["content"]["application/problem+json"]

    assert media["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert media["examples"]["No such item"]["value"]["title"] == "Not Found"


@pytest.mark.parametrize(
    ("entry", "status", "description"),
    [
        (OutOfStock, "409", "Nothing is left."),
        (OutOfStock(left=0), "409", "Out of stock"),
        (Locked, "423", "Somebody else edits it."),
        ((Strange, 418), "418", "Nobody knows."),
        (LaneFullError, "503", "A lane refused a call at once, because its queue is at its limit."),
        (HTTPException(402), "402", "Payment Required"),
        ((HTTPException, 402), "402", "Payment Required"),
        (Problem(402, title="No credit"), "402", "No credit"),
        (HTTPException(400, {"code": 3}), "400", "Bad Request"),
    ],
    ids=repr,
)
def test_status_and_description_come_from_the_error(entry: Any, status: str, description: str) -> None:
    """The text it is raised with, else the first paragraph on its class, else the status."""
    found = responses([entry])

    assert {key: value["description"] for key, value in found.items()} == {status: description}


@pytest.mark.parametrize("error_format", ["detail", "problem"])
def test_a_class_of_problems_has_a_schema_of_its_own(error_format: Format) -> None:
    """With what is the same each time, and the members that it declares."""
    app = Laneway(error_format=error_format)
    app.get("/", raises=[OutOfStock])(lambda: None)
    schema = schemas_of(app)["OutOfStock"]

    assert schema["properties"]["type"]["const"] == OutOfStock.type
    assert schema["properties"]["left"]["type"] == "integer"
    assert {"detail", "left", "type", "title"} <= set(schema["required"])
    assert ("status" in schema["properties"]) == (error_format == "problem")


@pytest.mark.parametrize("error_format", ["detail", "problem"])
def test_what_is_sent_fits_what_is_said(error_format: Format) -> None:
    app = Laneway(error_format=error_format)

    @app.get("/", raises=[OutOfStock])
    async def read() -> None:
        raise OutOfStock(left=3)

    schema = schemas_of(app)["OutOfStock"]
    body = TestClient(app).get("/").json()

    assert set(schema["required"]) <= body.keys() <= schema["properties"].keys()
    assert body["type"] == schema["properties"]["type"]["const"]


def test_several_errors_of_a_status_are_one_response() -> None:
    found = responses([OutOfStock, HTTPException(409, "Taken"), HTTPException(409, "Moved")])
    media = found["409"]["content"]["application/json"]

    assert found["409"]["description"] == "Nothing is left.\n\nTaken\n\nMoved"
    assert media["schema"] == {"anyOf": [{"$ref": "#/components/schemas/OutOfStock"}, HTTP_ERROR]}
    assert list(media["examples"]) == ["Taken", "Moved"]


def test_a_detail_that_is_no_text_is_shown_as_an_example() -> None:
    media = responses([HTTPException(400, {"code": 3})])["400"]["content"]["application/json"]

    assert media["examples"] == {"Bad Request": {"value": {"detail": {"code": 3}}}}
    assert media["schema"]["properties"] == {"detail": {"title": "Detail"}}


def test_a_status_without_body_has_no_content() -> None:
    assert responses([HTTPException(304)]) == {"304": {"description": "Not Modified"}}


# -- beside other options


def test_a_description_in_responses_wins() -> None:
    found = responses([HTTPException(404, "No")], responses={404: {"description": "Mine"}})

    assert found["404"]["description"] == "Mine"
    assert found["404"]["content"]["application/json"]["schema"] == HTTP_ERROR


@pytest.mark.parametrize("key", [404, "404"])
def test_a_model_in_responses_wins(key: Any) -> None:
    found = responses([HTTPException(404, "No")], responses={key: {"model": Sold}})

    assert found["404"] == {
        "description": "No",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sold"}}},
    }


@pytest.mark.parametrize(
    ("error_format", "validation"), [("detail", "HTTPValidationError"), ("problem", "ValidationProblem")]
)
def test_a_422_of_the_endpoint_stands_beside_that_of_validation(
    error_format: Format, validation: str
) -> None:
    app = Laneway(error_format=error_format)

    @app.get("/", raises=[HTTPException(422, "The dates overlap")])
    def read(page: int = 1) -> None: ...

    found = errors_of(app)["422"]
    (media,) = found["content"].values()

    assert found["description"] == "Validation Error\n\nThe dates overlap"
    assert media["schema"]["anyOf"][0] == {"$ref": f"#/components/schemas/{validation}"}
    assert len(media["schema"]["anyOf"]) == 2


def test_routes_have_the_errors_of_app_routers_and_includes() -> None:
    """From the outside in."""
    app = Laneway(raises=[HTTPException(401)])
    outer, inner = APIRouter(raises=[HTTPException(402)]), APIRouter(raises=[Locked])
    inner.get("/", raises=[OutOfStock])(lambda: None)
    outer.include_router(inner, raises=[HTTPException(403)])
    app.include_router(outer, prefix="/x", raises=[HTTPException(418)])

    assert list(errors_of(app, "/x/")) == ["401", "418", "402", "403", "423", "409"]


def test_including_does_not_change_the_router() -> None:
    app, router = Laneway(), APIRouter()
    router.get("/", raises=[Locked])(lambda: None)
    app.include_router(router, raises=[HTTPException(401)])

    assert router.routes[0].raises == [Locked]  # type: ignore[attr-defined]  # an APIRoute


def test_a_handler_answers_what_was_declared_with_its_status() -> None:
    app = Laneway()

    @app.exception_handler(Strange)
    async def answer(request: Request, error: Strange) -> JSONResponse:
        return JSONResponse({"detail": "Strange"}, 418)

    @app.get("/", raises=[(Strange, 418)])
    async def read() -> None:
        raise Strange

    assert str(TestClient(app).get("/").status_code) in errors_of(app)


# -- mistakes


@pytest.mark.parametrize(
    ("raises", "message"),
    [
        ([Strange], r"The status of Strange .* give the class a `status_code`, or write \(Strange, 409\)"),
        ([Problem], r"or the error as it will be raised: Problem\(404"),
        ([HTTPException], r"HTTPException\(404, 'No such item'\)"),
        ([404], r"raises=\[404\] is no HTTP error"),
        ([int], r"is no HTTP error"),
        ([Strange()], r"is no HTTP error"),
        ([(Strange, 409, 1)], r"is no HTTP error"),
        ([(Strange, 9)], r"must be a number from 100 to 599, not 9"),
        (OutOfStock, r"raises takes a list"),
    ],
    ids=repr,
)
def test_a_mistake_is_found_where_it_is_made(raises: Any, message: str) -> None:
    """With the way out, on routes, routers and includes."""
    app = Laneway()
    with pytest.raises(FastAPIError, match=message):
        app.get("/", raises=raises)(lambda: None)
    with pytest.raises(FastAPIError, match=message):
        APIRouter(raises=raises)
    with pytest.raises(FastAPIError, match=message):
        app.include_router(APIRouter(), raises=raises)


def test_an_annotation_that_cannot_be_read_is_found_at_once() -> None:
    class Odd(Problem):
        status_code = 400
        what: "Nowhere"  # type: ignore[name-defined]  # noqa: F821 - the mistake

    with pytest.raises(FastAPIError, match="annotations of Odd cannot be read: name 'Nowhere'"):
        Laneway().get("/", raises=[Odd])(lambda: None)
