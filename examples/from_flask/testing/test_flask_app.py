"""As Flask's users write tests."""

from unittest.mock import patch

from examples.from_flask.factory.flask_app import create_app
from examples.from_flask.hooks import flask_app as hooks
from examples.from_flask.reading.flask_app import app
from examples.from_flask.routes import flask_app as routes

SENCHA = {"name": "Sencha", "price": 4.5}


class Fake:
    def execute(self, sql):
        return self

    def fetchone(self):
        return [42]


def test_a_query_is_read():
    client = app.test_client()
    reply = client.get("/search", query_string={"q": "tea"})
    assert reply.json["q"] == "tea"


def test_a_form_is_read():
    client = app.test_client()
    reply = client.post("/form", data={"name": "Ann"})
    assert reply.json["name"] == "Ann"


def test_json_is_read():
    client = app.test_client()
    reply = client.post("/json", json=SENCHA)
    assert reply.json == SENCHA


def test_text_comes_back():
    reply = app.test_client().get("/text")
    assert reply.text == "plain"


def test_a_cookie_is_read():
    client = app.test_client()
    client.set_cookie("theme", "dark")
    assert client.get("/client").json["theme"] == "dark"


def test_a_redirect_is_not_followed():
    reply = routes.app.test_client().get("/old")
    assert reply.status_code == 302


def test_the_database_is_another_one():
    with patch.object(hooks, "get_db", Fake):
        assert hooks.app.test_client().get("/sum").json == {"sum": 42}


def test_a_command_greets():
    words = ["greet", "Ann"]
    assert create_app().test_cli_runner().invoke(args=words).output == "Hello Ann\n"
