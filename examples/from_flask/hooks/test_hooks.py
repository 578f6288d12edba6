"""What runs around every request, and what belongs to one."""

from collections.abc import Iterator

import pytest

from examples.from_flask.hooks import flask_app, laneway_app
from examples.from_flask.pair import Pair, pair


@pytest.fixture
def apps() -> Iterator[Pair]:
    flask_app.log.clear()
    laneway_app.log.clear()
    with pair(flask_app.app, laneway_app.app) as clients:
        yield clients


def test_what_was_found_before_is_known_to_the_endpoint(apps: Pair) -> None:
    assert apps.same("GET", "/user", headers={"X-User": "ann"}).json() == {"user": "ann"}


def test_a_request_may_be_refused_before(apps: Pair) -> None:
    replies = apps.both("GET", "/user", headers={"User-Agent": "robot"})
    assert [reply.status_code for reply in replies] == [403, 403]


def test_what_runs_before_runs_for_routes_only(apps: Pair) -> None:
    replies = apps.both("GET", "/nowhere", headers={"User-Agent": "robot"})
    assert [reply.status_code for reply in replies] == [403, 404]


def test_every_reply_gets_a_header_afterwards(apps: Pair) -> None:
    assert all("x-seconds" in reply.headers for reply in apps.both("GET", "/user"))


def test_a_connection_is_there_when_asked_for(apps: Pair) -> None:
    assert apps.same("GET", "/sum").json() == {"sum": 3}


def test_the_connection_is_closed_at_the_end(apps: Pair) -> None:
    apps.both("GET", "/sum")
    assert flask_app.log == laneway_app.log == ["closed"]


def test_nothing_is_closed_that_was_not_opened(apps: Pair) -> None:
    apps.both("GET", "/user")
    assert flask_app.log == laneway_app.log == []


def test_the_app_is_known_to_the_request(apps: Pair) -> None:
    assert apps.same("GET", "/shop").json() == {"shop": "Teas"}
