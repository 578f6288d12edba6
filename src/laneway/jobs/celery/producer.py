"""Publishes parcels, from one thread: Celery's connections are not made to be shared."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from kombu.connection import Connection

from laneway.jobs.celery.address import Address
from laneway.jobs.celery.application import TASK, make_application, make_queue
from laneway.jobs.celery.claims import parcel_id
from laneway.jobs.records import Parcel

T = TypeVar("T")


class Producer:
    """What publishes parcels and knows how many wait.

    Args:
        address: Where the broker is.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._application = make_application(address, [])
        self._threads = ThreadPoolExecutor(1, "laneway-jobs-producer")
        self._connection: Connection = self._application.connection_for_write()
        self._producer: Any = None

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """Publish parcels; once this returns, the broker has them.

        Raises:
            OperationalError: The broker is gone; some may have been published.
        """
        await self._in_thread(lambda: self._send(parcels))

    def _send(self, parcels: Sequence[Parcel]) -> None:
        if self._producer is None:
            self._producer = self._application.amqp.Producer(self._connection)
        for parcel in parcels:
            self._application.send_task(
                TASK,
                (parcel.job_id, parcel.queue, parcel.delivery),
                task_id=parcel_id(parcel),
                queue=self._queue(parcel.queue),
                producer=self._producer,
            )

    def _queue(self, name: str) -> str:
        """The full name of a queue; it is declared before what is published."""
        queue = make_queue(self._address, name)
        self._application.amqp.queues.setdefault(queue.name, queue)
        return str(queue.name)

    async def waiting(self, queue: str) -> int:
        """How many parcels of a queue no worker has; 0 if the broker does not know the queue.

        Raises:
            OperationalError: The broker is gone.
        """
        return await self._in_thread(lambda: self._waiting(queue))

    def _waiting(self, queue: str) -> int:
        with self._connection.channel() as channel:
            try:
                declared = make_queue(self._address, queue).bind(channel).queue_declare(passive=True)
            except self._connection.channel_errors:
                return 0
            return int(declared.message_count)

    async def stop(self) -> None:
        """Close the connection and end the thread."""
        await self._in_thread(self._connection.release)
        self._threads.shutdown()
