"""The client of Redis: commands and scripts, text in and text out."""

import asyncio
import hashlib
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import NoScriptError
from redis.exceptions import TimeoutError as RedisTimeoutError

CONNECTIONS = 20  # of a process; who finds none free waits
CONNECT_SECONDS = 5.0
REPLY_SECONDS = 15.0  # for all tries together, and for a free connection


class Script:
    """A script that Redis runs as a whole.

    Args:
        text: In Lua; `KEYS[1]` is what the names of all its keys begin with.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()  # as Redis calls it


class Client:
    """Connections to a Redis, opened when they are used.

    The library has a method per command, typed for bytes and text, blocking and not, in one. Here is one for all.

    Args:
        url: `redis://host:6379/0`.
        name: What the names of its keys begin with, in braces, so that a cluster keeps them on one node.
    """

    def __init__(self, url: str, name: str) -> None:
        self._at = f"{{{name}}}:"
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=None,
            decode_responses=True,
            health_check_interval=30,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=None,  # the library's own way of waiting loses cancellations on Python 3.11 (wait_for)
        )
        self._redis = Redis.from_pool(pool)

    async def close(self) -> None:
        """Close all connections."""
        await self._redis.aclose()

    def key(self, name: str) -> str:
        """The whole name of a key."""
        return self._at + name

    async def do(self, command: str, *words: str | float) -> Any:
        """The reply to a command.

        Raises:
            RedisError: Redis does not answer, or not as it should.
        """
        try:
            async with asyncio.timeout(REPLY_SECONDS):
                return await self._redis.execute_command(command, *words)
        except TimeoutError as error:
            raise RedisTimeoutError(f"no reply to {command} within {REPLY_SECONDS:g} seconds") from error

    async def run(self, script: Script, *words: str | float) -> Any:
        """What a script gives; it is sent whole only to a Redis that has not seen it.

        Raises:
            RedisError: Redis does not answer, or not as it should.
        """
        try:
            return await self.do("EVALSHA", script.digest, 1, self._at, *words)
        except NoScriptError:
            return await self.do("EVAL", script.text, 1, self._at, *words)
