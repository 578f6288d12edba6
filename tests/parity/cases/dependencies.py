"""Dependencies of every form, their order, their cleanup, and exceptions at every point."""

import contextvars
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import lru_cache, partial, wraps
from typing import Annotated, Any

from calls import get, post
from fastapi import (
    APIRouter,
    BackgroundTasks,
    Body,
    Cookie,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Query,
    Request,
    Response,
    Security,
)
from fastapi.security import SecurityScopes
from pydantic import BaseModel

EVENTS: list[str] = []
app = FastAPI()
user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


class Own(Exception):
    pass


@app.exception_handler(Own)
async def own(request: Request, error: Own) -> Response:
    EVENTS.append(f"handler {error}")
    return Response(f"own {error}", 499)


async def first(q: str | None = None) -> str:
    EVENTS.append("first")
    return f"first {q}"


def second(one: Annotated[str, Depends(first)], x_two: Annotated[str, Header()] = "two") -> str:
    EVENTS.append("second")
    return f"second({one}, {x_two})"


class Common:
    def __init__(
        self, skip: int = 0, limit: Annotated[int, Query(le=100)] = 10, one: str = Depends(first)
    ) -> None:
        EVENTS.append("Common")
        self.skip, self.limit, self.one = skip, limit, one


class Checker:
    def __init__(self, role: str) -> None:
        self.role = role

    def __call__(self, as_role: str = "guest") -> str:
        EVENTS.append(f"check {self.role}")
        if as_role != self.role:
            raise HTTPException(403, {"need": self.role}, headers={"x-need": self.role})
        return as_role

    async def method(self, n: int = 1) -> int:
        return n

    @classmethod
    def make(cls, made: str = "m") -> str:
        return f"{cls.__name__} {made}"

    @staticmethod
    def static(s: str = "s") -> str:
        return s


def decorated(function: Any) -> Any:
    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        EVENTS.append("decorated")
        return function(*args, **kwargs)

    return wrapper


@decorated
def with_wrapper(w: int = 1) -> int:
    return w


@decorated
async def async_with_wrapper(aw: int = 1) -> int:
    return aw


@lru_cache
def settings() -> str:
    EVENTS.append("settings made")
    return "settings"


One = Annotated[str, Depends(first)]
Two = Annotated[str, Depends(second)]


@app.get("/chain")
async def chain(
    two: Two, one: One, common: Annotated[Common, Depends()], three: str = Depends(second, use_cache=False)
) -> Any:
    return [two, one, common.skip, common.limit, three]


@app.get("/chain-sync")
def chain_sync(two: Two, one: One, common: Common = Depends(Common)) -> Any:
    return [two, one, common.skip, common.limit]


@app.get("/callables")
async def callables(
    a: Annotated[str, Depends(Checker("admin"))],
    b: Annotated[int, Depends(Checker("x").method)],
    c: Annotated[str, Depends(Checker.make)],
    d: Annotated[str, Depends(Checker.static)],
    e: Annotated[str, Depends(partial(second, x_two="partial"))],
    f: Annotated[int, Depends(with_wrapper)],
    g: Annotated[int, Depends(async_with_wrapper)],
    h: Annotated[str, Depends(settings)],
    i: Annotated[str, Depends(lambda lam="l": lam)],
) -> Any:
    return [a, b, c, d, e, f, g, h, i]


@app.get("/none", dependencies=[Depends(first), Depends(Checker("admin"))])
def without_results() -> Any:
    return "ok"


class Session:
    def __init__(self, name: str) -> None:
        self.name = name

    def say(self, what: str) -> None:
        EVENTS.append(f"{self.name} {what}")


async def session() -> AsyncIterator[Session]:
    made = Session("async")
    made.say("open")
    try:
        yield made
        made.say("commit")
    except Exception as error:
        made.say(f"rollback {type(error).__name__}")
        raise
    finally:
        made.say("close")


