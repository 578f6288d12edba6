"""The generated code: what is in it, what is not, and who can read it."""

import inspect
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest

from laneway import Depends, Form, Laneway, Request
from laneway.plan.code import Code
from laneway.plan.source import why_general
from laneway.routing import APIRoute
from laneway.testing import TestClient


def route_of(endpoint: Callable[..., Any], path: str = "/", **options: Any) -> APIRoute:
    app = Laneway(openapi_url=None)
    app.add_api_route(path, endpoint, **options)
    route = app.routes[0]
    assert isinstance(route, APIRoute)
    return route


def source_of(endpoint: Callable[..., Any], path: str = "/", **options: Any) -> str:
    plan = route_of(endpoint, path, **options).compiled_plan
    assert plan is not None
    return plan.source


async def nothing() -> None: ...


def block() -> None:
    print(end="")  # noqa: T201  # a call, so that nothing is proven


def test_a_route_without_parameters_reads_nothing() -> None:
    source = source_of(nothing)

    assert "try" not in source
    assert "request." not in source


def test_only_the_sources_that_are_needed_are_read() -> None:
    async def read(q: int) -> None: ...

    source = source_of(read)

    assert "query" in source
    assert "headers" not in source
    assert "cookie" not in source
    assert "json_body" not in source


def test_starlettes_request_is_built_only_when_asked_for() -> None:
    async def asks(request: Request) -> None: ...

    assert ("starlette" in source_of(nothing), "starlette" in source_of(asks)) == (False, True)


def test_a_shared_dependency_is_in_the_code_once() -> None:
    async def shared() -> None: ...

    async def read(a: Annotated[None, Depends(shared)], b: Annotated[None, Depends(shared)]) -> None: ...

    assert source_of(read).count("call_shared(") == 1


@pytest.mark.parametrize(
    ("make", "hops"),
    [
        (lambda: nothing, 0),
        (lambda: block, 1),
        (lambda: depends_on(nothing, block), 1),
        (lambda: depends_on(block, nothing), 1),
        (lambda: depends_on(block, block), 1),
        (lambda: depends_on(block, nothing, block), 1),
        (lambda: depends_on(block, block, nothing), 2),
    ],
)
def test_hops_are_counted(make: Callable[[], Callable[..., Any]], hops: int) -> None:
    plan = route_of(make()).compiled_plan
    assert plan is not None

    assert plan.hops == hops


def depends_on(endpoint: Callable[..., Any], *dependencies: Callable[..., Any]) -> Callable[..., Any]:
    """`endpoint` with dependencies, each a call of its own."""
    parameters = [
        inspect.Parameter(
            f"d{i}", inspect.Parameter.KEYWORD_ONLY, default=Depends(dependency, use_cache=False)
        )
        for i, dependency in enumerate(dependencies)
    ]
    if inspect.iscoroutinefunction(endpoint):

        async def coroutine(**_: Any) -> None: ...

        made: Callable[..., Any] = coroutine
    else:

        def function(**_: Any) -> None:
            block()

        made = function
    made.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return made


async def streamed() -> AsyncIterator[int]:
    yield 1


async def form(name: Annotated[str, Form()]) -> None: ...


async def limited(a: Annotated[None, Depends(nothing, max_concurrency=1)]) -> None: ...


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [(streamed, "stream"), (form, "form"), (limited, "max_concurrency")],
    ids=["stream", "form", "limit"],
)
def test_what_is_not_compiled_says_why(endpoint: Callable[..., Any], why: str) -> None:
    route = route_of(endpoint)

    assert route.compiled_plan is None
    assert why in str(why_general(route.spec, route.tree))


def test_a_traceback_shows_the_lines_of_the_plan() -> None:
    """Generated code is code that somebody has to debug."""

    async def crash() -> None:
        raise KeyError("crash")

    app = Laneway(openapi_url=None)
    app.get("/crash")(crash)
    with pytest.raises(KeyError) as caught:
        TestClient(app).get("/crash")
    text = "".join(traceback.format_exception(caught.value))

    assert "<plan of GET /crash" in text
    assert "await call_crash()" in text


@pytest.mark.parametrize(
    "name", ["request", "plan", "write", "headers", "query", "body", "Undefined", "in_thread", "path"]
)
def test_no_name_of_an_argument_or_function_disturbs_the_code(name: str) -> None:
    """Users name things as the generated code does."""

    async def dependency(**values: Any) -> Any:
        return values[name]

    dependency.__name__ = name
    dependency.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=int)]
    )

    def endpoint(**values: Any) -> Any:
        return values[name]

    endpoint.__name__ = name
    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=Depends(dependency))]
    )
    app = Laneway(openapi_url=None)
    app.get("/")(endpoint)

    assert TestClient(app).get(f"/?{name}=5").json() == 5


def test_names_that_are_no_identifiers_get_one() -> None:
    code = Code()

    assert [code.fresh(hint) for hint in ("a-b", "a-b", "class", "é", "1", "")] == [
        "a_b",
        "a_b_2",
        "v_class",
        "v__",
        "v_1",
        "value",
    ]


def test_closing_order_of_hops_is_that_of_opening_reversed() -> None:
    calls: list[str] = []

    def opened(name: str) -> Callable[[], Iterator[None]]:
        def dependency() -> Iterator[None]:
            yield
            calls.append(name)

        return dependency

    app = Laneway(openapi_url=None)
    app.get("/", dependencies=[Depends(opened("a")), Depends(nothing), Depends(opened("b"))])(nothing)
    TestClient(app).get("/")

    assert calls == ["b", "a"]
