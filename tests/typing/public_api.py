"""What type checkers make of the public API; checked by mypy, never run.

An `ignore` here is a rule, too: warn_unused_ignores fails when the line is no error any more.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Annotated, Any, assert_type

from laneway import (
    APIRouter,
    BackgroundTasks,
    Body,
    Cookie,
    Depends,
    File,
    Form,
    Header,
    HTTPException,
    Laneway,
    Path,
    Query,
    Request,
    Response,
    Security,
    UploadFile,
    WebSocket,
)
from laneway.batch import batched
from laneway.openai import ChatCompletion, ChatRequest, chat_completion, chat_events, chat_reply
from laneway.sse import EventSourceResponse, ServerSentEvent
from laneway.stream import ResumableStream, ResumableStreams, StreamStatus
from laneway.testing import AsyncTestClient

app = Laneway(title="Typed", docs_url=None, redirect_slashes=False, debug=True)
router = APIRouter(prefix="/items", tags=["items"])


# -- decorators keep the type of the function


@app.get("/items/{number}", status_code=200, tags=["items"], response_model=None)
async def read(number: int, q: str | None = None) -> dict[str, int]:
    return {"number": number}


async def the_endpoint_is_still_a_coroutine_function() -> None:
    assert_type(await read(1), dict[str, int])
    await read("1")  # type: ignore[arg-type]


@router.post("/", response_model=int)
def create(number: int) -> int:
    return number


assert_type(create(1), int)


@router.api_route("/any", methods=["GET", "POST"])
def either() -> str:
    return ""


assert_type(either(), str)


@app.websocket("/ws")
async def talk(websocket: WebSocket, room: int) -> None: ...


in_a_room: Callable[[WebSocket, int], Coroutine[Any, Any, None]] = talk
without_room: Callable[[WebSocket], Coroutine[Any, Any, None]] = talk  # type: ignore[assignment]


@app.exception_handler(404)
async def missing(request: Request, error: Exception) -> Response:
    return Response()


handler: Callable[[Request, HTTPException], Coroutine[Any, Any, Response]] = missing


@app.middleware("http")
async def around(request: Request, call_next: Callable[[Request], Coroutine[Any, Any, Response]]) -> Response:
    return await call_next(request)


around("no request", around)  # type: ignore[arg-type, unused-coroutine]


# -- markers stand in for a value of any type


def get_number() -> Iterator[int]:
    yield 1


async def every_marker(  # one of each
    path: int = Path(ge=1),
    query: str | None = Query(None, max_length=5),
    header: list[str] = Header(default_factory=list),
    cookie: bool = Cookie(False),
    body: dict[str, int] = Body(embed=True),
    form: str = Form(),
    file: UploadFile = File(),
    number: int = Depends(get_number),
    user: str = Security(get_number, scopes=["me"]),
) -> None: ...


async def annotated_markers(
    query: Annotated[str, Query(alias="q")], number: Annotated[int, Depends(get_number, scope="function")]
) -> None: ...


# -- unknown and wrong options are errors

app.get("/", sumary="misspelt")  # type: ignore[call-arg]
app.get("/", status_code="200")  # type: ignore[arg-type]
app.get("/", methods=["GET"])  # type: ignore[call-arg]
app.include_router(router, prefx="/v1")  # type: ignore[call-arg]
app.include_router(router, prefix=1)  # type: ignore[arg-type]
APIRouter(prefx="/v1")  # type: ignore[call-arg]
Laneway(titel="misspelt")  # type: ignore[call-arg]
Laneway(title=1)  # type: ignore[arg-type]
Laneway(background="durable", jobs="memory:")
Laneway(background="celery")  # type: ignore[arg-type]
Query(minimum=1)  # type: ignore[call-arg]
Query(gt="1")  # type: ignore[arg-type]
Query(embed=True)  # type: ignore[call-arg]
Header(convert_underscores="no")  # type: ignore[arg-type]
Depends(get_number, scope="forever")  # type: ignore[arg-type]
Depends(get_number, max_concurrency="1")  # type: ignore[arg-type]
app.middleware(1)  # type: ignore[arg-type]


# -- resumable streams


async def words() -> AsyncIterator[str]:
    yield ""


streams = ResumableStreams(grace=None, keep=60)
EventSourceResponse(words(), resume=streams)
EventSourceResponse([1, 2], resume=streams)
EventSourceResponse(words(), resume="streams")  # type: ignore[arg-type]
ResumableStreams(60)  # type: ignore[call-arg]


async def streams_are_typed() -> None:
    stream = streams.start(words(), owner=7)
    assert_type(stream, ResumableStream)
    assert_type(streams.get(stream.key, owner=7), ResumableStream)
    assert_type(stream.status, StreamStatus)
    EventSourceResponse(resume=stream)
    await stream.stop()


async def chat_is_typed(ask: ChatRequest) -> None:
    assert_type(ask.messages[-1].text, str)
    assert_type(await chat_reply(ask, words()), Response)
    assert_type(await chat_completion(words(), model="small"), ChatCompletion)
    assert_type(chat_events(words(), model="small"), AsyncIterator[ServerSentEvent])
    await chat_reply(ask, "text")  # type: ignore[arg-type]


# -- the rest

app.include_router(router, prefix="/v1", tags=["v1"], dependencies=[Depends(get_number)])
app.dependency_overrides[get_number] = lambda: 2
overriding: AbstractContextManager[None] = app.override({get_number: lambda: 2})
assert_type(app.openapi(), dict[str, Any])
assert_type(app.title, str)
assert_type(app.router, APIRouter)


def task(name: str, times: int = 1) -> None: ...


def tasks_are_typed(tasks: BackgroundTasks) -> None:
    tasks.add_task(task, "name", times=2)
    tasks.add_task(task, 1)  # type: ignore[arg-type]


async def files_are_typed(file: UploadFile) -> None:
    assert_type(await file.read(), bytes)
    assert_type(file.filename, str | None)


async def the_async_client_is_typed() -> AsyncIterator[int]:
    async with AsyncTestClient(app) as client:
        assert_type(client, AsyncTestClient)
        reply = await client.get("/")
        yield reply.status_code


# -- batches: a function of a list becomes one of an item


@app.batched(max_size=8, lane="thread")
def lengths(texts: list[str]) -> list[int]:
    return [len(text) for text in texts]


@batched(max_wait=0.01)
async def lengths_on_the_loop(texts: Sequence[str]) -> tuple[int, ...]:
    return tuple(len(text) for text in texts)


@batched()
def lengths_if_any(texts: list[str]) -> list[int | Exception]:
    return [len(text) or ValueError() for text in texts]


async def call_batched() -> None:
    assert_type(await lengths("a"), int)
    assert_type(await lengths_on_the_loop("a"), int)
    assert_type(await lengths_if_any("a"), int)
    await lengths(["a"])  # type: ignore[arg-type]
    one: Callable[[str], Awaitable[int]] = lengths
    await one("a")


app.batched(max_sise=8)  # type: ignore[call-arg]
batched()(len)  # type: ignore[arg-type]
