"""Celery as a delivery: parcels from the broker to the event loop, and claims that tell who has them."""

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack

from redis.exceptions import RedisError

from laneway.jobs.celery.address import Address
from laneway.jobs.celery.claims import ALIVE_SECONDS, SIGN_SECONDS, Claims, LifeSign
from laneway.jobs.celery.producer import Producer
from laneway.jobs.celery.worker import QueueWorker, running
from laneway.jobs.engine import Receive
from laneway.jobs.errors import JobsError
from laneway.jobs.records import Parcel
from laneway.jobs.redis.client import Client

logger = logging.getLogger("laneway.jobs")

SECOND_LOOK_SECONDS = 2.0 * SIGN_SECONDS  # after the one at which a parcel seemed to be lost
LOOK_SECONDS = 0.5  # between two looks whether the worker that has a parcel is dead
TROUBLE_SECONDS = 1.0  # after an error, before the next try


class CeleryDelivery:
    """See `Delivery`.

    Celery's state is one per process, so an app that runs jobs cannot share its process with another one that does.

    Args:
        address: Where broker and store are.
    """

    _in_use = threading.Lock()

    def __init__(self, address: Address) -> None:
        self._address = address
        self._carried: set[Parcel] = set()
        self._calls: set[Future[None]] = set()
        self._workers: list[QueueWorker] = []
        self._working = ExitStack()
        self._receive: Receive | None = None

    async def start(self, receive: Receive | None, queues: Mapping[str, int]) -> None:
        """See `Delivery.start`.

        Raises:
            JobsError: Another app in this process runs jobs with Celery.
        """
        self._loop = asyncio.get_running_loop()
        self._receive = receive
        self._redis = Client(self._address.store, self._address.name)
        self._claims = Claims(self._redis, secrets.token_hex(8))
        self._producer = Producer(self._address)
        if receive is None:
            return
        try:
            await asyncio.to_thread(self._start_workers, queues)
        except BaseException:
            await self.stop()
            raise

    def _start_workers(self, queues: Mapping[str, int]) -> None:
        if not self._in_use.acquire(blocking=False):
            raise JobsError(
                "another app in this process runs jobs with Celery; let one of them only enqueue: Jobs(..., worker=False)"
            )
        self._working.callback(self._in_use.release)
        sign = LifeSign(self._address.store, self._redis.key(f"worker:{self._claims.worker}"))
        self._working.enter_context(sign)
        self._workers = [
            QueueWorker(self._address, *queue, self._carry_in_thread) for queue in queues.items()
        ]
        self._working.enter_context(running(self._workers))

    async def rest(self) -> None:
        """See `Delivery.rest`."""
        for worker in self._workers:
            worker.rest()

    async def stop(self) -> None:
        """See `Delivery.stop`."""
        for call in list(
            self._calls
        ):  # of functions that were left behind: their threads would stay for ever
            call.cancel()
        await asyncio.to_thread(self._working.close)
        await self._producer.stop()
        await self._redis.close()

    # -- sending

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """See `Delivery.send`."""
        await self._producer.send(parcels)

    # -- receiving

    def _carry_in_thread(self, parcel: Parcel, again: bool) -> None:
        """Hand a parcel to the event loop and wait until it may be forgotten."""
        call = asyncio.run_coroutine_threadsafe(self._carry(parcel, again), self._loop)
        self._calls.add(call)
        try:
            call.result()
        finally:
            self._calls.discard(call)

    async def _carry(self, parcel: Parcel, again: bool) -> None:
        if parcel in self._carried:  # the broker lost the connection to this worker, which goes on
            return
        self._carried.add(parcel)
        try:
            await self._receive_claimed(parcel, again)
        except Exception:
            logger.exception("job %s could not be worked on; it will be delivered again", parcel.job_id)
            await asyncio.sleep(TROUBLE_SECONDS)
            raise
        finally:
            self._carried.discard(parcel)

    async def _receive_claimed(self, parcel: Parcel, again: bool) -> None:
        assert self._receive is not None
        if not await self._claim(parcel, again):
            return
        try:
            await self._receive(parcel)
        finally:
            await self._release(parcel)

    async def _claim(self, parcel: Parcel, again: bool) -> bool:
        """Whether the parcel is ours.

        A parcel that comes a second time may have been sent twice; then who has it keeps it. One that the broker brings
        again may have had a worker that died, which shows when its last sign has faded.
        """
        until = time.monotonic() + (ALIVE_SECONDS + SIGN_SECONDS if again else 0.0)
        while not await self._claims.take(parcel):
            if time.monotonic() > until:
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return True

    async def _release(self, parcel: Parcel) -> None:
        """Let go of a parcel; as long as that fails, all others would believe that it is worked on."""
        while True:
            try:
                return await self._claims.release(parcel)
            except RedisError as error:
                logger.warning("a parcel of job %s cannot be let go of: %s", parcel.job_id, error)
                await asyncio.sleep(TROUBLE_SECONDS)

    # -- looking

    async def missing(self, parcels: Iterable[Parcel]) -> list[Parcel]:
        """See `Delivery.missing`.

        A broker cannot be asked for one parcel. One is missing if its worker died, or if nobody has it and its queue is
        empty, at two looks: it may be just between the two, and a Redis that was started again knows of no worker yet.
        """
        found = await self._seem_lost(list(parcels))
        if found:
            await asyncio.sleep(SECOND_LOOK_SECONDS)
        return await self._seem_lost(found)

    async def _seem_lost(self, parcels: Sequence[Parcel]) -> list[Parcel]:
        if not parcels:
            return []
        states = dict(zip(parcels, await self._claims.held(parcels), strict=True))
        free = {parcel.queue for parcel, state in states.items() if state == "free"}
        empty = {queue for queue in free if not await self._producer.waiting(queue)}
        return [
            parcel
            for parcel, state in states.items()
            if state == "dead" or (state == "free" and parcel.queue in empty)
        ]

    async def tidy(self) -> None:
        """Nothing to do: a broker forgets what was acknowledged."""
