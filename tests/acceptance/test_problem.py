"""Errors as problem details of RFC 9457, in every place where an app answers with one."""

import pickle
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.websockets import WebSocketDisconnect

from laneway import APIRouter, HTTPException, Laneway, Problem, Request, WebSocket
from laneway.exception_handlers import http_exception_handler
from laneway.fastapi import FastAPI
from laneway.lanes.errors import LaneClosedError, LaneFullError, LaneTimeoutError, WorkerCrashedError
from laneway.responses import JSONResponse, PlainTextResponse
from laneway.testing import TestClient

from .over_sockets import ask, serving

PROBLEM_JSON = "application/problem+json"


class Item(BaseModel):
    name: str
    tags: list[int] = []


class OutOfStock(Problem):
    """Nothing is left."""

    status_code = 409
    type = "https://example.com/problems/out-of-stock"
    title = "Out of stock"
    left: int


def raising(error: Exception, **options: Any) -> Laneway:
    """An app whose endpoint at `/` raises."""
    app = Laneway(openapi_url=None, **options)

    @app.get("/")
    async def fail() -> None:
        raise error

    return app


def reply_to(app: Laneway, path: str = "/", method: str = "GET", **options: Any) -> Any:
    return TestClient(app, raise_server_exceptions=False).request(method, path, **options)


def problem(error: Exception) -> dict[str, Any]:
    """The body of the reply to an error."""
    reply = reply_to(raising(error, error_format="problem"))
    assert reply.headers["content-type"] == PROBLEM_JSON
    found: dict[str, Any] = reply.json()
    assert found["status"] == reply.status_code
    return found


# -- errors of HTTP


def test_an_http_error_has_the_five_members() -> None:
    """RFC 9457 section 3.1."""
    assert problem(HTTPException(404, "No item 7")) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "No item 7",
        "instance": "/",
    }


def test_headers_of_the_error_are_sent() -> None:
    app = raising(HTTPException(401, headers={"WWW-Authenticate": "Bearer"}), error_format="problem")

    assert reply_to(app).headers["www-authenticate"] == "Bearer"


def test_members_of_a_dictionary_are_members_of_the_problem() -> None:
    """Apps for FastAPI put codes and numbers into `detail`."""
    found = problem(HTTPException(409, {"code": "taken", "title": "Taken", "by": [1]}))

    assert (found["code"], found["title"], found["by"], found["type"]) == (
        "taken",
        "Taken",
        [1],
        "about:blank",
    )


@pytest.mark.parametrize("detail", [{"status": "sold"}, {"type": 5}, {"title": None}, {3: "x"}])
def test_a_dictionary_that_means_other_things_by_the_names_stands_apart(detail: dict[Any, Any]) -> None:
    """A client must be able to trust the standard's members."""
    found = problem(HTTPException(409, detail))

    assert found["error"] == {str(key): value for key, value in detail.items()}
    assert (found["type"], found["title"], found["status"]) == ("about:blank", "Conflict", 409)


@pytest.mark.parametrize(("detail", "name"), [([{"msg": "No"}], "errors"), (7, "error")])
def test_a_detail_of_another_kind_has_a_member(detail: object, name: str) -> None:
    """`detail` itself is text in every problem."""
    found = problem(HTTPException(400, detail))

    assert (found[name], found["detail"]) == (detail, "Bad Request")


def test_a_status_without_body_has_none() -> None:
    assert reply_to(raising(HTTPException(304), error_format="problem")).content == b""


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/gone", 404), ("POST", "/", 405)])
def test_a_request_that_no_route_serves_gets_a_problem(method: str, path: str, status: int) -> None:
    reply = reply_to(raising(HTTPException(404), error_format="problem"), path, method)

    assert (reply.status_code, reply.headers["content-type"], reply.json()["instance"]) == (
        status,
        PROBLEM_JSON,
        path,
    )


def test_the_instance_is_a_uri() -> None:
    """The path as it is written in one, without the query, which may hold secrets."""
    reply = reply_to(Laneway(error_format="problem"), "/a%20b/%C3%A4%3F?token=secret")

    assert reply.json()["instance"] == "/a%20b/%C3%A4%3F"


# -- problems that are raised


def test_a_problem_has_the_members_it_was_made_with() -> None:
    found = problem(Problem(403, "You have 30", type="https://x.org/credit", title="No credit", balance=30))

    assert found == {
        "type": "https://x.org/credit",
        "title": "No credit",
        "status": 403,
        "detail": "You have 30",
        "instance": "/",
        "balance": 30,
    }


def test_a_class_of_problems_says_what_is_the_same_each_time() -> None:
    found = problem(OutOfStock(left=3))

    assert (found["type"], found["title"], found["status"], found["detail"], found["left"]) == (
        OutOfStock.type,
        "Out of stock",
        409,
        "Out of stock",
        3,
    )


def test_a_problem_may_name_its_instance() -> None:
    assert problem(Problem(409, instance="/log/17"))["instance"] == "/log/17"