def sync_session(outer: Annotated[Session, Depends(session)]) -> Iterator[Session]:
    made = Session("sync")
    made.say(f"open in {outer.name}")
    try:
        yield made
        made.say("commit")
    except HTTPException as error:
        made.say(f"http {error.status_code}")
        raise
    finally:
        made.say("close")


def early() -> Iterator[str]:
    EVENTS.append("early open")
    yield "early"
    EVENTS.append("early close")


def fail(how: str) -> None:
    if how == "http":
        raise HTTPException(418, "tea", {"x-tea": "1"})
    if how == "own":
        raise Own("from endpoint")
    if how == "value":
        raise ValueError("from endpoint")


@app.get("/yield/{how}")
async def with_yield(
    how: str,
    s: Annotated[Session, Depends(sync_session)],
    tasks: BackgroundTasks,
    e: Annotated[str, Depends(early, scope="function")],
) -> Any:
    s.say("endpoint")
    tasks.add_task(s.say, "background")
    fail(how)
    return how


@app.get("/yield-sync/{how}")
def with_yield_sync(how: str, s: Annotated[Session, Depends(sync_session)], tasks: BackgroundTasks) -> Any:
    s.say("endpoint")
    tasks.add_task(s.say, "background")
    fail(how)
    return how


@app.get("/yield-bad-response")
def bad_response(s: Annotated[Session, Depends(session)]) -> int:
    return "x"  # type: ignore[return-value]


@app.get("/yield-invalid/{n}")
async def invalid(n: int, s: Annotated[Session, Depends(session)]) -> Any:
    return n


async def swallows() -> AsyncIterator[int]:
    try:
        yield 1
    except ValueError:
        EVENTS.append("swallowed")


@app.get("/swallows")
async def swallowed(n: Annotated[int, Depends(swallows)]) -> Any:
    raise ValueError("lost")


async def changes() -> AsyncIterator[int]:
    try:
        yield 1
    except ValueError as error:
        raise HTTPException(409, "changed") from error


@app.get("/changes")
def changed(n: Annotated[int, Depends(changes)]) -> Any:
    raise ValueError("lost")


async def raises_after() -> AsyncIterator[int]:
    yield 1
    EVENTS.append("raising after")
    raise HTTPException(500, "too late")


@app.get("/raises-after")
async def after(n: Annotated[int, Depends(raises_after)], s: Annotated[Session, Depends(session)]) -> Any:
    return n


def raises_after_function() -> Iterator[int]:
    yield 1
    raise HTTPException(503, "in time")


@app.get("/raises-after-function")
async def after_function(n: Annotated[int, Depends(raises_after_function, scope="function")]) -> Any:
    return n


async def raises_before(s: Annotated[Session, Depends(session)]) -> AsyncIterator[int]:
    raise Own("before yield")
    yield 1


@app.get("/raises-before")
async def before(n: Annotated[int, Depends(raises_before)]) -> Any:
    return n


async def yields_twice() -> AsyncIterator[int]:
    yield 1
    yield 2


@app.get("/yields-twice")
async def twice(n: Annotated[int, Depends(yields_twice)]) -> Any:
    return n


def never_yields() -> Iterator[int]:
    if EVENTS is None:
        yield 1


@app.get("/never-yields")
async def never(n: Annotated[int, Depends(never_yields)]) -> Any:
    return n


async def manager() -> Any:
    @asynccontextmanager
    async def inner() -> AsyncIterator[int]:
        EVENTS.append("in")
        yield 5
        EVENTS.append("out")

    return inner()


@app.get("/manager")
async def managed(m: Annotated[Any, Depends(manager)]) -> Any:
    async with m as n:
        return n


async def sets_user(name: str = "set") -> None:
    user.set(name)


def reads_user(_: Annotated[None, Depends(sets_user)]) -> str:
    return user.get()


def sync_sets_user(name: str = "sync") -> str:
    user.set(name)
    return name


@app.get("/context")
async def context(read: Annotated[str, Depends(reads_user)]) -> Any:
    return [read, user.get()]


@app.get("/context-sync")
def context_sync(
    read: Annotated[str, Depends(reads_user)], own_set: Annotated[str, Depends(sync_sets_user)]
) -> Any:
    return [read, user.get()]


