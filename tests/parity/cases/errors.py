"""Handlers of errors: the default ones, replaced ones, and errors in every place with and without middleware."""

from collections.abc import Callable
from typing import Annotated, Any

from calls import get, post, request
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException

EVENTS: list[str] = []
app = FastAPI()


class Teapot(HTTPException):
    def __init__(self) -> None:
        super().__init__(418, {"short": "stout"})


class Base(Exception):
    pass


class Derived(Base):
    pass


class Model(BaseModel):
    a: int
    b: str


@app.exception_handler(StarletteHTTPException)
async def on_http(request: Request, error: StarletteHTTPException) -> Response:
    EVENTS.append(f"http {error.status_code} {error!r}")
    if error.status_code == 404:
        return PlainTextResponse(f"nothing at {request.url.path}", 404)
    return await http_exception_handler(request, error)


@app.exception_handler(RequestValidationError)
async def on_invalid(request: Request, error: RequestValidationError) -> Response:
    EVENTS.append(str(error))
    if request.headers.get("x-plain"):
        return await request_validation_exception_handler(request, error)
    return JSONResponse(
        {
            "errors": jsonable_encoder(error.errors()),
            "body": jsonable_encoder(error.body),
            "read": (await request.body()).decode(),
        },
        400,
    )


@app.exception_handler(ResponseValidationError)
async def on_bad_response(request: Request, error: ResponseValidationError) -> Response:
    return JSONResponse(jsonable_encoder({"errors": error.errors(), "body": error.body}), 502)


@app.exception_handler(Base)
def on_base(request: Request, error: Base) -> Response:
    EVENTS.append("sync handler")
    return PlainTextResponse(
        f"{type(error).__name__} {request.scope['route'].name} {request.path_params}", 420
    )


@app.exception_handler(423)
async def on_locked(request: Request, error: Any) -> Response:
    return PlainTextResponse("locked", 423, headers=error.headers)


@app.exception_handler(ZeroDivisionError)
async def on_zero(request: Request, error: ZeroDivisionError) -> Response:
    raise error


@app.get("/raise/{what}")
async def raising(what: str) -> Any:
    raise MADE[what]()


@app.get("/raise-sync/{what}")
def raising_sync(what: str) -> Any:
    raise MADE[what]()


MADE: dict[str, Callable[[], Exception]] = {
    "teapot": Teapot, "base": Base, "derived": Derived, "zero": lambda: ZeroDivisionError("z"), "value": lambda: ValueError("v"), "locked": lambda: HTTPException(423, headers={"x-a": "b"}), "starlette": lambda: StarletteHTTPException(404, "gone"),
    "none": lambda: HTTPException(400), "list": lambda: HTTPException(400, [1, {"a": None}]), "304": lambda: HTTPException(304), "204": lambda: HTTPException(204, "x"), "odd": lambda: HTTPException(599, "odd"), "headers": lambda: HTTPException(401, "who", {"WWW-Authenticate": "Bearer"}),
    "request-validation": lambda: RequestValidationError([{"loc": ("x",), "msg": "m", "type": "t"}], body={"a": 1}), "pydantic": lambda: _invalid(), "group": lambda: ExceptionGroup("g", [ValueError("in group")]), "stop": StopIteration, "not-found": lambda: HTTPException(404, {"d": 1}),
}  # fmt: skip


def _invalid() -> Exception:
    try:
        Model.model_validate({})
    except ValidationError as error:
        return error
    raise AssertionError


@app.post("/model/{n}")
async def model(n: int, model: Model, q: Annotated[int, Query(gt=3)] = 5) -> Model:
    return {"a": n}  # type: ignore[return-value]


async def failing() -> None:
    raise Derived("in dependency")


router = APIRouter(prefix="/r", dependencies=[Depends(failing)])


@router.get("/x/{n}")
async def in_router(n: int) -> Any:
    return n


app.include_router(router)
plain = FastAPI()
handled = FastAPI(exception_handlers={500: lambda request, error: PlainTextResponse("five hundred", 500)})


@plain.get("/fail")
async def plain_fail() -> Any:
    raise ValueError("in mounted app")


@plain.get("/http")
async def plain_http() -> Any:
    raise HTTPException(444, "of mounted app")


@handled.get("/fail")
async def handled_fail() -> Any:
    raise ValueError("in handled app")


class Late(Exception):
    pass


@app.get("/adds")
async def adds_handler(request: Request) -> Any:
    handlers, by_status = request.scope["starlette.exception_handlers"]
    EVENTS.append(f"{Base in handlers} {Late in handlers} {sorted(by_status)}")
    handlers[Late] = lambda request, error: PlainTextResponse("by a handler added late", 409)
    raise Late


app.mount("/plain", plain)
app.mount("/handled", handled)

CALLS = [
    *(get(f"/raise/{what}") for what in MADE), *(get(f"/raise-sync/{what}") for what in MADE if what != "stop"),
    post("/model/1", {"a": 1, "b": "c"}), post("/model/x?q=1", {"a": "y"}), post("/model/x?q=1", {"a": "y"}, ("x-plain", "1")), post("/model/1", [1, 2]), request("POST", "/model/1", b"{bad", [("content-type", "application/json")]), request("POST", "/model/1", b"a=1", [("content-type", "text/plain")]),
    get("/r/x/1"), get("/r/x/no"), get("/nowhere"), request("DELETE", "/raise/none"), request("POST", "/nowhere"), get("/plain/fail"), get("/plain/http"), get("/plain/none"), get("/handled/fail"), get("/handled/none"), get("/plain"), get("/raise"), get("/adds"), get("/adds"),
]  # fmt: skip
