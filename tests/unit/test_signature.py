"""An endpoint's signature as a value."""

import functools
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from starlette.requests import HTTPConnection

from laneway import (
    BackgroundTasks,
    Body,
    Cookie,
    Depends,
    Header,
    Path,
    Query,
    Request,
    Response,
    Security,
    UploadFile,
    WebSocket,
)
from laneway.dependant import Dependant, uses_scopes
from laneway.exceptions import DependencyScopeError, FastAPIError
from laneway.security import HTTPBearer, SecurityScopes
from laneway.signature import get_dependant, path_param_names, with_dependencies


class Item(BaseModel):
    name: str


class Unvalidatable: ...


def read(call: Callable[..., Any], path: str = "/") -> Dependant:
    return get_dependant(path=path, call=call)


def names(fields: Any) -> list[str]:
    return [field.name for field in fields]


@pytest.mark.parametrize(
    ("path", "found"), [("/", set()), ("/a/{b}/{c}", {"b", "c"}), ("/{a}-{b}.json", {"a", "b"})]
)
def test_names_in_braces_are_the_parameters_of_a_path(path: str, found: set[str]) -> None:
    assert path_param_names(path) == found


# -- where a parameter is read from


def test_the_type_says_where_a_parameter_comes_from() -> None:
    def call(number: int, q: str, item: Item, file: UploadFile, tags: dict[str, int]) -> None: ...

    found = read(call, "/{number}")

    assert (names(found.path_params), names(found.query_params)) == (["number"], ["q"])
    assert names(found.body_params) == ["item", "file", "tags"]


def test_a_marker_says_where_a_parameter_comes_from() -> None:
    def call(
        a: Annotated[int, Query()],
        b: Annotated[int, Header()],
        c: Annotated[int, Cookie()],
        d: Annotated[int, Body()],
    ) -> None: ...

    found = read(call)
    places = [found.query_params, found.header_params, found.cookie_params, found.body_params]

    assert [names(fields) for fields in places] == [["a"], ["b"], ["c"], ["d"]]


def test_a_marker_may_be_the_default() -> None:
    def call(a: int = Header(5)) -> None: ...

    field = read(call).header_params[0]

    assert (field.default, field.required) == (5, False)


def test_of_two_markers_in_annotated_the_last_holds() -> None:
    def call(a: Annotated[int, Query(), Header()]) -> None: ...

    assert names(read(call).header_params) == ["a"]


def test_rules_of_all_members_of_annotated_hold() -> None:
    def call(a: Annotated[int, Query(gt=1), FieldInfo(lt=5)]) -> None: ...

    field = read(call).query_params[0]

    assert [bool(field.validate(value)[1]) for value in (1, 2, 5)] == [True, False, True]


def test_one_annotation_may_serve_several_parameters() -> None:
    """Reading a signature changes no marker."""
    Limit = Annotated[int, Query(le=10)]  # noqa: N806  # a type

    def call(first: Limit = 1, second: Limit = 2) -> None: ...

    read(call)
    fields = read(call).query_params

    assert [(field.name, field.alias, field.default) for field in fields] == [
        ("first", "first", 1),
        ("second", "second", 2),
    ]


def test_a_parameter_without_annotation_takes_anything() -> None:
    def call(a):  # type: ignore[no-untyped-def]
        ...

    assert read(call).query_params[0].validate("x") == ("x", [])


@pytest.mark.parametrize(
    ("annotation", "slot"),
    [
        (Request, "request_param_name"),
        (WebSocket, "websocket_param_name"),
        (HTTPConnection, "http_connection_param_name"),
        (Response, "response_param_name"),
        (BackgroundTasks, "background_tasks_param_name"),
        (SecurityScopes, "security_scopes_param_name"),
    ],
)
def test_some_types_are_given_by_what_they_are(annotation: Any, slot: str) -> None:
    def call(given: object) -> None: ...

    call.__annotations__["given"] = annotation

    assert getattr(read(call), slot) == "given"


# -- contradictions


def two_markers(a: Annotated[int, Query()] = Query()) -> None: ...
def two_depends(a: Annotated[int, Depends(read)] = Depends(read)) -> None: ...
def marker_and_depends(a: Annotated[int, Query()] = Depends(read)) -> None: ...
def default_in_annotated(a: Annotated[int, Query(5)]) -> None: ...
def marked_request(a: Annotated[Request, Query()]) -> None: ...
def query_of_a_mapping(a: Annotated[dict[str, int], Query()]) -> None: ...