def test_in_the_format_of_fastapi_the_members_stand_beside_detail() -> None:
    """`detail` is what clients read there."""
    reply = reply_to(raising(OutOfStock(detail="Only 3", left=3)))

    assert (reply.headers["content-type"], reply.json()) == (
        "application/json",
        {"detail": "Only 3", "type": OutOfStock.type, "title": "Out of stock", "left": 3},
    )


def test_a_plain_problem_is_a_plain_error_in_the_format_of_fastapi() -> None:
    assert reply_to(raising(Problem(404, "No item"))).json() == {"detail": "No item"}


def test_members_can_be_read_where_a_problem_is_caught() -> None:
    assert OutOfStock(left=3).left == 3


def test_a_problem_crosses_to_another_process() -> None:
    """Process lanes hand errors back."""
    error = pickle.loads(pickle.dumps(OutOfStock(detail="Only 3", left=3)))

    assert (str(error), error.left, error.type) == ("409: Only 3", 3, OutOfStock.type)


def test_a_problem_needs_a_status() -> None:
    with pytest.raises(TypeError, match="set `status_code` in the class"):
        Problem()


def test_status_is_no_further_member() -> None:
    with pytest.raises(TypeError, match="say it as `status_code`"):
        Problem(400, status=404)


# -- validation


@pytest.fixture
def typed() -> Laneway:
    app = Laneway(error_format="problem")

    @app.post("/items/{number}")
    def create(number: int, item: Item, page: int = 1) -> Item:
        return item

    return app


def test_a_request_that_does_not_fit_gets_every_error_with_its_place(typed: Laneway) -> None:
    """FastAPI's errors, and a pointer made of their `loc`."""
    reply = reply_to(typed, "/items/7?page=x", "POST", json={"name": "a", "tags": [1, "b"]})
    found = reply.json()

    assert (reply.status_code, reply.headers["content-type"]) == (422, PROBLEM_JSON)
    assert found["detail"].startswith("query.page: Input should be a valid integer")
    assert [(error["pointer"], error["loc"], error["type"]) for error in found["errors"]] == [
        ("/query/page", ["query", "page"], "int_parsing"),
        ("/body/tags/1", ["body", "tags", 1], "int_parsing"),
    ]


def test_the_errors_are_those_of_the_format_of_fastapi(typed: Laneway) -> None:
    """Clients that read them find the same members."""
    app = Laneway()
    app.router.routes = list(typed.routes)
    ours, theirs = (reply_to(each, "/items/x", "POST", json={}).json() for each in (typed, app))

    assert [{k: v for k, v in error.items() if k != "pointer"} for error in ours["errors"]] == theirs[
        "detail"
    ]


def test_a_pointer_escapes_what_means_something_in_it() -> None:
    """RFC 6901 section 3."""
    app = Laneway(error_format="problem")

    @app.post("/")
    def take(item: dict[str, int]) -> None: ...

    assert reply_to(app, "/", "POST", json={"a/b~c": "x"}).json()["errors"][0]["pointer"] == "/body/a~1b~0c"


# -- the server's faults


def test_a_failure_tells_nothing_of_itself() -> None:
    """The log does."""
    reply = reply_to(raising(ValueError("secret"), error_format="problem"))

    assert (reply.status_code, reply.headers["content-type"]) == (500, PROBLEM_JSON)
    assert "secret" not in reply.text
    assert reply.json()["title"] == "Internal Server Error"


def test_a_failure_is_raised_to_the_server() -> None:
    """Which logs it."""
    with pytest.raises(ValueError, match="secret"):
        TestClient(raising(ValueError("secret"), error_format="problem")).get("/")


def test_a_result_that_does_not_fit_is_a_failure() -> None:
    app = Laneway(error_format="problem")

    @app.get("/", response_model=Item)
    def read() -> Any:
        return {"name": 5}

    assert reply_to(app).json()["status"] == 500


def test_debug_shows_the_traceback() -> None:
    reply = reply_to(raising(ValueError("secret"), error_format="problem", debug=True))

    assert "ValueError: secret" in reply.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (LaneFullError("db", 8, 2), 503),
        (LaneClosedError("db"), 503),
        (LaneTimeoutError("db", "running main.py:3 read", 5.0), 504),
        (WorkerCrashedError("cpu", -11, "primes"), 502),
    ],
)
def test_a_lane_that_cannot_serve_gives_a_problem(error: Exception, status: int) -> None:
    found = problem(error)

    assert (found["status"], found["type"], found["instance"]) == (status, "about:blank", "/")
    assert repr(error.lane) in found["detail"]  # type: ignore[attr-defined]  # each of them has one


def test_a_full_lane_says_when_to_come_back() -> None:
    assert reply_to(raising(LaneFullError("db", 8, 2), error_format="problem")).headers["retry-after"] == "2"


# -- whose word counts


def test_handlers_of_the_user_win() -> None:
    app = raising(HTTPException(404), error_format="problem")

    @app.exception_handler(HTTPException)
    async def answer(request: Request, error: HTTPException) -> PlainTextResponse:
        return PlainTextResponse("mine", error.status_code)

    assert reply_to(app).text == "mine"


