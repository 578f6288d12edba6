"""How large a request may be: bodies and forms, with limits from app, router and route."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from laneway import APIRouter, Body, File, Form, Laneway, Request, Response, UploadFile
from laneway.responses import PlainTextResponse
from laneway.testing import TestClient

JSON = {"content-type": "application/json"}


async def create(body: Annotated[Any, Body()]) -> int:
    return len(body)


def body_of(size: int) -> bytes:
    return b'"' + b"x" * (size - 2) + b'"'


def status_for(app: Laneway, size: int, path: str = "/", *, chunked: bool = False) -> int:
    """The status of a POST with a body of `size` bytes."""
    body = body_of(size)
    content = (bytes([byte]) for byte in body) if chunked else body
    status: int = TestClient(app).post(path, content=content, headers=JSON).status_code
    return status


def app_with(**options: Any) -> Laneway:
    app = Laneway(openapi_url=None, **options)
    app.post("/")(create)
    return app


@pytest.mark.parametrize("chunked", [False, True], ids=["with length", "in chunks"])
@pytest.mark.parametrize(("size", "status"), [(10, 200), (11, 413)])
def test_a_body_over_the_limit_of_the_app_is_refused(size: int, status: int, chunked: bool) -> None:
    """Also when no header says how long it is."""
    assert status_for(app_with(max_body_size=10), size, chunked=chunked) == status


@pytest.mark.parametrize("chunked", [False, True], ids=["with length", "in chunks"])
@pytest.mark.parametrize(("size", "status"), [(10, 200), (11, 413)])
def test_a_body_over_the_limit_of_a_route_is_refused(size: int, status: int, chunked: bool) -> None:
    app = Laneway(openapi_url=None)
    app.post("/", max_body_size=10)(create)

    assert status_for(app, size, chunked=chunked) == status


def test_the_limit_of_a_route_wins_over_that_of_its_router() -> None:
    app, router = Laneway(openapi_url=None), APIRouter(max_body_size=10)
    router.post("/small")(create)
    router.post("/large", max_body_size=100)(create)
    app.include_router(router)

    assert [status_for(app, 50, path) for path in ("/small", "/large")] == [413, 200]


def test_an_include_may_set_the_limit() -> None:
    app, router = Laneway(openapi_url=None), APIRouter()
    router.post("/")(create)
    app.include_router(router, max_body_size=10)

    assert status_for(app, 11) == 413


def test_a_mounted_app_keeps_to_the_limit_of_the_outer_app() -> None:
    app = Laneway(openapi_url=None, max_body_size=10)
    app.mount("/child", app_with())

    assert status_for(app, 11, "/child/", chunked=True) == 413


def test_a_mounted_app_with_a_limit_of_its_own_answers_itself() -> None:
    app = Laneway(openapi_url=None, max_body_size=100)
    child = app_with(max_body_size=10)

    @child.exception_handler(413)
    async def too_large(request: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse("child", 413)

    app.mount("/child", child)
    reply = TestClient(app).post("/child/", content=iter([body_of(11)]), headers=JSON)

    assert (reply.status_code, reply.text) == (413, "child")


def test_the_limit_holds_behind_middleware_that_reads_in_tasks() -> None:
    """Such middleware wraps errors in exception groups."""
    app = app_with(max_body_size=10)

    @app.middleware("http")
    async def passing(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        return await call_next(request)

    assert status_for(app, 11, chunked=True) == 413


def test_an_endpoint_that_reads_the_stream_meets_the_limit() -> None:
    app = Laneway(openapi_url=None, max_body_size=10)

    @app.post("/")
    async def read(request: Request) -> int:
        return sum([len(part) async for part in request.stream()])

    assert [status_for(app, size, chunked=True) for size in (10, 11)] == [200, 413]


@pytest.mark.parametrize("limit", [-1, 1.5, True, "10"])
def test_a_limit_is_a_number_of_bytes(limit: Any) -> None:
    with pytest.raises(ValueError, match="max_body_size"):
        Laneway(max_body_size=limit)


# -- forms


async def read_form(a: Annotated[str, Form()], b: Annotated[str, Form()] = "") -> str:
    return a + b


async def read_files(files: Annotated[list[bytes], File()]) -> list[int]:
    return [len(file) for file in files]


@pytest.mark.parametrize(
    ("limits", "request_", "status"),
    [
        ({"max_fields": 2}, {"data": {"a": "1", "b": "2"}}, 200),
        ({"max_fields": 1}, {"data": {"a": "1", "b": "2"}}, 400),
        ({"max_part_size": 3}, {"data": {"a": "1234"}, "files": {"f": ("f", b"")}}, 400),
    ],
)
def test_a_form_over_a_limit_is_refused(limits: Any, request_: dict[str, Any], status: int) -> None:
    app = Laneway(openapi_url=None)
    app.post("/", form_limits=limits)(read_form)

    assert TestClient(app).post("/", **request_).status_code == status


def test_too_many_files_are_refused() -> None:
    app = Laneway(openapi_url=None, form_limits={"max_files": 1})
    app.post("/")(read_files)
    files = [("files", ("a", b"1")), ("files", ("b", b"2"))]

    assert TestClient(app).post("/", files=files).status_code == 400


def test_the_form_limit_nearest_to_the_route_holds() -> None:
    app, router = Laneway(openapi_url=None, form_limits={"max_fields": 1}), APIRouter()
    router.post("/outer")(read_form)
    router.post("/own", form_limits={"max_fields": 2})(read_form)
    app.include_router(router)
    data = {"a": "1", "b": "2"}

    assert [TestClient(app).post(path, data=data).status_code for path in ("/outer", "/own")] == [400, 200]


def test_form_limits_reach_the_routes_of_a_mounted_app() -> None:
    app, child = Laneway(openapi_url=None, form_limits={"max_fields": 1}), Laneway(openapi_url=None)
    child.post("/")(read_form)
    app.mount("/child", child)

    assert TestClient(app).post("/child/", data={"a": "1", "b": "2"}).status_code == 400


def test_an_unknown_form_limit_is_refused() -> None:
    with pytest.raises(ValidationError, match="max_feilds"):
        Laneway(form_limits={"max_feilds": 1})


# -- shapes of forms that need the whole form


def test_bytes_of_a_file_leave_it_readable_for_others() -> None:
    app = Laneway(openapi_url=None)

    @app.post("/")
    async def read(
        content: Annotated[bytes, File(alias="f")], file: Annotated[UploadFile, File(alias="f")]
    ) -> Any:
        return [len(content), len(await file.read())]

    assert TestClient(app).post("/", files={"f": ("f", b"abc")}).json() == [3, 3]


def test_a_list_of_files_may_be_bytes() -> None:
    app = Laneway(openapi_url=None)
    app.post("/")(read_files)
    files = [("files", ("a", b"1")), ("files", ("b", b"22"))]

    assert TestClient(app).post("/", files=files).json() == [1, 2]
