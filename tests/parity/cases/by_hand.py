"""Bodies read by hand, next to typed parameters and in dependencies; what is read twice; clients that leave."""

import json
from typing import Annotated, Any

from calls import Call, form, get, multipart, post, raw, request
from fastapi import Body, Depends, FastAPI, Form, Header, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, HTTPConnection

EVENTS: list[str] = []
app = FastAPI()


async def raw_body(request: Request) -> bytes:
    return await request.body()


async def as_json(request: Request) -> Any:
    return await request.json()


async def streamed(request: Request) -> int:
    return len([part async for part in request.stream()])


@app.post("/body")
async def body(request: Request, q: int = 0) -> Any:
    return [(await request.body()).decode(), (await request.body()).decode(), q]


@app.post("/json")
async def json_by_hand(request: Request) -> Any:
    return await request.json()


@app.post("/stream")
async def stream(request: Request, x: Annotated[str, Header()] = "") -> Any:
    return [[part.decode() async for part in request.stream()], x]


@app.post("/typed-and-body")
async def typed(request: Request, value: dict[str, int], again: Annotated[bytes, Depends(raw_body)]) -> Any:
    return [value, again.decode(), await request.json()]


@app.post("/typed-and-body-sync")
def typed_sync(request: Request, value: dict[str, int], again: Annotated[Any, Depends(as_json)]) -> Any:
    return [value, again, request.headers["content-length"]]


@app.post("/typed-and-stream")
async def typed_stream(value: dict[str, int], count: Annotated[int, Depends(streamed)]) -> Any:
    return [value, count]


@app.post("/stream-then-body")
async def stream_then(request: Request, count: Annotated[int, Depends(streamed)]) -> Any:
    return [count, (await request.body()).decode()]


@app.post("/form-and-body")
async def form_and_body(
    request: Request, a: Annotated[str, Form()], again: Annotated[bytes, Depends(raw_body)]
) -> Any:
    return [a, len(again)]


@app.post("/connection")
async def connection(connection: HTTPConnection, request: Request) -> Any:
    return [
        type(connection).__name__,
        connection.url.path,
        request.client and request.client.host,
        request.method,
        dict(request.cookies),
        connection.headers.get("x"),
        request.query_params.multi_items(),
        request.path_params,
        request.url.scheme,
    ]


@app.post("/proxy")
async def proxy(request: Request) -> StreamingResponse:
    return StreamingResponse(
        request.stream(),
        media_type=request.headers.get("content-type"),
        background=BackgroundTask(EVENTS.append, "proxied"),
    )


@app.post("/raw-response")
async def raw_response(request: Request, response: Response) -> Any:
    response.raw_headers.append((b"x-raw", b"1"))
    response.headers.setdefault("x-default", "d")
    return json.loads(await request.body())


@app.post("/gone")
async def gone(request: Request) -> Any:
    try:
        return await request.body()
    except ClientDisconnect:
        EVENTS.append("client gone")
        raise


@app.post("/gone-typed")
async def gone_typed(value: Annotated[Any, Body()]) -> Any:
    return value


@app.post("/gone-form")
async def gone_form(file: UploadFile) -> Any:
    return file.filename


# Where each framework keeps what it needs for one request.
OF_THE_SERVING = {"fastapi", "fastapi_inner_astack", "fastapi_function_astack", "fastapi_middleware_astack", "starlette.exception_handlers", "laneway.cleanup"}  # fmt: skip


@app.post("/scope")
async def scope(request: Request) -> Any:
    await request.send_push_promise("/x")
    return sorted(set(request.scope) - OF_THE_SERVING)


def leaving(url: str, type: str = "application/json") -> Call:  # noqa: A002
    """A request whose client leaves in the middle."""
    call = raw(url, [b'{"a', b": 1}"], type=type, label="leaves")
    call.messages[1:] = [{"type": "http.disconnect"}]
    return call


CALLS = [
    post("/body?q=1", {"a": 1}), raw("/body", [b"a", b"b", b""]), raw("/body?q=x", b"\xff"), raw("/body", b""), post("/json", [1]), raw("/json", b"{bad"), raw("/json", b""), raw("/stream", [b"a", b"", b"bc"], ("x", "1")), raw("/stream", b""), post("/typed-and-body", {"a": 1}), raw("/typed-and-body", [b'{"a"', b": 1}"]), post("/typed-and-body", {"a": "x"}), post("/typed-and-body-sync", {"a": 1}), post("/typed-and-stream", {"a": 1}),
    raw("/stream-then-body", [b"a", b"b"]), form("/form-and-body", {"a": "1"}), multipart("/form-and-body", ("a", b"1")), post("/connection?a=1&a=2", 1, ("x", "y"), ("cookie", "c=1")), raw("/proxy", [b"a", b"b"], type="text/x"), post("/raw-response", {"a": 1}), raw("/raw-response", b"{"), leaving("/gone"), leaving("/gone-typed"), leaving("/gone-form", "multipart/form-data; boundary=BOUND"), post("/scope", None), request("POST", "/body"), get("/body"),
]  # fmt: skip
