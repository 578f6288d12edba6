"""Route classes of one's own, as guides and libraries write them."""

import gzip
import json
import time
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from calls import get, post, raw
from fastapi import (
    APIRouter,
    BackgroundTasks,
    Body,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Request,
    Response,
)
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

EVENTS: list[str] = []
app = FastAPI()


class GzipRequest(Request):
    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            body = await super().body()
            if "gzip" in self.headers.getlist("Content-Encoding"):
                body = gzip.decompress(body)
            self._body = body
        return self._body


class GzipRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        original = super().get_route_handler()

        async def handler(request: Request) -> Response:
            return await original(GzipRequest(request.scope, request.receive))

        return handler


class TimedRoute(APIRoute):
    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        options["tags"] = [*(options.get("tags") or []), "timed"]
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        original = super().get_route_handler()

        async def handler(request: Request) -> Response:
            before = time.perf_counter()
            response = await original(request)
            response.headers["X-Time"] = str(time.perf_counter() >= before)
            EVENTS.append(
                f"{type(response).__name__} {response.status_code} {len(getattr(response, 'body', b''))} {response.background is not None}"
            )
            return response

        return handler


class LoggingRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        original = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                EVENTS.append(f"body {(await request.body()).decode()} of {self.name} {self.path_format}")
                return await original(request)
            except RequestValidationError as error:
                detail = {"errors": error.errors(), "body": (await request.body()).decode()}
                raise HTTPException(422, detail) from error
            except HTTPException as error:
                EVENTS.append(f"http {error.status_code}")
                return JSONResponse({"route": error.detail}, error.status_code)
            finally:
                EVENTS.append("finally")

        return handler


class HandleRoute(APIRoute):
    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        EVENTS.append(f"handle {scope['path']} {scope['path_params']}")
        await super().handle(scope, receive, send)

    def matches(self, scope: Any) -> Any:
        match, child = super().matches(scope)
        if dict(scope.get("headers", [])).get(b"x-version", b"1") != b"1":
            return type(match).NONE, {}
        return match, child


class Item(BaseModel):
    a: int


async def opened() -> Any:
    EVENTS.append("open")
    yield 1
    EVENTS.append("close")


def declare(prefix: str, route_class: type[APIRoute]) -> APIRouter:
    router = APIRouter(prefix=prefix, route_class=route_class, tags=["router"])

    @router.post("/sum")
    async def total(numbers: Annotated[list[int], Body()], request: Request) -> Any:
        return [sum(numbers), type(request).__name__]

    @router.post("/item", status_code=201, response_model_exclude_unset=True)
    def item(
        item: Item,
        tasks: BackgroundTasks,
        response: Response,
        o: Annotated[int, Depends(opened)],
        x: Annotated[int, Header()] = 0,
    ) -> Item:
        tasks.add_task(EVENTS.append, "task")
        response.headers["x-item"] = str(x)
        if item.a == 13:
            raise HTTPException(409, "unlucky")
        return item

    @router.get("/fail")
    async def fail(o: Annotated[int, Depends(opened)]) -> Any:
        raise ValueError("custom")

    @router.get("/stream/{n}")
    async def stream(n: int) -> StreamingResponse:
        return StreamingResponse(iter([str(k) for k in range(n)]))

    @router.get("/bad")
    async def bad() -> Item:
        return {}  # type: ignore[return-value]

    return router


for its_prefix, its_class in [
    ("/gzip", GzipRoute),
    ("/timed", TimedRoute),
    ("/logging", LoggingRoute),
    ("/handle", HandleRoute),
]:
    app.include_router(declare(its_prefix, its_class))
app.router.route_class = TimedRoute


@app.get("/on-app", response_model=Item, name="on app")
async def on_app() -> Any:
    return {"a": "1", "b": 2}


PACKED = gzip.compress(json.dumps([1, 2]).encode(), mtime=0)
CALLS = [
    call
    for prefix in ["/gzip", "/timed", "/logging", "/handle"]
    for call in [
        post(f"{prefix}/sum", [1, 2]), post(f"{prefix}/sum", ["x"]), raw(f"{prefix}/sum", b"{bad"), post(f"{prefix}/item", {"a": 1}, ("x", "3")), post(f"{prefix}/item", {"a": 13}), post(f"{prefix}/item", {}, ("x", "y")), get(f"{prefix}/fail"), get(f"{prefix}/stream/3"), get(f"{prefix}/stream/x"), get(f"{prefix}/bad"), get(f"{prefix}/none"), get(f"{prefix}/sum"),
    ]
] + [raw("/gzip/sum", PACKED, ("content-encoding", "gzip"), label="gzip"), get("/on-app"), get("/handle/stream/1", ("x-version", "2"))]  # fmt: skip


def DOCUMENT() -> Any:
    """The schema belongs to what is seen."""
    return app.openapi()
