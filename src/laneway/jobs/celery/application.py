"""The Celery application that publishes and consumes parcels: its settings, each with its reason."""

from typing import Any

from celery import Celery
from kombu.entity import Exchange, Queue

from laneway.jobs.celery.address import Address

TASK = "laneway.parcel"
CONFIRM_SECONDS = 10.0  # that RabbitMQ has to say that it took a parcel


def make_queue(address: Address, name: str) -> Queue:
    """A queue of parcels; RabbitMQ keeps a quorum queue on several of its nodes."""
    full = f"{address.name}.{name}"
    arguments = {"x-queue-type": address.queue_type} if address.is_rabbitmq else None
    exchange = Exchange(address.name, type="direct", durable=True)
    return Queue(full, exchange, routing_key=full, durable=True, queue_arguments=arguments)


def make_application(address: Address, queues: list[str]) -> Any:
    """An application of our own beside any other one in this process.

    Args:
        address: Where the broker is.
        queues: What it consumes.
    """
    application = Celery(
        "laneway.jobs",
        broker=address.broker,
        set_as_current=False,
        fixups=[],
        task_cls="celery.app.task:Task",
    )
    application.conf.update(
        task_queues=[make_queue(address, name) for name in queues],
        task_create_missing_queues=False,
        task_ignore_result=True,  # results are in the store
        task_serializer="json",
        accept_content=["json"],  # never pickle
        # A parcel whose worker dies is still the broker's.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        # None waits in a worker while another worker has a place for it.
        worker_prefetch_multiplier=1,
        worker_enable_prefetch_count_reduction=False,  # after a lost connection: what ran goes on, claims tell
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_detect_quorum_queues=True,  # which have no prefetch for all consumers at once
        # Jobs are listed, cancelled and watched through the store.
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        # A worker outlives its broker's restart, however long that takes.
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_transport_options(address),
    )
    return application


def _transport_options(address: Address) -> dict[str, object]:
    if address.is_rabbitmq:
        # Without a confirmation, what is sent while RabbitMQ dies is lost.
        return {"confirm_publish": True, "confirm_timeout": CONFIRM_SECONDS}
    return {
        "visibility_timeout": address.answer_seconds,
        # Look every two seconds for what was not acknowledged in time; Celery's own choice is every hundred.
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "polling_interval": 0.2,  # a worker that is told to stop waits so long
        # Of this app alone. A prefix for all keys (`global_keyprefix`) is forgotten where Celery looks how many wait.
        "unacked_key": f"{address.name}.unacked",
        "unacked_index_key": f"{address.name}.unacked_index",
        "unacked_mutex_key": f"{address.name}.unacked_mutex",
    }
