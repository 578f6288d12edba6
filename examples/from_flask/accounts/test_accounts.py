"""A database and logins: the same models under both apps."""

from collections.abc import Iterator

import pytest

from examples.from_flask.accounts import flask_app, laneway_app
from examples.from_flask.accounts.models import engine
from examples.from_flask.pair import Pair, pair

ANN = {"name": "ann", "password": "leaf"}


@pytest.fixture
def apps() -> Iterator[Pair]:
    with pair(flask_app.app, laneway_app.app) as clients:
        yield clients


@pytest.fixture(scope="module", autouse=True)
def no_open_connections() -> Iterator[None]:
    yield
    engine.dispose()


def test_a_stranger_is_refused(apps: Pair) -> None:
    assert [reply.status_code for reply in apps.both("GET", "/me")] == [401, 401]


def test_whoever_has_logged_in_is_known(apps: Pair) -> None:
    apps.same("POST", "/login", data=ANN)
    assert apps.same("GET", "/me").json() == {"name": "ann"}


def test_a_wrong_password_is_refused(apps: Pair) -> None:
    replies = apps.both("POST", "/login", data=ANN | {"password": "root"})
    assert [reply.status_code for reply in replies] == [401, 401]


def test_a_page_of_another_origin_may_ask(apps: Pair) -> None:
    reply = apps.laneway.get("/me", headers={"Origin": "https://shop.example"})
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
