"""The asynchronous test client against real apps, Laneway's and plain ASGI ones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest
from starlette.types import Receive, Scope, Send

from laneway import BackgroundTasks, Depends, Laneway, Request, Response
from laneway.responses import RedirectResponse, StreamingResponse
from laneway.testing import AsyncTestClient, LifespanError, TestClient


class Journal:
    """An app's lifespan that writes down what happened."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @asynccontextmanager
    async def lifespan(self, app: Laneway) -> AsyncIterator[dict[str, object]]:
        self.lines.append("start")
        try:
            yield {"database": "open"}
        finally:
            self.lines.append("stop")


@pytest.fixture
def journal() -> Journal:
    return Journal()


async def state(request: Request) -> str:
    return str(request.state.database)


async def echo(request: Request) -> Response:
    return Response(await request.body())


async def set_cookie(response: Response) -> None:
    response.set_cookie("user", "ann")


async def cookie(request: Request) -> str:
    return request.cookies.get("user", "nobody")


async def seen(request: Request) -> dict[str, object]:
    return {
        "url": str(request.url),
        "agent": request.headers["user-agent"],
        "token": request.headers.get("token"),
        "client": request.client and request.client.host,
        "root_path": request.scope["root_path"],
    }


async def redirect() -> Response:
    return RedirectResponse("/cookie")


async def fail() -> None:
    raise ValueError("no such thing")


async def background(request: Request, tasks: BackgroundTasks) -> str:
    tasks.add_task(request.app.state.journal.lines.append, "background")
    return "accepted"


async def endless(request: Request) -> Response:
    async def numbers() -> AsyncIterator[str]:
        try:
            for number in range(1_000_000):
                yield f"{number}\n"
                await anyio.sleep(0.001)
        finally:
            request.app.state.journal.lines.append("stream closed")

    return StreamingResponse(numbers())


@pytest.fixture
def app(journal: Journal) -> Laneway:
    """An app with one endpoint per thing that a client can see, `/set-cookie` for `set_cookie`."""
    app = Laneway(lifespan=journal.lifespan)
    app.state.journal = journal
    app.post("/echo")(echo)
    for endpoint in (state, set_cookie, cookie, seen, redirect, fail, background, endless):
        app.get(f"/{endpoint.__name__.replace('_', '-')}")(endpoint)
    return app


async def test_the_lifespan_runs_around_the_block(app: Laneway, journal: Journal) -> None:
    """Start-up comes before the first line of the block, shutdown after the last."""
    async with AsyncTestClient(app):
        assert journal.lines == ["start"]
    assert journal.lines == ["start", "stop"]


async def test_requests_see_the_lifespan_state(app: Laneway) -> None:
    """What the lifespan yields is on `request.state`."""
    async with AsyncTestClient(app) as client:
        assert (await client.get("/state")).json() == "open"


async def test_the_app_runs_on_the_loop_of_the_test() -> None:
    """An event set in an endpoint wakes the test: both belong to one loop."""
    app, event = Laneway(), anyio.Event()

    @app.post("/event")
    async def set_event() -> None:
        event.set()

    async with AsyncTestClient(app) as client:
        await client.post("/event")
        await event.wait()


