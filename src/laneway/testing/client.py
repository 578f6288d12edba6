"""A client for coroutine tests."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

import anyio
from starlette.types import ASGIApp

from laneway.testing.library import httpx
from laneway.testing.lifespan import Lifespan
from laneway.testing.transport import AppTransport


class AsyncTestClient(httpx.AsyncClient):
    """A client for coroutine tests; the app runs on the test's own event loop, its lifespan around the block.

    All of `httpx.AsyncClient` is there: requests, cookies, `stream()`. An error of the app, also one of its
    start-up or shutdown, is raised in the test. WebSockets need the synchronous `TestClient`.

    Args:
        app: The app, ours or any other ASGI app.
        base_url: What relative URLs are joined to; its host is what the app sees.
        raise_server_exceptions: Raise the app's unhandled errors; if not, the test sees its reply, status 500.
        root_path: Path prefix under which the app believes to be mounted.
        lifespan: Run the app's start-up and shutdown; set to False for an app without.
        cookies: Sent with every request, extended by the replies.
        headers: Sent with every request.
        follow_redirects: Whether a redirect is followed.
        client: Address and port from which requests seem to come.

    Example:
        ```python
        async def test_an_item_is_found() -> None:
            async with AsyncTestClient(app) as client:
                reply = await client.get("/items/1")

            assert reply.status_code == 200
        ```
    """

    def __init__(
        self,
        app: ASGIApp,
        base_url: str = "http://testserver",
        raise_server_exceptions: bool = True,
        root_path: str = "",
        *,
        lifespan: bool = True,
        cookies: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        follow_redirects: bool = True,
        client: tuple[str, int] = ("testclient", 50000),
    ) -> None:
        self.app = app
        self._lifespan = Lifespan(app) if lifespan else None
        self._app_transport = AppTransport(app, client, root_path, raise_server_exceptions)
        super().__init__(
            base_url=base_url,
            headers={"user-agent": "testclient", **(headers or {})},
            cookies=None if cookies is None else dict(cookies),
            follow_redirects=follow_redirects,
            timeout=None,  # time passes as the test lets it
            transport=self._app_transport,
        )

    async def __aenter__(self) -> Self:
        """Start the app.

        Raises:
            Exception: What the app's start-up raised.
        """
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        try:
            if self._lifespan:
                await self._tasks.start(self._lifespan.run)
                self._app_transport.state = self._lifespan.state
            self._app_transport.tasks = self._tasks
            await super().__aenter__()
        except BaseException:
            await self._end_tasks()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Shut the app down; if the test was cancelled, cancel the app instead of waiting for it.

        Raises:
            Exception: What the app's shutdown raised.
        """
        try:
            if self._lifespan and not isinstance(exc_value, anyio.get_cancelled_exc_class()):
                await self._lifespan.shutdown()
        finally:
            await self._end_tasks()
            await super().__aexit__(exc_type, exc_value, traceback)

    async def _end_tasks(self) -> None:
        """Cancel whatever of the app still runs, and wait until it has ended."""
        self._app_transport.tasks = None
        self._tasks.cancel_scope.cancel()
        # Without the test's own error: a task group would wrap it, and an assertion must arrive as it is.
        await self._tasks.__aexit__(None, None, None)
