"""Streams, files, work after the reply, and where slow work runs."""

import time
from collections.abc import Iterator

import pytest

from examples.from_flask.pair import Pair, pair
from examples.from_flask.work import flask_app, laneway_app


@pytest.fixture(scope="module")
def apps() -> Iterator[Pair]:
    with pair(flask_app.app, laneway_app.app) as clients:
        yield clients


@pytest.mark.parametrize("path", ["/rows", "/events", "/file", "/wait", "/prices", "/sum"])
def test_both_answer_alike(apps: Pair, path: str) -> None:
    assert apps.same("GET", path).status_code == 200


def test_a_file_is_offered_by_its_name(apps: Pair) -> None:
    seen = [reply.headers["content-disposition"].replace('"', "") for reply in apps.both("GET", "/file")]
    assert seen == ["attachment; filename=tea.txt"] * 2


def test_both_send_a_mail_after_the_reply(apps: Pair) -> None:
    apps.same("POST", "/mail")
    until = time.monotonic() + 10
    while not (flask_app.sent and laneway_app.sent) and time.monotonic() < until:
        time.sleep(0.01)
    assert flask_app.sent == laneway_app.sent == ["ann"]
