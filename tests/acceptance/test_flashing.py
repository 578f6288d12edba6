"""Messages for the next page."""

from typing import Any

import pytest
from jinja2 import DictLoader, Environment

from laneway import Laneway, Request
from laneway.flashing import flash, flashes, get_flashed_messages
from laneway.middleware import Middleware
from laneway.middleware.sessions import SessionMiddleware
from laneway.templating import Jinja2Templates
from laneway.testing import TestClient

PAGE = "{% for text in get_flashed_messages() %}[{{ text }}]{% endfor %}"


@pytest.fixture
def client() -> TestClient:
    app = Laneway(middleware=[Middleware(SessionMiddleware, secret_key="a" * 32)])
    pages = Jinja2Templates(env=Environment(loader=DictLoader({"page": PAGE})), context_processors=[flashes])

    @app.post("/say/{category}/{text}")
    def say(request: Request, category: str, text: str) -> None:
        flash(request, text, category)

    @app.get("/texts")
    def texts(request: Request) -> Any:
        return [get_flashed_messages(request), get_flashed_messages(request)]

    @app.get("/errors")
    def errors(request: Request) -> Any:
        return get_flashed_messages(request, with_categories=True, category_filter=["error"])

    @app.get("/page")
    def page(request: Request) -> Any:
        return pages.TemplateResponse(request, "page")

    return TestClient(app)


def test_messages_come_in_their_order(client: TestClient) -> None:
    client.post("/say/info/one")
    client.post("/say/info/two")
    assert client.get("/texts").json()[0] == ["one", "two"]


def test_a_request_may_look_twice(client: TestClient) -> None:
    client.post("/say/info/one")
    first, second = client.get("/texts").json()
    assert first == second == ["one"]


def test_the_next_request_gets_none(client: TestClient) -> None:
    client.post("/say/info/one")
    client.get("/texts")
    assert client.get("/texts").json()[0] == []


def test_categories_choose(client: TestClient) -> None:
    client.post("/say/info/saved")
    client.post("/say/error/lost")
    assert client.get("/errors").json() == [["error", "lost"]]


def test_a_template_shows_them(client: TestClient) -> None:
    client.post("/say/info/saved")
    assert client.get("/page").text == "[saved]"
