"""Factories: configuration, commands, log messages."""

import pytest
from typer.testing import CliRunner

from examples.from_flask.factory import flask_app, laneway_app
from examples.from_flask.factory.laneway_app import Settings
from examples.from_flask.pair import pair


def test_the_default_is_used() -> None:
    with pair(flask_app.create_app(), laneway_app.create_app()) as apps:
        assert apps.same("GET", "/").json() == {"greeting": "Hello"}


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_GREETING", "Welcome")
    with pair(flask_app.create_app(), laneway_app.create_app()) as apps:
        assert apps.same("GET", "/").json() == {"greeting": "Welcome"}


def test_a_test_gives_its_own() -> None:
    old, new = flask_app.create_app({"GREETING": "Hi"}), laneway_app.create_app(Settings(greeting="Hi"))
    with pair(old, new) as apps:
        assert apps.same("GET", "/").json() == {"greeting": "Hi"}


def test_both_log(caplog: pytest.LogCaptureFixture) -> None:
    with pair(flask_app.create_app(), laneway_app.create_app()) as apps:
        apps.same("GET", "/")
    assert caplog.messages.count("somebody came") == 2


def test_a_command_has_the_same_words() -> None:
    words = ["greet", "Ann", "--times", "2"]
    old = flask_app.create_app().test_cli_runner().invoke(args=words)
    new = CliRunner().invoke(laneway_app.create_app().cli, words)
    assert new.output == old.output == "Hello Ann\nHello Ann\n"
