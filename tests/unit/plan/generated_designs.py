"""Designs of routes, made by hypothesis."""

from collections.abc import Callable
from typing import Any, Literal

from hypothesis import strategies as st
from pydantic import AliasChoices

from laneway import (
    Body,
    Cookie,
    Header,
    Query,
)

from .designs import RESULTS, Color, Dependency, Design, Fault, Item, Kind, Out, Parameter

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
        dependencies=tuple(
            draw(dependencies(number, faults=faults, body=has_body)) for number in range(count)
        ),
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
