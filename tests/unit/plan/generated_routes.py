"""Routes and requests made by hypothesis, for the comparison of the two forms of a plan.

A `Design` says what a route is; `build` makes an app of it, either with the route class as it is (compiled plan) or
with one that has a handler of its own (general plan). Every call is written into the app's log.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st
from pydantic import AliasChoices, BaseModel

from laneway import APIRouter, BackgroundTasks, Body, Cookie, Depends, Header, HTTPException, Laneway, Path, Query
from laneway import Request, Response
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
            arguments.append(inspect.Parameter("response", inspect.Parameter.KEYWORD_ONLY, annotation=Response))
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


# -- strategies for designs

TYPES: list[Any] = [
    str,
    int,
    float,
    bool,
    Color,
    int | None,
    str | None,
    int | str,
    Literal["a", "b"],
    list[int],
    list[str],
    set[str],
    tuple[int, ...],
    list[int] | None,
    Any,
]
PATH_TYPES: list[Any] = [str, int, float, bool, Color, Any]
MARKERS: dict[str, Callable[..., Any]] = {"query": Query, "header": Header, "cookie": Cookie}
DEFAULTS: dict[Any, list[Any]] = {
    str: ["x", ""],
    int: [7, 0],
    float: [0.5, 1e16],
    bool: [True],
    Color: [Color.red],
    list[int]: [[1, 2], []],
    list[str]: [["x"]],
    set[str]: [{"x"}],
}


@st.composite
def outside_parameters(draw: st.DrawFn, name: str) -> Parameter:
    """A parameter from query, headers or cookies."""
    place = draw(st.sampled_from(sorted(MARKERS)))
    annotation = draw(st.sampled_from(TYPES))
    options: dict[str, Any] = {}
    if draw(st.booleans()):
        options["default"] = draw(st.sampled_from([None, *DEFAULTS.get(annotation, [])]))
        options["validate_default"] = draw(st.sampled_from([None, None, True]))
    if annotation is int or annotation is float:
        options |= draw(st.sampled_from([{}, {}, {"gt": 0, "le": 10}, {"multiple_of": 2}]))
    if annotation is str:
        options |= draw(st.sampled_from([{}, {}, {"min_length": 1, "max_length": 3}, {"pattern": "^a"}]))
    options |= draw(
        st.sampled_from(
            [{}, {}, {}, {"alias": "other-name"}, {"alias": "Näme"}]
            if place != "header"
            else [{}, {}, {"alias": "X-Other"}, {"convert_underscores": False}]
        )
    )
    if place == "query" and draw(st.integers(0, 9)) == 0:
        options.pop("alias", None)
        options["validation_alias"] = AliasChoices("first", "second")
    if place == "query" and not options and draw(st.booleans()):
        return Parameter(name, annotation, place, name)  # read from the query because nothing else is said
    marker = MARKERS[place]
    return Parameter(name, annotation, place, key_of(name, place, options), lambda: marker(**options))


def key_of(name: str, place: str, options: dict[str, Any]) -> str:
    """The name that requests give the value."""
    if "validation_alias" in options:
        return "second"
    hyphens = place == "header" and options.get("convert_underscores", True)
    return options.get("alias") or (name.replace("_", "-") if hyphens else name)


@st.composite
def body_parameters(draw: st.DrawFn, name: str) -> Parameter:
    """A parameter from the JSON body."""
    annotation = draw(
        st.sampled_from([Item, Item | None, list[Item], dict[str, int], int, str, bytes, Any, list[int]])
    )
    options: dict[str, Any] = {}
    if draw(st.integers(0, 2)) == 0:
        options["embed"] = True
    if draw(st.integers(0, 2)) == 0:
        options["default"] = None
    if draw(st.integers(0, 5)) == 0:
        options["alias"] = "sent-as"
    return Parameter(name, annotation, "body", options.get("alias", name), lambda: Body(**options))


@st.composite
def dependencies(draw: st.DrawFn, number: int, *, faults: bool, body: bool) -> Dependency:
    """A dependency that may need those before it."""
    parameters = draw_parameters(draw, 2, body=body and draw(st.integers(0, 3)) == 0)
    kind: Kind = draw(st.sampled_from(["def", "async def", "def yield", "async yield"]))
    fault: Fault = "none"
    if faults and draw(st.integers(0, 2)) == 0:
        late: list[Fault] = ["http error after", "error after", "swallows"] if "yield" in kind else []
        fault = draw(st.sampled_from(["http error before", "error before", *late]))
    return Dependency(
        name=f"d{number}",
        kind=kind,
        parameters=parameters,
        needs=draw(st.lists(st.tuples(st.integers(0, number - 1), st.booleans()), max_size=2).map(tuple))
        if number
        else (),
        scope=draw(st.sampled_from([None, None, "function", "request"])) if "yield" in kind else None,
        fault=fault,
        takes_response=draw(st.integers(0, 4)) == 0,
    )


def draw_parameters(draw: st.DrawFn, most: int, *, body: bool) -> tuple[Parameter, ...]:
    names = draw(st.lists(st.sampled_from(["a", "b", "c_d", "in_"]), unique=True, max_size=most))
    made = [draw(outside_parameters(name)) for name in names]
    if body:
        names = draw(st.lists(st.sampled_from(["item", "other"]), unique=True, min_size=1, max_size=2))
        made += [draw(body_parameters(name)) for name in names]
    return tuple(made)


@st.composite
def designs(draw: st.DrawFn) -> Design:
    """A whole route."""
    has_body = draw(st.booleans())
    faults = draw(st.integers(0, 2)) == 0
    count = draw(st.integers(0, 4))
    in_path = draw(st.lists(st.sampled_from(["p", "q"]), unique=True))
    parameters = draw_parameters(draw, 3, body=has_body)
    parameters += tuple(Parameter(name, draw(st.sampled_from(PATH_TYPES)), "path", name) for name in in_path)
    needs = st.lists(st.tuples(st.integers(0, count - 1), st.booleans()), max_size=3).map(tuple)
    result = draw(st.sampled_from(sorted(RESULTS)))
    return Design(
        path="/r" + "".join(f"/{{{name}}}" for name in in_path),
        parameters=parameters,
        dependencies=tuple(draw(dependencies(number, faults=faults, body=has_body)) for number in range(count)),
        needs=draw(needs) if count else (),
        on_route=tuple(draw(st.lists(st.integers(0, count - 1), max_size=1))) if count else (),
        kind=draw(st.sampled_from(["def", "async def"])),
        result=result,
        takes=draw(st.frozensets(st.sampled_from(["request", "response", "tasks"]))),
        options=draw(route_options()),
        has_body=has_body,
    )


@st.composite
def route_options(draw: st.DrawFn) -> dict[str, Any]:
    """Options that shape the response."""
    options: dict[str, Any] = {}
    model = draw(st.sampled_from(["absent", "absent", "none", "model", "dict"]))
    if model != "absent":
        options["response_model"] = {"none": None, "model": Out, "dict": dict[str, Any]}[model]
    if model == "model":
        options |= draw(
            st.sampled_from(
                [
                    {},
                    {"response_model_exclude_unset": True},
                    {"response_model_exclude_defaults": True},
                    {"response_model_exclude_none": True},
                    {"response_model_include": {"called"}},
                    {"response_model_exclude": {"items": {0: {"tags"}}}},
                ]
            )
        )
    if draw(st.integers(0, 3)) == 0:
        options["status_code"] = draw(st.sampled_from([200, 201, 400]))
    if draw(st.integers(0, 4)) == 0:
        options["strict_content_type"] = False
    return options


# -- requests


@dataclass(frozen=True)
class Sent:
    """One request as a server hands it over."""

    path: str
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: tuple[bytes, ...]

    def scope(self, method: str) -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": self.query,
            "root_path": "",
            "headers": [(b"host", b"test"), *self.headers],
            "client": ("127.0.0.1", 1),
            "server": ("test", 80),
        }


FITTING: dict[Any, list[str]] = {int: ["4", "10", "007"], float: ["0.5", "4", "1e0"], bool: ["true", "on", "0"]}
FITTING |= {Color: ["red"], list[int]: ["1"], tuple[int, ...]: ["1"], list[int] | None: ["5"]}
FITTING |= {int | None: ["3"], Literal["a", "b"]: ["a"]}
TEXTS = ["a", "abc", "5"]
VALUES = [
    *("1", "-5", "007", " 4", "4.0", "0.1", "1e3", "nan", "abc", "a", "", "true", "on", "no", "null", "None"),
    *("red", "blue", "é", "漢", "%41", "a+b", "a b", "[1]", "1,2", "\x00", "9" * 30),
]
ODD_PARTS = [
    *(b"a", b"a=", b"=1", b"", b"a=1;b=2", b"a=%ff", b"a=%zz", b"b=%C3%A9", b"a=\xe9", b"a==", b"%61=1", b"a=+1"),
    *(b"second=2", b"A=1", b"zz=1"),
]
JSON_BODIES = [
    b'{"name": "n"}',
    b'{"name": "n", "price": "2.5", "tags": ["t"], "owner": {"id": "3"}}',
    b'{"name": 5}',
    b'{"name": "n", "name": "m"}',
    b'{"item": null}',
    b'[{"name": "n"}, {"name": 1}]',
    *(b"[]", b"[1, 2]", b'["1"]', b"{}", b"null", b"5", b'"text"', b"1e400", b"NaN", b"1" * 40, b"-0.0"),
    *(b"", b" ", b"{", b"\xff", b'"\\ud800"', b"\xef\xbb\xbf{}", b"[1,]", b"{'a': 1}", b'{"a": 1}x', b'"\x01"'),
    '{"name": "é"}'.encode("utf-16"),
    '{"name": "漢"}'.encode(),
]
FITTING_JSON: dict[Any, str] = {
    Item: '{"name": "n"}',
    Item | None: '{"name": "n", "price": "2.5", "owner": {"id": 3}}',
    list[Item]: '[{"name": "n"}]',
    dict[str, int]: '{"a": "1"}',
    int: "5",
    list[int]: "[1, 2]",
}
CONTENT_TYPES = [
    *(b"application/json", b"application/json; charset=utf-8", b"application/problem+json", b"Application/JSON"),
    *(b"text/plain", b"application/x-www-form-urlencoded", b"", b"json", b"application/json, text/plain"),
]


@st.composite
def requests(draw: st.DrawFn, design: Design) -> Sent:
    """A request to the design's route: often a fitting one, sometimes with a fault, sometimes strange."""
    parts: list[bytes] = []
    headers: list[tuple[bytes, bytes]] = []
    cookies: list[str] = []
    path = "/r"
    careful = draw(st.booleans())
    for parameter in sorted(design.all_parameters(), key=lambda parameter: parameter.name):
        for value in draw(sent_values(parameter, careful=careful)):
            if parameter.place == "query":
                parts.append(draw(query_part(parameter.key, value)))
            elif parameter.place == "header":
                headers.append((parameter.key.lower().encode(), as_header(value)))
            elif parameter.place == "cookie":
                cookies.append(f"{parameter.key}={value}")
    for parameter in design.parameters:
        if parameter.place == "path":
            path += "/" + draw(st.sampled_from(FITTING.get(parameter.annotation, TEXTS) * 4 + VALUES[:10]))
    if not careful:
        parts += draw(st.lists(st.sampled_from(ODD_PARTS), max_size=3))
    if cookies:
        separator = draw(st.sampled_from(["; ", ";", " ; "]))
        headers.append((b"cookie", as_header(separator.join(cookies))))
    body: tuple[bytes, ...] = ()
    if design.has_body:
        body = draw(bodies(design, careful=careful))
        content_type = b"application/json" if careful else draw(st.sampled_from([*CONTENT_TYPES, None]))
        headers += [(b"content-type", content_type)] if content_type is not None else []
    return Sent(path, b"&".join(parts), tuple(headers), body)


