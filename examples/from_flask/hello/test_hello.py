"""The first app of each."""

from examples.from_flask.hello import flask_app, laneway_app
from examples.from_flask.pair import pair


def test_both_say_hello() -> None:
    with pair(flask_app.app, laneway_app.app) as apps:
        assert apps.same("GET", "/").json() == {"hello": "world"}
