"""Which worker has which parcel, and whether it lives: in Redis, where all can see it."""

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from redis import Redis
from redis.exceptions import RedisError

from laneway.jobs.records import Parcel
from laneway.jobs.redis.client import Client, Script

logger = logging.getLogger("laneway.jobs")

ALIVE_SECONDS = 5.0  # that a worker is believed to live after its last sign
SIGN_SECONDS = 1.0  # between two signs

CLAIM = Script("""
local at, parcel, worker = KEYS[1], ARGV[1], ARGV[2]
local holder = redis.call('HGET', at .. 'claims', parcel)
if holder and holder ~= worker and redis.call('EXISTS', at .. 'worker:' .. holder) == 1 then
    return 0
end
redis.call('HSET', at .. 'claims', parcel, worker)
return 1
""")
"""A parcel for a worker, unless another one that lives has it; gives 1 if it has it now."""

RELEASE = Script("""
local at, parcel, worker = KEYS[1], ARGV[1], ARGV[2]
if redis.call('HGET', at .. 'claims', parcel) == worker then
    redis.call('HDEL', at .. 'claims', parcel)
end
""")
"""A parcel that its worker is done with."""

HELD = Script("""
local at, held = KEYS[1], {}
for place, parcel in ipairs(ARGV) do
    local holder = redis.call('HGET', at .. 'claims', parcel)
    held[place] = not holder and 'free' or redis.call('EXISTS', at .. 'worker:' .. holder) == 1 and 'held' or 'dead'
end
return held
""")
"""For each parcel: `free`, or `held` by a worker that lives, or by a `dead` one."""


def parcel_id(parcel: Parcel) -> str:
    """What a parcel is called, here and as a task of Celery."""
    return f"{parcel.job_id}.{parcel.delivery}"


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one process.

    Attributes:
        redis: Where they are kept.
        worker: What this process is called.
    """

    redis: Client
    worker: str

    async def take(self, parcel: Parcel) -> bool:
        """Whether this worker has the parcel now; another one that lives may have it."""
        return bool(await self.redis.run(CLAIM, parcel_id(parcel), self.worker))

    async def release(self, parcel: Parcel) -> None:
        """This worker does not have it any more."""
        await self.redis.run(RELEASE, parcel_id(parcel), self.worker)

    async def held(self, parcels: Sequence[Parcel]) -> list[str]:
        """For each parcel: `free`, `held` by a worker that lives, or by a `dead` one."""
        return list(await self.redis.run(HELD, *map(parcel_id, parcels)))


class LifeSign:
    """Tells that this worker lives, from a thread of its own: a blocked event loop is no death.

    Args:
        url: Of the Redis with the claims.
        key: Of the sign, which fades.
    """

    def __init__(self, url: str, key: str) -> None:
        self._redis = Redis.from_url(url, socket_timeout=SIGN_SECONDS)
        self._key = key
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name="laneway-jobs-alive", daemon=True)

    def __enter__(self) -> Self:
        self._give()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        with suppress(RedisError):  # gone, and the sign fades
            self._redis.delete(self._key)
        self._redis.close()

    def _give(self) -> None:
        self._redis.set(self._key, "alive", px=int(ALIVE_SECONDS * 1000))

    def _repeat(self) -> None:
        while not self._over.wait(SIGN_SECONDS):
            try:
                self._give()
            except RedisError as error:
                logger.warning("a worker cannot tell that it lives: %s", error)
