"""Exception handlers that are added while requests are served, by libraries that bring their own errors."""

from typing import Any

import pytest

from laneway import Depends, Laneway, Request, Response
from laneway.responses import PlainTextResponse
from laneway.testing import TestClient


class RefusedError(Exception):
    pass


def refused(request: Request, error: Exception) -> Response:
    return PlainTextResponse("refused", 403)


def own(request: Request, error: Exception) -> Response:
    return PlainTextResponse("refused by the app", 403)


async def brings_handler(request: Request) -> None:
    """What an authentication library does: an app that has no handler for its errors gets one."""
    handlers, _ = request.scope["starlette.exception_handlers"]
    handlers.setdefault(RefusedError, refused)


@pytest.fixture(params=["no layer", "function layer", "ASGI layer"])
def app(request: pytest.FixtureRequest) -> Laneway:
    app = Laneway()

    @app.get("/", dependencies=[Depends(brings_handler)])
    async def refuse() -> None:
        raise RefusedError

    if request.param == "function layer":

        @app.middleware("http")
        async def pass_on(request: Request, call_next: Any) -> Any:
            return await call_next(request)

    elif request.param == "ASGI layer":
        app.add_middleware(lambda app: app)
    return app


def test_a_handler_in_the_scope_answers(app: Laneway) -> None:
    client = TestClient(app)

    assert [client.get("/").text for _ in range(2)] == ["refused", "refused"]


def test_the_apps_own_handler_is_found_there(app: Laneway) -> None:
    app.add_exception_handler(RefusedError, own)

    assert TestClient(app).get("/").text == "refused by the app"


def test_a_mounted_app_has_its_own(app: Laneway) -> None:
    outer = Laneway(exception_handlers={RefusedError: own})
    outer.mount("/inner", app)

    assert TestClient(outer).get("/inner/").text == "refused"


def test_a_handler_that_is_registered_between_two_requests_answers_the_second(app: Laneway) -> None:
    with TestClient(app) as client:
        before = client.get("/")
        app.add_exception_handler(RefusedError, own)
        after = client.get("/")

    assert (before.status_code, before.text) == (403, "refused")
    assert (after.status_code, after.text) == (403, "refused by the app")
