"""Celery's worker, one for each queue, in threads of this process."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from celery.concurrency.thread import TaskPool
from celery.exceptions import CPendingDeprecationWarning, Reject
from celery.worker import WorkController
from celery.worker import state as celery_state
from celery.worker.consumer import Consumer
from kombu.asynchronous import set_event_loop
from kombu.common import ignore_errors

from laneway.jobs.celery.address import Address
from laneway.jobs.celery.application import TASK, make_application
from laneway.jobs.records import Parcel

logger = logging.getLogger("laneway.jobs")

RESTART_SECONDS = 2.0  # before a Celery worker that gave up is replaced
WAKE_SECONDS = 0.05  # between two calls to a Celery worker that is told to stop
DELAYED = "celery.worker.consumer.delayed_delivery:DelayedDelivery"

Carry = Callable[[Parcel, bool], None]
"""Works on a parcel and returns when it may be forgotten; told whether the broker brings it again."""


class ParcelConsumer(Consumer):  # type: ignore[misc]  # Celery has no types
    """Celery's consumer without the thirty queues that it declares for delays; ours wait in the store."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]
        """The steps of its start."""

        default_steps = tuple(step for step in Consumer.Blueprint.default_steps if step != DELAYED)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Let running jobs go on; that Celery will do otherwise one day is a warning, and may be an error."""
        with suppress(CPendingDeprecationWarning):
            super().on_connection_error_after_connected(exc)


class ParcelPool(TaskPool):  # type: ignore[misc]
    """Celery's threads, which know the application they work for: there may be others in this process."""

    def __init__(self, limit: int, *, app: Any, **options: Any) -> None:
        super().__init__(limit, app=app, **options)
        self.executor = ThreadPoolExecutor(limit, "laneway-jobs-place", initializer=app.set_current)


class QuietController(WorkController):  # type: ignore[misc]
    """Celery's worker, which leaves this process as it was when it ends.

    Celery's own sets a timeout for all sockets that anything in the process makes meanwhile; of two that end at once, for
    good.
    """

    def _shutdown(self, warm: bool = True) -> None:
        self.blueprint.stop(self, terminate=not warm)
        self.blueprint.join()


def _add_task(application: Any, carry: Carry) -> None:
    """Celery's task: a parcel is acknowledged when this returns."""

    def parcel(task: Any, job_id: str, queue: str, delivery: int) -> None:
        info = task.request.delivery_info or {}
        try:
            carry(Parcel(job_id, queue, delivery), bool(info.get("redelivered")))
        except Exception as error:
            raise Reject(error, requeue=True) from error

    application.task(parcel, name=TASK, bind=True, shared=False)


class QueueWorker:
    """Celery's worker for one queue, with a thread for each place.

    Args:
        address: Where the broker is.
        queue: What it consumes.
        places: How many parcels it has at once.
        carry: What it does with each, in one of its threads.
    """

    _making = threading.Lock()

    def __init__(self, address: Address, queue: str, places: int, carry: Carry) -> None:
        self._address = address
        self._queue = queue
        self._places = places
        self._carry = carry
        self._over = threading.Event()
        self._worker: Any = None
        self._thread = threading.Thread(target=self._main, name=f"laneway-jobs-{queue}", daemon=True)

    def start(self) -> None:
        """Begin to consume; a broker that is not there yet is waited for."""
        self._thread.start()

    def _main(self) -> None:
        while not self._over.is_set():
            self._worker = self._make()
            self._worker.start()  # returns when it was told to stop, or gave up
            if not self._over.is_set():
                logger.error("Celery's worker for the queue %s gave up; it is started again", self._queue)
                self._over.wait(RESTART_SECONDS)

    def _make(self) -> Any:
        application = make_application(self._address, [self._queue])
        _add_task(application, self._carry)
        with self._making:  # Celery hands a new worker the event loop of the last one made in this process
            set_event_loop(None)
            try:
                return QuietController(
                    app=application,
                    pool=ParcelPool,
                    concurrency=self._places,
                    consumer_cls=ParcelConsumer,
                    without_gossip=True,
                    without_mingle=True,
                    without_heartbeat=True,
                )
            finally:
                set_event_loop(None)

    def rest(self) -> None:
        """Consume no more."""
        if self._worker is not None:
            self._worker.hub.call_soon(_cancel, self._worker.consumer)

    def finish(self) -> None:
        """Consume no more, acknowledge what is done, disconnect."""
        self._over.set()

    def join(self) -> None:
        """Return once the thread has ended.

        Celery looks whether it should stop before it waits for messages. It is woken again and again, for it may just have
        looked.
        """
        while self._thread.is_alive():
            if self._worker is not None:
                self._worker.hub.call_soon(_nothing)
            self._thread.join(WAKE_SECONDS)


def _cancel(consumer: Any) -> None:
    """Tell the broker to send nothing more; there may be no connection at the moment."""
    if consumer.task_consumer is not None:
        ignore_errors(consumer, consumer.task_consumer.cancel)


def _nothing() -> None:
    """What wakes an event loop."""


@contextmanager
def running(workers: list[QueueWorker]) -> Iterator[None]:
    """The Celery workers of this process while they run."""
    celery_state.should_stop = None
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        celery_state.should_stop = 0  # of all at once
        for worker in workers:
            worker.finish()
        for worker in workers:
            worker.join()
