"""Endpoints whose work shows beside their replies: dependencies, clean-up, background tasks, errors."""

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any, cast

import anyio
import sniffio
from starlette.background import BackgroundTask

from laneway import APIRouter, BackgroundTasks, Depends, HTTPException, Query, Request, Response
from laneway.exceptions import RequestValidationError
from laneway.responses import JSONResponse, PlainTextResponse

router = APIRouter()
Note = Callable[[str], None]
seen: contextvars.ContextVar[str] = contextvars.ContextVar("seen", default="nothing")


class OutOfTeaError(Exception):
    """Has a handler of its own."""


class UnheardError(Exception):
    """Has none."""


def note_of(request: Request) -> Note:
    """Writes into the log of the app."""
    return cast(Note, request.app.state.log.append)


Notes = Annotated[Note, Depends(note_of)]


async def out_of_tea(request: Request, error: Exception) -> Response:
    """The handler."""
    return PlainTextResponse(f"out of tea: {error}", status_code=503, headers={"retry-after": "9"})


# -- dependencies


async def one(a: int = 1) -> int:
    return a


def two(first: Annotated[int, Depends(one)], b: int = 2) -> int:
    return first + b


async def three(second: Annotated[int, Depends(two)], c: int = 3) -> int:
    return second + c


class Four:
    """A class as a dependency."""

    def __init__(self, third: Annotated[int, Depends(three)], d: int = 4) -> None:
        self.sum = third + d


@router.get("/four-deps")
async def four_deps(four: Annotated[Four, Depends()]) -> dict[str, int]:
    return {"sum": four.sum}


@router.get("/four-deps-sync")
def four_deps_sync(four: Annotated[Four, Depends()], first: Annotated[int, Depends(one)]) -> dict[str, int]:
    return {"sum": four.sum + first}


async def outer(note: Notes) -> AsyncIterator[str]:
    note("outer opens")
    try:
        yield "outer"
    except Exception as error:
        note(f"outer sees {type(error).__name__}")
        raise
    finally:
        note("outer closes")


def inner(note: Notes, outer: Annotated[str, Depends(outer)]) -> Iterator[str]:
    note("inner opens")
    try:
        yield f"{outer}, inner"
    finally:
        note("inner closes")


Inner = Annotated[str, Depends(inner)]


@router.get("/yields")
async def yields(value: Inner, note: Notes, tasks: BackgroundTasks) -> str:
    tasks.add_task(note, "background")
    note("endpoint")
    return value


@router.get("/yields-sync")
def yields_sync(value: Inner, note: Notes, tasks: BackgroundTasks) -> str:
    tasks.add_task(note, "background")
    note("endpoint")
    return value


@router.get("/yields-function-scope")
async def yields_function_scope(
    value: Annotated[str, Depends(outer, scope="function")], note: Notes, tasks: BackgroundTasks
) -> str:
    tasks.add_task(note, "background")
    return value


@router.get("/yields-error")
async def yields_error(value: Inner) -> None:
    raise UnheardError(value)


@router.get("/yields-http-error")
async def yields_http_error(value: Inner) -> None:
    raise HTTPException(409, value)


def fails_after(note: Notes) -> Iterator[None]:
    yield
    note("about to fail")
    raise UnheardError("after yield")


@router.get("/fails-after-yield", dependencies=[Depends(fails_after)])
async def fails_after_yield() -> str:
    return "sent"


def swallows() -> Iterator[None]:
    with contextlib.suppress(UnheardError):
        yield


@router.get("/swallowed", dependencies=[Depends(swallows)])
async def swallowed() -> None:
    raise UnheardError


async def failing_dependency() -> None:
    raise HTTPException(401, headers={"www-authenticate": "Basic"})


@router.get("/dependency-fails", dependencies=[Depends(failing_dependency)])
async def dependency_fails() -> None:
    raise AssertionError("never called")


# -- background work