@pytest.mark.parametrize("key", [500, Exception])
def test_a_handler_for_failures_wins(key: Any) -> None:
    app = raising(ValueError(), error_format="problem")

    @app.exception_handler(key)
    async def answer(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse("mine", 500)

    assert reply_to(app).json() == "mine"


def test_a_handler_of_the_user_may_call_the_usual_one() -> None:
    """FastAPI's way to add something; the format is the app's."""
    app = raising(HTTPException(404, "gone"), error_format="problem")

    @app.exception_handler(HTTPException)
    async def answer(request: Request, error: HTTPException) -> Any:
        return await http_exception_handler(request, error)

    assert (reply_to(app).headers["content-type"], reply_to(app).json()["detail"]) == (PROBLEM_JSON, "gone")


def test_a_mounted_app_has_its_own_format() -> None:
    app = Laneway(error_format="problem")
    app.mount("/old", raising(HTTPException(404)))

    assert reply_to(app, "/old/").json() == {"detail": "Not Found"}


def test_included_routes_have_the_format_of_the_app() -> None:
    app, router = Laneway(error_format="problem"), APIRouter(prefix="/a")

    @router.get("/{number}")
    async def read(number: int) -> None: ...

    app.include_router(router)

    assert reply_to(app, "/a/x").json()["errors"][0]["pointer"] == "/path/number"


def test_a_handshake_that_is_refused_does_not_fail_over_the_format() -> None:
    app = Laneway(error_format="problem")

    @app.websocket("/")
    async def talk(websocket: WebSocket, number: int) -> None: ...

    with pytest.raises(WebSocketDisconnect) as closed, TestClient(app).websocket_connect("/?number=x"):
        pass
    assert closed.value.code == 1008


def test_there_is_no_other_format() -> None:
    with pytest.raises(ValueError, match=r"error_format must be one of \('detail', 'problem'\)"):
        Laneway(error_format="xml")  # type: ignore[arg-type]


async def test_a_server_sends_problems(typed: Laneway) -> None:
    """From compiled plans, without middleware."""
    async with serving(typed) as address:
        refused = await ask(address, "/items/x", method="POST", body=b"{}")
        lost = await ask(address, "/gone")

    assert [(reply.status, reply.headers["content-type"]) for reply in (refused, lost)] == [
        (422, PROBLEM_JSON),
        (404, PROBLEM_JSON),
    ]


# -- the document

ALL_FORMATS = pytest.mark.parametrize("make", [Laneway, FastAPI])


def responses(app: Laneway, path: str, method: str) -> Any:
    return app.openapi()["paths"][path][method]["responses"]


def test_the_document_tells_of_problems(typed: Laneway) -> None:
    found = responses(typed, "/items/{number}", "post")

    assert {status: list(found[status]["content"]) for status in ("422", "default")} == {
        "422": [PROBLEM_JSON],
        "default": [PROBLEM_JSON],
    }
    assert found["422"]["content"][PROBLEM_JSON]["schema"] == {
        "$ref": "#/components/schemas/ValidationProblem"
    }
    assert found["default"]["content"][PROBLEM_JSON]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_the_document_has_no_schema_of_the_other_format(typed: Laneway) -> None:
    schemas = typed.openapi()["components"]["schemas"]

    assert set(schemas) == {"Item", "Problem", "ValidationError", "ValidationProblem"}
    assert set(schemas["ValidationProblem"]["required"]) == {"type", "title", "status", "detail", "errors"}


def test_a_default_response_of_the_user_stays() -> None:
    app = Laneway(error_format="problem")

    @app.get("/", responses={"default": {"description": "Mine"}})
    def read(page: int = 1) -> None: ...

    assert responses(app, "/", "get").keys() == {"200", "default"}
    assert responses(app, "/", "get")["default"] == {"description": "Mine"}


def test_a_model_of_the_same_name_keeps_its_schema() -> None:
    """Pydantic gives both longer names."""

    class Problem(BaseModel):
        exercise: str

    app = Laneway(error_format="problem")

    @app.get("/")
    def read() -> Problem: ...

    found = responses(app, "/", "get")
    schemas = app.openapi()["components"]["schemas"]
    own = found["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    general = found["default"]["content"][PROBLEM_JSON]["schema"]["$ref"].rpartition("/")[2]

    assert (set(schemas[own]["properties"]), "detail" in schemas[general]["properties"]) == (
        {"exercise"},
        True,
    )


def test_webhooks_do_not_promise_our_format() -> None:
    """Somebody else answers them."""
    app = Laneway(error_format="problem")

    @app.webhooks.post("new")
    def tell() -> None: ...

    assert list(app.openapi()["webhooks"]["new"]["post"]["responses"]) == ["200"]


@ALL_FORMATS
def test_the_usual_format_is_that_of_fastapi(make: type[Laneway]) -> None:
    app = make()

    @app.get("/")
    def read(page: int = 1) -> None: ...

    assert list(responses(app, "/", "get")) == ["200", "422"]
    assert set(app.openapi()["components"]["schemas"]) == {"HTTPValidationError", "ValidationError"}
    assert reply_to(app, "/?page=x").json().keys() == {"detail"}
