"""Requests and replies: what both apps answer alike, and where they differ."""

from collections.abc import Iterator

import pytest

from examples.from_flask.pair import Pair, pair
from examples.from_flask.reading import flask_app, laneway_app


@pytest.fixture
def apps() -> Iterator[Pair]:
    with pair(flask_app.app, laneway_app.app) as clients:
        yield clients


@pytest.mark.parametrize(
    ("method", "path", "request_"),
    [
        ("GET", "/search?q=tea&page=2&tag=green&tag=hot", {}),
        ("GET", "/search?q=tea", {}),
        ("POST", "/form", {"data": {"name": "Ann", "age": "30"}}),
        ("POST", "/form", {"data": {"name": "Ann"}}),
        ("POST", "/json", {"json": {"name": "Sencha", "price": 4.5}}),
        ("POST", "/upload", {"files": {"file": ("leaf.txt", b"green", "text/plain")}}),
        ("POST", "/raw", {"content": b"12345"}),
        ("GET", "/client", {"headers": {"X-Token": "t", "Cookie": "theme=dark"}}),
        ("GET", "/client", {}),
        ("GET", "/theme/dark", {}),
        ("GET", "/text", {}),
        ("GET", "/page", {}),
        ("GET", "/list", {}),
        ("GET", "/missing", {}),
        ("GET", "/nowhere", {}),
        ("GET", "/cold", {}),
    ],
)
def test_both_answer_alike(apps: Pair, method: str, path: str, request_: dict[str, object]) -> None:
    apps.same(method, path, **request_)


def test_the_request_knows_the_same(apps: Pair) -> None:
    assert apps.same("GET", "/request?a=1").json()["url"] == "http://testserver/request?a=1"


def test_a_cookie_is_set_and_comes_back(apps: Pair) -> None:
    apps.both("GET", "/theme/dark")
    assert apps.same("GET", "/client").json()["theme"] == "dark"


@pytest.mark.parametrize(
    ("method", "path", "request_"),
    [
        ("GET", "/search", {}),
        ("POST", "/form", {"data": {"age": "30"}}),
        ("POST", "/upload", {}),
    ],
)
def test_what_is_missing_is_400_there_and_422_here(
    apps: Pair, method: str, path: str, request_: dict[str, object]
) -> None:
    assert [reply.status_code for reply in apps.both(method, path, **request_)] == [400, 422]


def test_a_number_that_is_none_is_ignored_there_and_named_here(apps: Pair) -> None:
    old, new = apps.both("GET", "/search?q=tea&page=two")
    assert (old.json()["page"], new.json()["detail"][0]["loc"]) == (1, ["query", "page"])


def test_json_of_another_shape_breaks_the_one_and_is_explained_by_the_other(apps: Pair) -> None:
    old, new = apps.both("POST", "/json", json={"name": "Sencha"})
    assert (old.status_code, new.status_code) == (500, 422)


def test_an_error_is_a_page_there_and_json_here(apps: Pair) -> None:
    old, new = apps.both("GET", "/secret")
    assert (old.status_code, old.headers["content-type"], new.status_code, new.json()) == (
        403,
        "text/html; charset=utf-8",
        403,
        {"detail": "Forbidden"},
    )
