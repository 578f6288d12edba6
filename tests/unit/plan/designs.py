"""What a generated route is, and the app made of it.

A `Design` says what a route is; `build` makes an app of it, either with the route class as it is (compiled plan) or
with one that has a handler of its own (general plan). Every call is written into the app's log.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from pydantic import BaseModel

from laneway import (
    APIRouter,
    BackgroundTasks,
    Depends,
    HTTPException,
    Laneway,
    Request,
    Response,
)
from laneway.routing.route import APIRoute

MISSING = inspect.Parameter.empty


class Color(Enum):
    red = "red"
    blue = "blue"


class Item(BaseModel):
    name: str
    price: float = 1.5
    tags: list[str] = []
    owner: "Owner | None" = None


class Owner(BaseModel):
    id: int


class Out(BaseModel):
    called: str
    count: int | None = None
    items: list[Item] = []


class GeneralRoute(APIRoute):
    """A route whose handler somebody wraps, which only the general plan can serve."""

    def get_route_handler(self) -> Callable[[Any], Any]:
        return super().get_route_handler()


# -- designs


@dataclass(frozen=True)
class Parameter:
    """One argument of a callable, and where requests carry its value."""

    name: str
    annotation: Any
    place: str
    key: str
    make_marker: Callable[[], Any] | None = None

    def as_argument(self) -> inspect.Parameter:
        default = self.make_marker() if self.make_marker else MISSING
        return inspect.Parameter(
            self.name, inspect.Parameter.KEYWORD_ONLY, annotation=self.annotation, default=default
        )


Kind = Literal["def", "async def", "def yield", "async yield"]
Fault = Literal["none", "http error before", "error before", "http error after", "error after", "swallows"]


@dataclass(frozen=True)
class Dependency:
    """One dependency of a route; it may need those of lower number."""

    name: str
    kind: Kind
    parameters: tuple[Parameter, ...]
    needs: tuple[tuple[int, bool], ...]  # number, use_cache
    scope: Literal["function", "request"] | None
    fault: Fault
    takes_response: bool


@dataclass(frozen=True)
class Design:
    """A route with all that belongs to it."""

    path: str
    parameters: tuple[Parameter, ...]
    dependencies: tuple[Dependency, ...]
    needs: tuple[tuple[int, bool], ...]
    on_route: tuple[int, ...]
    kind: Literal["def", "async def"]
    result: str
    takes: frozenset[str]
    options: dict[str, Any] = field(default_factory=dict)
    has_body: bool = False

    def all_parameters(self) -> list[Parameter]:
        """Those of the endpoint and of every dependency."""
        return [*self.parameters, *(one for dependency in self.dependencies for one in dependency.parameters)]


# -- from a design to an app


@dataclass
class Built:
    """An app with one route and what its functions did."""

    app: Laneway
    log: list[str]


class _Builder:
    def __init__(self, design: Design) -> None:
        self.design = design
        self.log: list[str] = []
        self.functions: list[Callable[..., Any]] = []
        for dependency in design.dependencies:
            self.functions.append(self._dependency(dependency))

    def needed(self, needs: tuple[tuple[int, bool], ...]) -> list[inspect.Parameter]:
        return [
            inspect.Parameter(
                f"needed_{place}",
                inspect.Parameter.KEYWORD_ONLY,
                annotation=Any,
                default=Depends(
                    self.functions[number], use_cache=cached, scope=self.design.dependencies[number].scope
                ),
            )
            for place, (number, cached) in enumerate(needs)
        ]

    def _dependency(self, dependency: Dependency) -> Callable[..., Any]:
        def run(values: dict[str, Any]) -> str:
            response = values.pop("response", None)
            self.log.append(f"{dependency.name}({shown(values)})")
            if response is not None:
                response.headers.append("x-by", dependency.name)
            fail(dependency, "before")
            return f"<{dependency.name}>"

        arguments = [parameter.as_argument() for parameter in dependency.parameters]
        arguments += self.needed(dependency.needs)
        if dependency.takes_response:
            arguments.append(
                inspect.Parameter("response", inspect.Parameter.KEYWORD_ONLY, annotation=Response)
            )
        call = self._wrapped(dependency, run)
        call.__name__ = call.__qualname__ = dependency.name
        call.__signature__ = inspect.Signature(arguments)  # type: ignore[attr-defined]
        return call

    def _wrapped(self, dependency: Dependency, run: Callable[[dict[str, Any]], str]) -> Callable[..., Any]:
        log = self.log

        def call(**values: Any) -> str:
            return run(values)

        async def acall(**values: Any) -> str:
            return run(values)

        def opened(**values: Any) -> Iterator[str]:
            result = run(values)
            try:
                yield result
            except Exception as error:
                log.append(f"{dependency.name} saw {type(error).__name__}")
                if dependency.fault != "swallows":
                    raise
            finally:
                log.append(f"{dependency.name} closed")
            fail(dependency, "after")

        async def aopened(**values: Any) -> AsyncIterator[str]:
            result = run(values)
            try:
                yield result
            except Exception as error:
                log.append(f"{dependency.name} saw {type(error).__name__}")
                if dependency.fault != "swallows":
                    raise
            finally:
                log.append(f"{dependency.name} closed")
            fail(dependency, "after")

        made: dict[str, Callable[..., Any]] = {
            "def": call,
            "async def": acall,
            "def yield": opened,
            "async yield": aopened,
        }
        return made[dependency.kind]

    def endpoint(self) -> Callable[..., Any]:
        design = self.design

        def run(values: dict[str, Any]) -> Any:
            request, response = values.pop("request", None), values.pop("response", None)
            tasks = values.pop("tasks", None)
            called = f"endpoint({shown(values)})"
            self.log.append(called)
            if request is not None:
                self.log.append(f"{request.method} {request.url.path} {sorted(request.path_params)}")
            if response is not None:
                response.headers["x-endpoint"] = "1"
                response.set_cookie("seen", "yes")
            if tasks is not None:
                tasks.add_task(self.log.append, "task")
            return RESULTS[design.result](called)

        def call(**values: Any) -> Any:
            return run(values)

        async def acall(**values: Any) -> Any:
            return run(values)

        chosen: Callable[..., Any] = call if design.kind == "def" else acall
        arguments = [parameter.as_argument() for parameter in design.parameters] + self.needed(design.needs)
        injected: dict[str, Any] = {"request": Request, "response": Response, "tasks": BackgroundTasks}
        arguments += [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=injected[name])
            for name in sorted(design.takes)
        ]
        chosen.__name__ = chosen.__qualname__ = "endpoint"
        chosen.__signature__ = inspect.Signature(arguments)  # type: ignore[attr-defined]
        return chosen


def build(design: Design, route_class: type[APIRoute]) -> Built:
    """An app that serves the design with routes of `route_class`.

    Raises:
        AssertionError: The design contradicts itself.
        DependencyScopeError: A dependency would outlive what it needs.
    """
    builder = _Builder(design)
    router = APIRouter(route_class=route_class)
    router.add_api_route(
        design.path,
        builder.endpoint(),
        methods=["POST" if design.has_body else "GET"],
        dependencies=[Depends(builder.functions[number]) for number in design.on_route],
        **design.options,
    )
    app = Laneway(openapi_url=None)
    app.include_router(router)
    return Built(app, builder.log)


def shown(values: dict[str, Any]) -> str:
    """Arguments with their types, in the order of their names."""
    return ", ".join(f"{name}={type(value).__name__}:{value!r}" for name, value in sorted(values.items()))


class CustomError(Exception):
    pass


def fail(dependency: Dependency, when: str) -> None:
    if dependency.fault == f"http error {when}":
        raise HTTPException(418, f"{dependency.name} {when}", headers={"x-failed": dependency.name})
    if dependency.fault == f"error {when}":
        raise CustomError(f"{dependency.name} {when}")


def refuse(called: str) -> Any:
    raise HTTPException(409, called)


def crash(called: str) -> Any:
    raise CustomError(called)


RESULTS: dict[str, Callable[[str], Any]] = {
    "dict": lambda called: {"called": called, "count": 3, "more": [1.0, None, "é"]},
    "model": lambda called: Out(called=called, items=[Item(name="a")]),
    "wrong": lambda called: {"count": "many"},
    "none": lambda called: None,
    "text": lambda called: called,
    "response": lambda called: Response(called.encode(), 201, {"x-own": "1"}, "text/plain"),
    "refuse": refuse,
    "crash": crash,
}
