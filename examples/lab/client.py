"""The ten requests, sent by a real client over the server's own socket.

A page could not send them: browsers open six connections to a server and let the other four wait.
"""

import asyncio
import time
from collections.abc import Callable

import httpx2 as httpx

from .work import REQUESTS, Span

TIMEOUT_SECONDS = 60

Told = Callable[[int, float, Span | None], None]
"""Gets a request's number, the time on `time.monotonic()`, and when its handler ran once the answer is there."""


def send_all(url: httpx.URL, tell: Told) -> None:
    """Send every request at once and return with the last answer; for a thread that has no event loop.

    Of its own loop: on the server's, the client would stand still with it and measure wrong.

    Raises:
        ExceptionGroup: Of the client's errors, such as that of an answer that is none.
    """
    asyncio.run(_send_all(url, tell))


async def _send_all(url: httpx.URL, tell: Told) -> None:
    # Without the environment: a proxy that it names is not for this machine.
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client,
        asyncio.TaskGroup() as group,
    ):
        for number in range(REQUESTS):
            group.create_task(_send(client, url, number, tell))


async def _send(client: httpx.AsyncClient, url: httpx.URL, number: int, tell: Told) -> None:
    tell(number, time.monotonic(), None)
    answer = (await client.get(url)).raise_for_status()
    tell(number, time.monotonic(), Span.model_validate_json(answer.content))
