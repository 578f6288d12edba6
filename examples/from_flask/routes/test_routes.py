"""Routes: what both apps answer alike, and where they differ."""

from collections.abc import Iterator

import pytest

from examples.from_flask.pair import Pair, pair
from examples.from_flask.routes import flask_app, laneway_app


@pytest.fixture
def apps() -> Iterator[Pair]:
    with pair(flask_app.app, laneway_app.app) as clients:
        yield clients


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/items", 200),
        ("POST", "/items", 200),
        ("PUT", "/items/3", 200),
        ("GET", "/items/3", 200),
        ("GET", "/prices/2.5", 200),
        ("GET", "/keys/12345678-1234-5678-1234-567812345678", 200),
        ("GET", "/words/tea", 200),
        ("GET", "/files/a/b.txt", 200),
        ("GET", "/sizes/large", 200),
        ("GET", "/teas/", 200),
        ("GET", "/teas/3", 200),
        ("GET", "/where/tea", 200),
        ("POST", "/made", 201),
        ("GET", "/shop/visits", 200),
        ("GET", "/basket", 200),
    ],
)
def test_both_answer_alike(apps: Pair, method: str, path: str, status: int) -> None:
    assert apps.same(method, path).status_code == status


def test_headers_are_set_alike(apps: Pair) -> None:
    assert [reply.headers["x-made"] for reply in apps.both("POST", "/made")] == ["yes", "yes"]


def test_a_redirect_leads_to_the_same_place(apps: Pair) -> None:
    seen = [(reply.status_code, reply.headers["location"]) for reply in apps.both("GET", "/old")]
    assert seen == [(302, "/words/new")] * 2


def test_a_reply_without_body_has_none(apps: Pair) -> None:
    assert [(reply.status_code, reply.content) for reply in apps.both("DELETE", "/basket")] == [
        (204, b"")
    ] * 2


def test_a_converter_in_the_path_gives_404(apps: Pair) -> None:
    assert [reply.status_code for reply in apps.both("GET", "/items/tea")] == [404, 404]


def test_a_type_hint_gives_422_with_the_reason(apps: Pair) -> None:
    old, new = apps.both("GET", "/sizes/huge")
    assert (old.status_code, new.status_code) == (404, 422)


def test_a_missing_slash_is_corrected_by_both(apps: Pair) -> None:
    old, new = apps.both("GET", "/teas")
    assert (old.status_code, new.status_code) == (308, 307)


def test_a_superfluous_slash_is_corrected_here(apps: Pair) -> None:
    old, new = apps.both("GET", "/words/tea/")
    assert (old.status_code, new.status_code) == (404, 307)


def test_there_the_most_precise_route_serves_and_here_the_first(apps: Pair) -> None:
    old, new = apps.both("GET", "/words/new")
    assert (old.json(), new.json()) == ({"words": ["matcha"]}, {"word": "new"})


def test_a_wrong_method_is_named(apps: Pair) -> None:
    assert [reply.status_code for reply in apps.both("PATCH", "/words/tea")] == [405, 405]