async def yields_user() -> AsyncIterator[None]:
    token = user.set("yielded")
    yield
    user.reset(token)
    EVENTS.append(user.get())


@app.get("/context-yield")
def context_yield(_: Annotated[None, Depends(yields_user)]) -> Any:
    return user.get()


class Payload(BaseModel):
    a: int


def takes_body(payload: Payload) -> Payload:
    return payload


def takes_part(b: Annotated[int, Body(embed=True)]) -> int:
    return b


@app.post("/body-in-dependency")
async def body_in(payload: Annotated[Payload, Depends(takes_body)], again: Payload) -> Any:
    return [payload, again, payload is again]


@app.post("/bodies-in-dependencies")
async def bodies_in(
    payload: Annotated[Payload, Depends(takes_body)], b: Annotated[int, Depends(takes_part)]
) -> Any:
    return [payload, b]


def everything(
    request: Request,
    response: Response,
    tasks: BackgroundTasks,
    scopes: SecurityScopes,
    c: Annotated[str | None, Cookie()] = None,
) -> Any:
    response.headers["x-dep"] = "1"
    response.set_cookie("dep", "1")
    response.status_code = 207
    request.state.seen = "state"
    tasks.add_task(EVENTS.append, "task of dependency")
    return [request.url.path, scopes.scopes, c]


@app.get("/everything")
async def all_of_it(
    request: Request, e: Annotated[Any, Security(everything, scopes=["a", "b"])], response: Response
) -> Any:
    response.headers["x-endpoint"] = "1"
    return [e, request.state.seen, scope_keys(request)]


def scope_keys(request: Request) -> list[str]:
    return sorted(
        key for key in request.scope if key in {"app", "router", "route", "endpoint", "path_params", "state"}
    )


inner = APIRouter(prefix="/inner", dependencies=[Depends(Checker("inner"))], tags=["inner"])
outer = APIRouter(prefix="/outer", dependencies=[Depends(first)])


@inner.get("/{n}", dependencies=[Depends(second)])
async def nested(n: int, one: One) -> Any:
    return [n, one]


outer.include_router(inner, prefix="/mid", dependencies=[Depends(Checker("mid"))])
app.include_router(outer, dependencies=[Depends(settings)])

CALLS = [
    get("/chain"), get("/chain?q=1&skip=2&limit=101"), get("/chain?q=1&skip=2&limit=x", ("x-two", "h")), get("/chain-sync?q=1", ("x-two", "h")), get("/chain-sync?skip=x&limit=1000"),
    get("/callables?as_role=admin"), get("/callables"), get("/callables?as_role=admin&n=x&made=2&s=3&w=4&aw=5&lam=6"), get("/callables?as_role=admin&n=2&made=2&s=3&w=4&aw=5&lam=6"), get("/none"), get("/none?as_role=admin"),
    *(get(f"/{kind}/{how}") for kind in ["yield", "yield-sync"] for how in ["fine", "http", "own", "value"]),
    get("/yield-bad-response"), get("/yield-invalid/x"), get("/yield-invalid/1"), get("/swallows"), get("/changes"), get("/raises-after"), get("/raises-after-function"), get("/raises-before"), get("/yields-twice"), get("/never-yields"), get("/manager"),
    get("/context"), get("/context?name=x"), get("/context-sync?name=y"), get("/context-yield"),
    post("/body-in-dependency", {"a": 1}), post("/body-in-dependency", {"payload": {"a": 1}, "again": {"a": 2}}), post("/bodies-in-dependencies", {"payload": {"a": 1}, "b": 2}), post("/bodies-in-dependencies", {"a": 1}),
    get("/everything", ("cookie", "c=1")), get("/outer/mid/inner/1"), get("/outer/mid/inner/1?as_role=mid"), get("/outer/mid/inner/1?as_role=inner"), get("/outer/mid/inner/x"),
]  # fmt: skip


def DOCUMENT() -> Any:
    """The schema belongs to what is seen."""
    return app.openapi()
