"""As Laneway's users write tests."""

from typer.testing import CliRunner

from examples.from_flask.factory.laneway_app import create_app
from examples.from_flask.hooks import laneway_app as hooks
from examples.from_flask.reading.laneway_app import app
from examples.from_flask.routes import laneway_app as routes
from laneway.testing import TestClient

SENCHA = {"name": "Sencha", "price": 4.5}


class Fake:
    def execute(self, sql):
        return self

    def fetchone(self):
        return [42]


def test_a_query_is_read():
    with TestClient(app) as client:
        reply = client.get("/search", params={"q": "tea"})
        assert reply.json()["q"] == "tea"


def test_a_form_is_read():
    client = TestClient(app)
    reply = client.post("/form", data={"name": "Ann"})
    assert reply.json()["name"] == "Ann"


def test_json_is_read():
    client = TestClient(app)
    reply = client.post("/json", json=SENCHA)
    assert reply.json() == SENCHA


def test_text_comes_back():
    reply = TestClient(app).get("/text")
    assert reply.text == "plain"


def test_a_cookie_is_read():
    client = TestClient(app)
    client.cookies.set("theme", "dark")
    assert client.get("/client").json()["theme"] == "dark"


def test_a_redirect_is_not_followed():
    reply = TestClient(routes.app).get("/old", follow_redirects=False)
    assert reply.status_code == 302


def test_the_database_is_another_one():
    with hooks.app.override({hooks.get_db: Fake}):
        assert TestClient(hooks.app).get("/sum").json() == {"sum": 42}


def test_a_command_greets():
    words = ["greet", "Ann"]
    assert CliRunner().invoke(create_app().cli, words).output == "Hello Ann\n"
