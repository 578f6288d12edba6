"""Templates, sessions, flashed messages, files and error pages: both apps show the same pages."""

from collections.abc import Iterator

import pytest

from examples.from_flask.pages import flask_app, laneway_app
from examples.from_flask.pair import URL, Pair, pair


@pytest.fixture
def apps() -> Iterator[Pair]:
    with pair(flask_app.app, laneway_app.app) as clients:
        yield clients


def page(apps: Pair, path: str) -> str:
    """What both show, once links say the host or do not."""
    old, new = apps.both("GET", path)
    assert new.status_code == old.status_code
    assert new.text.replace(f'"{URL}/', '"/') == old.text
    return new.text


def test_the_same_templates_give_the_same_page(apps: Pair) -> None:
    assert "<h1>Hello you</h1>\n<p>4.50</p>" in page(apps, "/")


def test_the_session_is_kept(apps: Pair) -> None:
    apps.both("POST", "/login", data={"name": "Ann"})
    assert "<h1>Hello Ann</h1>" in page(apps, "/")


def test_the_session_forgets(apps: Pair) -> None:
    apps.both("POST", "/login", data={"name": "Ann"})
    apps.both("POST", "/logout")
    assert "<h1>Hello you</h1>" in page(apps, "/")


def test_a_message_is_shown_on_the_next_page(apps: Pair) -> None:
    apps.both("POST", "/login", data={"name": "Ann"})
    assert '<p class="info">You are logged in.</p>' in page(apps, "/")


def test_a_message_is_shown_once(apps: Pair) -> None:
    apps.both("POST", "/login", data={"name": "Ann"})
    page(apps, "/")
    assert "You are logged in." not in page(apps, "/")


def test_what_users_write_is_escaped(apps: Pair) -> None:
    apps.both("POST", "/login", data={"name": "<script>"})
    assert "&lt;script&gt;" in page(apps, "/")


def test_an_unknown_page_is_said_in_the_same_words(apps: Pair) -> None:
    assert "There is no such page" in page(apps, "/nowhere")


def test_a_file_is_served(apps: Pair) -> None:
    assert apps.same("GET", "/static/style.css").status_code == 200