async def test_a_request_body_arrives_whole(app: Laneway) -> None:
    """A body sent in parts is read as one."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    async with AsyncTestClient(app) as client:
        reply = await client.post("/echo", content=parts())

    assert reply.content == b"one two"


async def test_cookies_of_a_reply_are_sent_back(app: Laneway) -> None:
    """The client keeps a jar, as a browser does."""
    async with AsyncTestClient(app) as client:
        await client.get("/set-cookie")

        assert (await client.get("/cookie")).json() == "ann"


async def test_cookies_can_be_given_to_the_client(app: Laneway) -> None:
    """Cookies from the constructor go with every request."""
    async with AsyncTestClient(app, cookies={"user": "bob"}) as client:
        assert (await client.get("/cookie")).json() == "bob"


async def test_the_app_sees_where_the_client_says_it_is(app: Laneway) -> None:
    """Base URL, headers, root path and client address reach the app."""
    client = AsyncTestClient(
        app, "https://shop.test:8443", root_path="/v1", headers={"token": "t"}, client=("192.0.2.7", 1)
    )
    async with client:
        seen = (await client.get("/seen")).json()

    assert seen == {
        "url": "https://shop.test:8443/seen",
        "agent": "testclient",
        "token": "t",
        "client": "192.0.2.7",
        "root_path": "/v1",
    }


async def test_redirects_are_followed(app: Laneway) -> None:
    """As with the synchronous test client."""
    async with AsyncTestClient(app) as client:
        assert (await client.get("/redirect")).status_code == 200


async def test_redirects_can_be_looked_at(app: Laneway) -> None:
    """A test of the redirect itself turns following off."""
    async with AsyncTestClient(app, follow_redirects=False) as client:
        assert (await client.get("/redirect")).status_code == 307


async def test_an_error_of_an_endpoint_is_raised_in_the_test(app: Laneway) -> None:
    """A test sees the error itself, not a reply with status 500."""
    async with AsyncTestClient(app) as client:
        with pytest.raises(ValueError, match="no such thing"):
            await client.get("/fail")


async def test_an_error_of_an_endpoint_can_be_seen_as_a_client_sees_it(app: Laneway) -> None:
    """`raise_server_exceptions=False` gives the reply."""
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        assert (await client.get("/fail")).status_code == 500


async def test_background_work_is_done_when_the_reply_is_there(app: Laneway, journal: Journal) -> None:
    """A test needs no waiting to see what a background task did."""
    async with AsyncTestClient(app) as client:
        await client.get("/background")

        assert "background" in journal.lines


async def test_a_stream_is_read_while_it_is_written(app: Laneway, journal: Journal) -> None:
    """The head and the first lines are there long before the end."""
    async with AsyncTestClient(app) as client, client.stream("GET", "/endless") as reply:
        lines = reply.aiter_lines()

        assert [await anext(lines), await anext(lines)] == ["0", "1"]
        assert "stream closed" not in journal.lines


async def test_leaving_a_stream_ends_it_in_the_app(app: Laneway, journal: Journal) -> None:
    """An endless stream is closed when its client goes."""
    async with AsyncTestClient(app) as client:
        async with client.stream("GET", "/endless") as reply:
            await anext(reply.aiter_lines())

        assert "stream closed" in journal.lines


async def test_an_error_of_the_startup_is_raised() -> None:
    """The block is not entered."""

    @asynccontextmanager
    async def lifespan(app: Laneway) -> AsyncIterator[None]:
        raise OSError("no database")
        yield

    with pytest.raises(OSError, match="no database"):
        async with AsyncTestClient(Laneway(lifespan=lifespan)):
            pytest.fail("entered")


async def test_an_error_of_the_shutdown_is_raised() -> None:
    """It is raised where the block ends."""

    @asynccontextmanager
    async def lifespan(app: Laneway) -> AsyncIterator[None]:
        yield
        raise OSError("could not flush")

    client = AsyncTestClient(Laneway(lifespan=lifespan))
    await client.__aenter__()
    with pytest.raises(OSError, match="could not flush"):
        await client.__aexit__()


async def test_an_error_of_the_test_itself_arrives_unchanged(app: Laneway, journal: Journal) -> None:
    """A failed assertion is no group of errors, and the app is shut down all the same."""
    with pytest.raises(AssertionError, match="wrong price"):
        async with AsyncTestClient(app):
            raise AssertionError("wrong price")

    assert journal.lines == ["start", "stop"]


async def test_a_cancelled_test_leaves_nothing_behind(app: Laneway, journal: Journal) -> None:
    """Requests and lifespan are left through their `finally`, and no task remains (the suite checks that)."""
    test = anyio.CancelScope()

    @app.get("/cancel")
    async def cancel() -> None:
        try:
            test.cancel()
            await anyio.sleep_forever()
        finally:
            journal.lines.append("request ended")

    with test:
        async with AsyncTestClient(app) as client:
            await client.get("/cancel")

    assert sorted(journal.lines) == ["request ended", "start", "stop"]


async def test_a_cancelled_request_ends_in_the_app() -> None:
    """A request given up by the test does not go on in the background."""
    app, ended = Laneway(), anyio.Event()

    @app.get("/slow")
    async def slow() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    async with AsyncTestClient(app) as client:
        with anyio.move_on_after(0.05):
            await client.get("/slow")
        with anyio.fail_after(1):
            await ended.wait()


async def test_requests_run_side_by_side() -> None:
    """Two requests that wait for each other both finish."""
    app, met = Laneway(), anyio.Event()

    @app.get("/wait")
    async def wait() -> None:
        await met.wait()

    @app.get("/meet")
    async def meet() -> None:
        met.set()

    async with AsyncTestClient(app) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(client.get, "/wait")
        await client.get("/meet")


async def test_an_app_that_breaks_off_its_lifespan_is_an_error() -> None:
    """A start-up that is never finished is not taken for one that is."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    with pytest.raises(LifespanError, match=r"before it reported lifespan\.startup\.complete"):
        async with AsyncTestClient(app):
            pytest.fail("entered")


async def test_a_plain_asgi_app_is_served_without_lifespan() -> None:
    """`lifespan=False` is for apps that know only requests."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with AsyncTestClient(app, lifespan=False) as client:
        assert (await client.get("/")).status_code == 204


async def test_an_app_that_does_not_reply_is_an_error() -> None:
    """The request does not wait for ever."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    async with AsyncTestClient(app, lifespan=False) as client:
        with pytest.raises(RuntimeError, match="without a reply"):
            await client.get("/")


async def test_a_client_that_was_not_entered_says_so(app: Laneway) -> None:
    """The message shows the block that is missing."""
    client = AsyncTestClient(app)
    with pytest.raises(RuntimeError, match="async with AsyncTestClient"):
        await client.get("/state")


def test_the_client_works_on_trio(app: Laneway, journal: Journal) -> None:
    """The client itself uses nothing of asyncio's."""
    pytest.importorskip("trio")

    async def talk() -> str:
        async with AsyncTestClient(app) as client:
            return str((await client.get("/state")).json())

    assert anyio.run(talk, backend="trio") == "open"
    assert journal.lines == ["start", "stop"]


async def test_an_override_holds_while_the_client_talks() -> None:
    """A fake takes the dependency's place for a block, as with the synchronous client."""
    app = Laneway()

    async def price() -> int:
        return 100

    @app.get("/price")
    async def read_price(price: int = Depends(price)) -> int:
        return price

    async with AsyncTestClient(app) as client:
        with app.override({price: lambda: 1}):
            assert (await client.get("/price")).json() == 1
        assert (await client.get("/price")).json() == 100


def test_the_synchronous_client_is_starlettes(app: Laneway) -> None:
    """`laneway.testing` gives both."""
    with TestClient(app) as client:
        assert client.get("/state").json() == "open"