@pytest.mark.parametrize(
    "call",
    [two_markers, two_depends, marker_and_depends, default_in_annotated, marked_request, query_of_a_mapping],
    ids=lambda call: call.__name__,
)
def test_a_contradiction_is_refused(call: Callable[..., Any]) -> None:
    with pytest.raises(AssertionError):
        read(call)


def query_in_path(number: Annotated[int, Query()]) -> None: ...
def default_in_path(number: Annotated[int, Path()] = 5) -> None: ...
def model_in_path(number: Item) -> None: ...


@pytest.mark.parametrize(
    "call", [query_in_path, default_in_path, model_in_path], ids=lambda call: call.__name__
)
def test_a_part_of_the_path_is_no_other_thing(call: Callable[..., Any]) -> None:
    with pytest.raises(AssertionError):
        read(call, "/{number}")


def test_a_type_that_cannot_be_validated_is_refused() -> None:
    def call(a: Annotated[Unvalidatable, Body()]) -> None: ...

    with pytest.raises(FastAPIError, match="Unvalidatable"):
        read(call)


# -- dependencies


def leaf(q: int) -> int:
    return q


def branch(a: Annotated[int, Depends(leaf)], b: str) -> None: ...


def test_dependencies_form_a_tree() -> None:
    def call(x: Annotated[None, Depends(branch)], y: Annotated[int, Depends(leaf)]) -> None: ...

    assert [node.call for node in read(call).walk()] == [call, branch, leaf, leaf]


def test_the_type_is_the_dependency_when_none_is_named() -> None:
    class Paging:
        def __init__(self, limit: int = 10) -> None: ...

    def call(paging: Annotated[Paging, Depends()]) -> None: ...

    found = read(call).dependencies[0]

    assert (found.call, names(found.query_params)) == (Paging, ["limit"])


def test_parameters_bound_by_partial_are_not_asked_for() -> None:
    def call(a: int, b: int) -> None: ...

    assert names(read(functools.partial(call, 1)).query_params) == ["b"]


def test_dependencies_without_parameter_come_first() -> None:
    def call(y: Annotated[int, Depends(leaf)]) -> None: ...

    found = with_dependencies(read(call), [Depends(branch)], "/")

    assert [(node.call, node.name) for node in found.dependencies] == [(branch, None), (leaf, "y")]


def test_a_dependency_without_parameter_needs_a_callable() -> None:
    with pytest.raises(AssertionError, match="callable"):
        with_dependencies(read(leaf), [Depends()], "/")


def opened() -> Iterator[None]:
    yield


def test_equal_uses_share_one_call() -> None:
    def call(a: Annotated[int, Depends(leaf)], b: Annotated[int, Depends(leaf)]) -> None: ...

    first, second = read(call).dependencies

    assert first.cache_key == second.cache_key


def test_uses_of_two_lifetimes_do_not_share() -> None:
    def call(
        a: Annotated[None, Depends(opened)], b: Annotated[None, Depends(opened, scope="function")]
    ) -> None: ...

    first, second = read(call).dependencies

    assert (first.cache_key != second.cache_key, first.lifetime, second.lifetime) == (
        True,
        "request",
        "function",
    )


def test_scopes_tell_uses_apart_only_where_somebody_reads_them() -> None:
    def reads(scopes: SecurityScopes) -> None: ...

    def call(
        a: Annotated[int, Security(leaf, scopes=["a"])],
        b: Annotated[None, Security(reads, scopes=["a"])],
        c: Annotated[None, Security(reads, scopes=["b"])],
    ) -> None: ...

    one, first, second = read(call).dependencies

    assert first.cache_key != second.cache_key
    assert not uses_scopes(read(leaf))
    assert one.oauth_scopes == ["a"]


def test_a_security_scheme_is_known_through_its_dependency() -> None:
    scheme = HTTPBearer()

    def call(token: Annotated[Any, Depends(scheme)]) -> None: ...

    assert read(call).dependencies[0].security_scheme is scheme


def test_a_longer_lived_dependency_cannot_need_a_shorter_lived_one() -> None:
    def long(a: Annotated[None, Depends(opened, scope="function")]) -> Iterator[None]:
        yield

    with pytest.raises(DependencyScopeError, match="long"):
        read(long)


def test_a_function_without_yield_may_need_any() -> None:
    def plain(a: Annotated[None, Depends(opened, scope="function")]) -> None: ...

    assert read(plain).dependencies[0].lifetime == "function"