@router.get("/background")
async def background(tasks: BackgroundTasks, note: Notes) -> str:
    async def slow() -> None:
        await asyncio.sleep(0.01)
        note("slow")

    def threaded() -> None:
        note("threaded")

    tasks.add_task(slow)
    tasks.add_task(threaded)
    return "sent before"


@router.get("/background-response")
async def background_response(note: Notes) -> Response:
    return JSONResponse({"sent": True}, background=BackgroundTask(note, "done"))


@router.get("/background-fails")
async def background_fails(tasks: BackgroundTasks, note: Notes) -> str:
    def fail() -> None:
        note("failing")
        raise UnheardError("in background")

    tasks.add_task(fail)
    return "sent"


# -- errors


@router.get("/http-error")
async def http_error(status: int = 404) -> None:
    raise HTTPException(status, {"why": "asked for"}, headers={"x-why": "asked"})


@router.get("/http-error-sync")
def http_error_sync() -> None:
    raise HTTPException(403)


@router.get("/http-error-no-body")
async def http_error_no_body() -> None:
    raise HTTPException(304, headers={"etag": '"2"'})


@router.get("/handled")
async def handled() -> None:
    raise OutOfTeaError("again")


@router.get("/handled-sync")
def handled_sync() -> None:
    raise OutOfTeaError("in a thread")


@router.get("/unhandled")
async def unhandled() -> None:
    raise UnheardError


@router.get("/unhandled-sync")
def unhandled_sync() -> None:
    raise UnheardError


@router.get("/unhandled-group")
async def unhandled_group() -> None:
    raise ExceptionGroup("two", [UnheardError(), ValueError()])


@router.get("/own-validation-error")
async def own_validation_error() -> None:
    raise RequestValidationError([{"type": "mine", "loc": ("query", "x"), "msg": "No"}])


# -- what helpers find when an endpoint runs


@router.get("/helpers")
async def helpers() -> Any:
    task = asyncio.current_task()
    assert task is not None
    with anyio.CancelScope() as scope:  # noqa: ASYNC100 - to see whether it opens
        pass
    return {
        "library": sniffio.current_async_library(),
        "name": bool(task.get_name()),
        "deadline": anyio.current_effective_deadline() > 1e300,
        "cancelled": scope.cancelled_caught,
        "loop": asyncio.get_running_loop().is_running(),
        "task id": anyio.get_current_task().id > 0,
    }


@router.get("/awaits")
async def awaits(times: Annotated[int, Query(le=100)] = 1) -> int:
    for _ in range(times):
        await asyncio.sleep(0)
    return times


@router.get("/sleeps")
async def sleeps(seconds: float = 0.02) -> float:
    with anyio.fail_after(5):
        await anyio.sleep(seconds)
    return seconds


@router.get("/groups")
async def groups() -> list[int]:
    async def square(number: int) -> int:
        await asyncio.sleep(0)
        return number * number

    async with asyncio.TaskGroup() as group, asyncio.timeout(5):  # noqa: ASYNC100 - the group waits
        tasks = [group.create_task(square(number)) for number in range(3)]
    return [task.result() for task in tasks]


@router.get("/to-thread")
async def to_thread() -> int:
    return await anyio.to_thread.run_sync(len, "four")


@router.get("/context")
async def context(value: str) -> str:
    before = seen.get()
    seen.set(value)
    return before


@router.get("/context-sync")
def context_sync(value: str) -> str:
    before = seen.get()
    seen.set(value)
    return before


async def sets_context() -> None:
    seen.set("set by a dependency")


@router.get("/context-dependency", dependencies=[Depends(sets_context)])
async def context_dependency() -> str:
    return seen.get()


@router.get("/log-of-context")
async def log_of_context(tasks: BackgroundTasks, note: Notes) -> str:
    seen.set("endpoint")
    tasks.add_task(lambda: note(seen.get()))
    return "sent"