def sent_values(parameter: Parameter, *, careful: bool) -> st.SearchStrategy[list[str]]:
    """What a request gives for a parameter: mostly one value that fits."""
    fitting = FITTING.get(parameter.annotation, TEXTS)
    if careful:
        return st.lists(st.sampled_from(fitting), min_size=1, max_size=1)
    return st.lists(st.sampled_from([*fitting * 3, *VALUES]), max_size=2)


@st.composite
def query_part(draw: st.DrawFn, key: str, value: str) -> bytes:
    """`name=value`, escaped as browsers and as libraries do."""
    escape = draw(st.sampled_from([quote, quote_plus]))
    return f"{escape(key)}={escape(value)}".encode()


def as_header(value: str) -> bytes:
    return value.encode("latin-1", "replace")


@st.composite
def bodies(draw: st.DrawFn, design: Design, *, careful: bool) -> tuple[bytes, ...]:
    """The body in the pieces in which it arrives."""
    whole = fitting_body(design, embed=draw(st.booleans())) if careful else draw(st.sampled_from(JSON_BODIES))
    cut = draw(st.integers(0, len(whole)))
    return draw(st.sampled_from([(whole,), (whole[:cut], whole[cut:])]))


def fitting_body(design: Design, *, embed: bool) -> bytes:
    """A body that fits if `embed` is what the route asks for."""
    fields = {one.key: FITTING_JSON.get(one.annotation, '"t"') for one in design.all_parameters() if one.place == "body"}
    if embed or len(fields) > 1:
        return ("{" + ", ".join(f'"{key}": {value}' for key, value in fields.items()) + "}").encode()
    return "".join(fields.values()).encode()
