"""The policy `raise` in a running app: the reply of a request that blocked the loop is an error."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from laneway import Laneway
from laneway.guard import BlockedLoopError, GuardSettings, guarding
from laneway.responses import StreamingResponse
from laneway.testing import TestClient

from .live_server import Crowd, LiveServer

pytestmark = pytest.mark.blocking_ok  # handlers block on purpose, to be told

BLOCK_SECONDS = 0.4


def make_app(policy: str = "raise", **options: object) -> Laneway:
    @asynccontextmanager
    async def guarded(app: Laneway) -> AsyncIterator[None]:
        async with guarding(GuardSettings.parse(policy)):
            yield

    app = Laneway(openapi_url=None, lifespan=guarded, **options)  # type: ignore[arg-type]  # spread

    @app.get("/ping")
    async def ping() -> str:
        return "pong"

    @app.get("/slow")
    async def slow() -> str:
        time.sleep(BLOCK_SECONDS)  # noqa: ASYNC251  # on purpose
        return "done"

    @app.get("/plain")
    def plain() -> str:
        time.sleep(BLOCK_SECONDS)
        return "done"

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"a"
            await asyncio.sleep(0.05)
            time.sleep(BLOCK_SECONDS)  # noqa: ASYNC251  # on purpose
            yield b"b"

        return StreamingResponse(parts())

    return app


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(make_app()) as client:
        client.get("/ping")
        time.sleep(0.2)  # the guard gets to know the loop
        yield client


def test_the_error_names_the_line_and_what_to_write_instead(client: TestClient) -> None:
    with pytest.raises(BlockedLoopError) as error:
        client.get("/slow")

    assert "GET /slow blocked the event loop" in str(error.value)
    assert "time.sleep(BLOCK_SECONDS)" in str(error.value)
    assert "await asyncio.sleep(BLOCK_SECONDS)" in str(error.value)


@pytest.mark.parametrize("path", ["/ping", "/plain"])
def test_who_blocks_nothing_is_answered(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_a_server_answers_500_and_says_why_in_debug_mode() -> None:
    with LiveServer(make_app(debug=True)) as server:
        server.get("/ping")
        time.sleep(0.2)
        reply = server.get("/slow")

    assert (reply.status_code, "GET /slow blocked the event loop" in reply.text) == (500, True)


def test_others_are_answered_meanwhile() -> None:
    with LiveServer(make_app()) as server:
        server.get("/ping")
        time.sleep(0.2)
        with Crowd(server, "/ping", 5, again=True) as crowd:
            status = server.get("/slow").status_code

    assert (status, set(crowd.statuses)) == (500, {200})


def test_what_blocks_after_the_reply_has_begun_is_told_at_the_end() -> None:
    """There is no reply left to change."""
    client = TestClient(make_app())
    client.__enter__()
    client.get("/ping")
    time.sleep(0.2)

    assert client.get("/stream").content == b"ab"
    with pytest.raises(BlockedLoopError, match="GET /stream"):
        client.__exit__(None, None, None)


def test_what_a_reply_has_told_is_not_told_again_at_the_end() -> None:
    with TestClient(make_app(), raise_server_exceptions=False) as client:
        client.get("/ping")
        time.sleep(0.2)

        assert client.get("/slow").status_code == 500


def test_another_policy_puts_nothing_around_the_app() -> None:
    app = make_app("warn")
    with TestClient(app) as client:
        client.get("/ping")

        assert app.user_middleware == []


def test_an_app_that_stops_is_as_it_was() -> None:
    app = make_app()
    with TestClient(app) as client:
        client.get("/ping")

    assert app.user_middleware == []
