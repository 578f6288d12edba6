"""A Flask app that is moved route by route: nobody outside sees where a route is."""

from collections.abc import Iterator

import anyio
import pytest

from examples.from_flask.moving import laneway_app, prefixed
from examples.from_flask.moving.flask_app import create_app
from examples.from_flask.pair import Pair, pair
from laneway import Laneway, Request
from laneway.flashing import get_flashed_messages
from laneway.middleware import Middleware
from laneway.middleware.sessions import SessionMiddleware
from laneway.testing import AsyncTestClient, TestClient
from laneway.wsgi import WSGIMiddleware


@pytest.fixture
def apps() -> Iterator[Pair]:
    """The Flask app alone, and the Flask app as it is being moved."""
    with pair(create_app(), laneway_app.app) as clients:
        yield clients


def test_a_route_that_stays_answers_as_before(apps: Pair) -> None:
    assert apps.same("GET", "/").json() == {"name": None, "messages": []}


def test_a_route_that_has_moved_answers_as_before(apps: Pair) -> None:
    assert apps.same("GET", "/teas/3").json() == {"tea": 3, "for": None}


def test_a_method_that_stays_is_found_beside_one_that_has_moved(apps: Pair) -> None:
    assert apps.same("POST", "/teas/3").json() == {"bought": 3}


def test_a_login_there_is_known_here(apps: Pair) -> None:
    apps.both("POST", "/login", data={"name": "Ann"})
    assert apps.same("GET", "/teas/3").json() == {"tea": 3, "for": "Ann"}


def test_messages_are_shown_once(apps: Pair) -> None:
    apps.both("POST", "/login", data={"name": "Ann"})
    apps.both("POST", "/teas/3")
    shown = [apps.same("GET", "/").json()["messages"] for _ in range(2)]
    assert shown == [["You are logged in.", "You have bought tea 3."], []]


def test_a_message_of_flask_is_read_by_laneway() -> None:
    app = Laneway(middleware=[Middleware(SessionMiddleware, secret_key="change me")])
    app.get("/messages")(read_messages)
    app.mount("/old", WSGIMiddleware(laneway_app.old))
    with TestClient(app) as client:
        client.post("/old/teas/3")
        assert client.get("/messages").json() == ["You have bought tea 3."]


def read_messages(request: Request) -> list[str]:
    return get_flashed_messages(request)


def test_what_nobody_has_is_answered_by_flask(apps: Pair) -> None:
    assert apps.same("GET", "/nowhere").status_code == 404


def test_links_know_the_prefix() -> None:
    with TestClient(prefixed.app) as client:
        reply = client.post("/old/login", data={"name": "Ann"}, follow_redirects=False)
    assert reply.headers["location"] == "/old/"


async def test_slow_pages_of_flask_do_not_add_up() -> None:
    async with AsyncTestClient(prefixed.app) as client:
        with anyio.fail_after(0.9):  # one after the other they would take a second
            async with anyio.create_task_group() as group:
                for _ in range(20):
                    group.start_soon(client.get, "/old/slow")
