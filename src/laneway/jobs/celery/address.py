"""The URL of jobs on Celery, taken apart."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from laneway.jobs.engine import AnswerTime
from laneway.jobs.errors import JobDeclarationError

BROKERS = ("amqp", "amqps", "redis", "rediss")
QUEUE_TYPES = ("quorum", "classic")
OPTIONS = {
    "results": "the Redis that keeps the jobs: redis://host:6379/0",
    "name": "what queues and keys begin with, `laneway` when absent",
    "queue_type": f"of RabbitMQ's queues: {' or '.join(QUEUE_TYPES)}",
    "consumer_timeout": "of RabbitMQ, in seconds, as it is set there; 1800 when absent",
    "visibility_timeout": "of Redis as a broker, in seconds; 3600 when absent",
}
"""What the query of the URL may say."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where jobs are kept and how they travel.

    Attributes:
        broker: URL of RabbitMQ or Redis, for Celery.
        store: URL of the Redis that keeps the jobs.
        name: What queues and keys begin with.
        queue_type: Of RabbitMQ's queues.
        answer_seconds: How long the broker waits for an acknowledgement before it delivers again.
    """

    broker: str
    store: str
    name: str
    queue_type: str
    answer_seconds: float

    @property
    def is_rabbitmq(self) -> bool:
        """Whether the broker is RabbitMQ; else it is Redis."""
        return self.broker.startswith("amqp")

    @property
    def answer_time(self) -> AnswerTime:
        """Within which a job must have ended, and what to do where that is not enough."""
        if self.is_rabbitmq:
            return AnswerTime(
                self.answer_seconds,
                "RabbitMQ's consumer_timeout",
                "raise consumer_timeout in rabbitmq.conf (milliseconds) and name it in the URL of jobs: "
                "consumer_timeout=7200 (seconds)",
            )
        return AnswerTime(
            self.answer_seconds,
            "the visibility_timeout of Redis",
            "raise it in the URL of jobs: visibility_timeout=7200",
        )


def read_address(url: str) -> Address:
    """The parts of `celery+amqp://host/vhost?results=redis://host/0` or `celery+redis://host/0`.

    Raises:
        JobDeclarationError: A part is missing or wrong; the message says which.
    """
    parts = urlsplit(url.removeprefix("celery+"))
    options = _options(parts.query, url)
    if parts.scheme not in BROKERS or not parts.hostname:
        raise JobDeclarationError(
            f"Celery's broker is celery+amqp://host:5672/vhost or celery+redis://host:6379/0, not {_shown(url)!r}"
        )
    broker = urlunsplit(parts._replace(query=""))
    is_rabbitmq = parts.scheme.startswith("amqp")
    return Address(
        broker=broker,
        store=_store(options.get("results"), None if is_rabbitmq else broker, url),
        name=options.get("name", "laneway"),
        queue_type=_choice(options.get("queue_type", "quorum")),
        answer_seconds=_seconds(options, "consumer_timeout", 1800.0)
        if is_rabbitmq
        else _seconds(options, "visibility_timeout", 3600.0),
    )


def _shown(url: str) -> str:
    """A URL without its password."""
    return re.sub(r"(://[^/@]*):[^/@]*@", r"\1:***@", url)


def _options(query: str, url: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if wrong := sorted(options.keys() - OPTIONS.keys()):
        known = "; ".join(f"{name}: {what}" for name, what in OPTIONS.items())
        raise JobDeclarationError(
            f"the URL of jobs {_shown(url)!r} has no option {', '.join(wrong)}; it has {known}"
        )
    return options


def _store(given: str | None, default: str | None, url: str) -> str:
    store = given or default
    if store is None:
        raise JobDeclarationError(
            f"RabbitMQ does not keep jobs; name a Redis that does: {_shown(url)}?results=redis://host:6379/0"
        )
    if urlsplit(store).scheme not in ("redis", "rediss"):
        raise JobDeclarationError(
            f"jobs that travel through Celery are kept in Redis: results=redis://host:6379/0, not {_shown(store)!r}"
        )
    return store


def _choice(queue_type: str) -> str:
    if queue_type not in QUEUE_TYPES:
        raise JobDeclarationError(f"queue_type is {' or '.join(QUEUE_TYPES)}, not {queue_type!r}")
    return queue_type


def _seconds(options: dict[str, str], name: str, default: float) -> float:
    given = options.get(name)
    if given is None:
        return default
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise JobDeclarationError(f"{name} is a number of seconds above 0, not {given!r}")
    return seconds
