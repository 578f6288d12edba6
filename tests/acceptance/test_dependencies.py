"""Dependencies: what is called, how often, in which order, and what runs afterwards."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Annotated, Any

import pytest

from laneway import APIRouter, BackgroundTasks, Depends, HTTPException, Laneway, Request, Response, Security
from laneway.exceptions import DependencyScopeError, FastAPIError
from laneway.middleware.gzip import GZipMiddleware
from laneway.responses import StreamingResponse
from laneway.security import SecurityScopes
from laneway.testing import AsyncTestClient, TestClient


@pytest.fixture
def app() -> Laneway:
    return Laneway(openapi_url=None)


@pytest.fixture
def calls() -> list[str]:
    """What was called, in order."""
    return []


def named(name: str, calls: list[str]) -> Callable[[], str]:
    """A dependency that writes down its call."""

    async def dependency() -> str:
        calls.append(name)
        return name

    return dependency


# -- order and sharing


def test_dependencies_are_called_in_the_order_of_their_declaration(app: Laneway, calls: list[str]) -> None:
    first, second = named("first", calls), named("second", calls)

    @app.get("/")
    async def read(a: Annotated[str, Depends(first)], b: Annotated[str, Depends(second)]) -> list[str]:
        return [a, b]

    assert TestClient(app).get("/").json() == calls == ["first", "second"]


def test_dependencies_of_app_router_include_and_route_come_in_this_order(calls: list[str]) -> None:
    """From the outside in, before those of the endpoint."""
    app = Laneway(openapi_url=None, dependencies=[Depends(named("app", calls))])
    router = APIRouter(dependencies=[Depends(named("router", calls))])

    @router.get("/", dependencies=[Depends(named("route", calls))])
    async def read(_: Annotated[str, Depends(named("endpoint", calls))]) -> None: ...

    app.include_router(router, dependencies=[Depends(named("include", calls))])
    TestClient(app).get("/")

    assert calls == ["app", "include", "router", "route", "endpoint"]


def test_a_shared_dependency_is_called_once_per_request(app: Laneway, calls: list[str]) -> None:
    shared = named("shared", calls)

    async def user(name: Annotated[str, Depends(shared)]) -> str:
        return name

    @app.get("/", dependencies=[Depends(shared)])
    async def read(a: Annotated[str, Depends(shared)], b: Annotated[str, Depends(user)]) -> None: ...

    TestClient(app).get("/")

    assert calls == ["shared"]


def test_every_request_calls_anew(app: Laneway, calls: list[str]) -> None:
    @app.get("/", dependencies=[Depends(named("each", calls))])
    async def read() -> None: ...

    client = TestClient(app)
    client.get("/")
    client.get("/")

    assert calls == ["each", "each"]


def test_without_cache_each_use_is_a_call(app: Laneway, calls: list[str]) -> None:
    each = named("each", calls)

    @app.get("/")
    async def read(
        a: Annotated[str, Depends(each, use_cache=False)], b: Annotated[str, Depends(each, use_cache=False)]
    ) -> None: ...

    TestClient(app).get("/")

    assert calls == ["each", "each"]


def test_a_refusal_ends_the_calling(app: Laneway, calls: list[str]) -> None:
    async def refuse() -> None:
        raise HTTPException(403, "no")

    @app.get("/", dependencies=[Depends(refuse), Depends(named("later", calls))])
    async def read() -> None:
        calls.append("endpoint")

    reply = TestClient(app).get("/")

    assert (reply.status_code, calls) == (403, [])


def test_a_refusal_wins_over_an_invalid_parameter(app: Laneway) -> None:
    """Whoever may not ask is not told what is wrong with the question."""

    async def refuse() -> None:
        raise HTTPException(401)

    @app.get("/", dependencies=[Depends(refuse)])
    async def read(number: int) -> None: ...

    assert TestClient(app).get("/?number=x").status_code == 401


def test_errors_of_all_dependencies_come_in_one_reply(app: Laneway) -> None:
    async def first(a: int) -> int:
        return a

    async def second(b: int) -> int:
        return b

    @app.get("/")
    async def read(a: Annotated[int, Depends(first)], b: Annotated[int, Depends(second)], c: int) -> None: ...

    errors = TestClient(app).get("/?a=x&b=y&c=z").json()["detail"]

    assert [error["loc"] for error in errors] == [["query", "a"], ["query", "b"], ["query", "c"]]


def test_a_dependency_with_invalid_input_is_not_called(app: Laneway, calls: list[str]) -> None:
    async def first(a: int) -> None:
        calls.append("first")

    async def user(_: Annotated[None, Depends(first)]) -> None:
        calls.append("user")

    @app.get("/")
    async def read(_: Annotated[None, Depends(user)]) -> None: ...

    TestClient(app).get("/?a=x")

    assert calls == []


def test_classes_and_callable_objects_are_dependencies(app: Laneway) -> None:
    class Paging:
        def __init__(self, limit: int = 10) -> None:
            self.limit = limit

    class Checker:
        async def __call__(self, q: str) -> str:
            return f"checked {q}"

    @app.get("/")
    async def read(paging: Annotated[Paging, Depends()], q: Annotated[str, Depends(Checker())]) -> list[Any]:
        return [paging.limit, q]

    assert TestClient(app).get("/?limit=3&q=x").json() == [3, "checked x"]


def test_response_headers_and_status_of_dependencies_enter_the_reply(app: Laneway) -> None:
    async def tagged(response: Response) -> None:
        response.headers["x-tag"] = "1"
        response.status_code = 202
        response.set_cookie("seen", "yes")

    @app.get("/", dependencies=[Depends(tagged)])
    async def read() -> str:
        return "read"

    reply = TestClient(app).get("/")

    assert (reply.status_code, reply.headers["x-tag"], reply.cookies["seen"]) == (202, "1", "yes")


def test_tasks_of_dependencies_and_endpoint_run_in_the_order_of_their_adding(
    app: Laneway, calls: list[str]
) -> None:
    async def dependency(tasks: BackgroundTasks) -> None:
        tasks.add_task(calls.append, "dependency")

    @app.get("/", dependencies=[Depends(dependency)])
    async def read(tasks: BackgroundTasks) -> None:
        tasks.add_task(calls.append, "endpoint")

    TestClient(app).get("/")

    assert calls == ["dependency", "endpoint"]


def test_a_request_parameter_is_the_request(app: Laneway) -> None:
    async def url(request: Request) -> str:
        return request.url.path

    @app.get("/here")
    async def read(path: Annotated[str, Depends(url)]) -> str:
        return path

    assert TestClient(app).get("/here").json() == "/here"


# -- yield


def opened(name: str, calls: list[str], *, blocking: bool) -> Callable[[], Any]:
    """A `yield` dependency that writes down its opening, its closing and the error it saw."""

    def sync() -> Iterator[str]:
        calls.append(f"open {name}")
        try:
            yield name
        except Exception as error:
            calls.append(f"{name} saw {type(error).__name__}")
            raise
        finally:
            calls.append(f"close {name}")

    async def coroutine() -> AsyncIterator[str]:
        calls.append(f"open {name}")
        try:
            yield name
        except Exception as error:
            calls.append(f"{name} saw {type(error).__name__}")
            raise
        finally:
            calls.append(f"close {name}")

    return sync if blocking else coroutine


both_colours = pytest.mark.parametrize("blocking", [True, False], ids=["def", "async def"])


@both_colours
def test_what_was_opened_last_is_closed_first(app: Laneway, calls: list[str], blocking: bool) -> None:
    outer, inner = opened("outer", calls, blocking=blocking), opened("inner", calls, blocking=blocking)

    @app.get("/", dependencies=[Depends(outer), Depends(inner)])
    async def read() -> None:
        calls.append("endpoint")

    TestClient(app).get("/")

    assert calls == ["open outer", "open inner", "endpoint", "close inner", "close outer"]


def test_closing_keeps_the_order_across_colours(app: Laneway, calls: list[str]) -> None:
    """Also when a hop to a thread lies between."""
    order = [
        opened(name, calls, blocking=blocking) for name, blocking in [("a", True), ("b", False), ("c", True)]
    ]

    @app.get("/", dependencies=[Depends(dependency) for dependency in order])
    async def read() -> None: ...

    TestClient(app).get("/")

    assert calls == ["open a", "open b", "open c", "close c", "close b", "close a"]


@both_colours
def test_an_error_of_the_endpoint_is_raised_in_the_dependency(
    app: Laneway, calls: list[str], blocking: bool
) -> None:
    @app.get("/", dependencies=[Depends(opened("db", calls, blocking=blocking))])
    async def read() -> None:
        raise HTTPException(418)

    assert (TestClient(app).get("/").status_code, calls) == (
        418,
        ["open db", "db saw HTTPException", "close db"],
    )


@both_colours
def test_a_dependency_may_raise_another_error_instead(app: Laneway, blocking: bool) -> None:
    def sync() -> Iterator[None]:
        try:
            yield
        except KeyError as error:
            raise HTTPException(404, "no such key") from error

    async def coroutine() -> AsyncIterator[None]:
        try:
            yield
        except KeyError as error:
            raise HTTPException(404, "no such key") from error

    @app.get("/", dependencies=[Depends(sync if blocking else coroutine)])
    async def read() -> None:
        raise KeyError

    assert TestClient(app).get("/").json() == {"detail": "no such key"}


@pytest.mark.parametrize("scope", ["function", "request"])
@pytest.mark.parametrize("handled", [False, True], ids=["direct", "with middleware"])
@both_colours
def test_a_dependency_that_swallows_the_error_is_told_of(
    app: Laneway, blocking: bool, handled: bool, scope: Any
) -> None:
    """There is nothing to answer with, and silence would hide the bug."""

    def sync() -> Iterator[None]:
        with suppress(ValueError):
            yield

    async def coroutine() -> AsyncIterator[None]:
        with suppress(ValueError):
            yield

    @app.get("/", dependencies=[Depends(sync if blocking else coroutine, scope=scope)])
    async def read() -> None:
        raise ValueError

    if handled:
        app.add_middleware(GZipMiddleware)
    with pytest.raises(FastAPIError, match="raise"):
        TestClient(app).get("/")


def test_an_error_of_a_later_dependency_reaches_the_earlier_one(app: Laneway, calls: list[str]) -> None:
    async def failing() -> None:
        raise HTTPException(400)

    @app.get("/", dependencies=[Depends(opened("db", calls, blocking=True)), Depends(failing)])
    async def read() -> None: ...

    TestClient(app).get("/")

    assert calls == ["open db", "db saw HTTPException", "close db"]


async def served(app: Laneway, calls: list[str]) -> None:
    """One GET / whose sending is written down, too."""
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    asked = itertools.count()
    forever = asyncio.get_running_loop().create_future()

    async def receive() -> Any:
        return (
            {"type": "http.request", "body": b"", "more_body": False} if next(asked) == 0 else await forever
        )

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body"):
            calls.append("sent")

    await app(scope, receive, send)


@both_colours
async def test_clean_up_runs_after_the_response_by_default(
    app: Laneway, calls: list[str], blocking: bool
) -> None:
    @app.get("/", dependencies=[Depends(opened("db", calls, blocking=blocking))])
    async def read() -> None: ...

    await served(app, calls)

    assert calls == ["open db", "sent", "close db"]


@both_colours
async def test_clean_up_of_scope_function_runs_before_the_response(
    app: Laneway, calls: list[str], blocking: bool
) -> None:
    @app.get("/", dependencies=[Depends(opened("db", calls, blocking=blocking), scope="function")])
    async def read() -> None: ...

    await served(app, calls)

    assert calls == ["open db", "close db", "sent"]


async def test_a_stream_is_sent_while_its_dependency_is_open(app: Laneway, calls: list[str]) -> None:
    @app.get("/")
    async def read(_: Annotated[str, Depends(opened("db", calls, blocking=True))]) -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            calls.append("part")
            yield "part"

        return StreamingResponse(parts())

    await served(app, calls)

    assert calls == ["open db", "part", "sent", "close db"]


def test_the_same_function_with_two_scopes_is_two_dependencies(app: Laneway, calls: list[str]) -> None:
    db = opened("db", calls, blocking=False)

    @app.get("/", dependencies=[Depends(db, scope="function"), Depends(db, scope="request")])
    async def read() -> None: ...

    TestClient(app).get("/")

    assert calls.count("open db") == 2


def test_a_dependency_cannot_outlive_what_it_needs(app: Laneway) -> None:
    def short() -> Iterator[None]:
        yield

    def long(_: Annotated[None, Depends(short, scope="function")]) -> Iterator[None]:
        yield

    with pytest.raises(DependencyScopeError, match="long"):

        @app.get("/")
        async def read(_: Annotated[None, Depends(long, scope="request")]) -> None: ...


def test_clean_up_runs_when_the_response_cannot_be_made(app: Laneway, calls: list[str]) -> None:
    @app.get("/", dependencies=[Depends(opened("db", calls, blocking=True))])
    async def read() -> int:
        return "no number"  # type: ignore[return-value]  # what is tested

    TestClient(app, raise_server_exceptions=False).get("/")

    assert calls == ["open db", "db saw ResponseValidationError", "close db"]


async def test_clean_up_of_a_cancelled_request_runs_to_its_end(app: Laneway, calls: list[str]) -> None:
    """Half a rollback is worse than a late one."""
    entered = asyncio.Event()

    async def db() -> AsyncIterator[None]:
        try:
            yield
        finally:
            await asyncio.sleep(0)
            calls.append("rolled back")

    @app.get("/", dependencies=[Depends(db)])
    async def read() -> None:
        entered.set()
        await asyncio.Event().wait()

    request = asyncio.create_task(served(app, calls))
    await entered.wait()
    request.cancel()
    await asyncio.wait([request])

    assert calls == ["rolled back"]


# -- security scopes, limits


def test_security_scopes_are_those_of_all_dependants_outermost_first(app: Laneway) -> None:
    async def asked(scopes: SecurityScopes) -> list[str]:
        return scopes.scopes

    async def inner(found: Annotated[list[str], Security(asked, scopes=["inner", "both"])]) -> list[str]:
        return found

    @app.get("/")
    async def read(found: Annotated[list[str], Security(inner, scopes=["outer", "both"])]) -> list[str]:
        return found

    assert TestClient(app).get("/").json() == ["outer", "both", "inner"]


def test_different_scopes_are_different_calls(app: Laneway, calls: list[str]) -> None:
    async def asked(scopes: SecurityScopes) -> None:
        calls.append(scopes.scope_str)

    @app.get("/")
    async def read(
        _: Annotated[None, Security(asked, scopes=["a"])], __: Annotated[None, Security(asked, scopes=["b"])]
    ) -> None: ...

    TestClient(app).get("/")

    assert calls == ["a", "b"]


async def test_max_concurrency_bounds_the_calls_of_a_dependency(app: Laneway) -> None:
    running, most = 0, 0

    async def scarce() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1

    @app.get("/", dependencies=[Depends(scarce, max_concurrency=2)])
    async def read() -> None: ...

    async with AsyncTestClient(app) as client:
        await asyncio.gather(*(client.get("/") for _ in range(8)))

    assert most == 2


async def test_max_concurrency_is_held_until_a_yield_dependency_is_closed(app: Laneway) -> None:
    running, most = 0, 0

    async def scarce() -> AsyncIterator[None]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        yield
        running -= 1

    @app.get("/", dependencies=[Depends(scarce, max_concurrency=1)])
    async def read() -> None:
        await asyncio.sleep(0.002)

    async with AsyncTestClient(app) as client:
        await asyncio.gather(*(client.get("/") for _ in range(4)))

    assert most == 1
