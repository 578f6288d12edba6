"""The Celery engine, put together."""

from laneway.jobs.celery.address import read_address
from laneway.jobs.engine import Engine
from laneway.jobs.errors import JobDeclarationError


def celery_engine(url: str) -> Engine:
    """An engine of Redis and Celery.

    Args:
        url: `celery+amqp://host:5672/vhost?results=redis://host:6379/0` or `celery+redis://host:6379/0`; see
            `laneway.jobs.celery.address.OPTIONS`.

    Raises:
        JobDeclarationError: The extra `celery` is not installed, or the URL is wrong.
    """
    address = read_address(url)
    try:
        from laneway.jobs.celery.delivery import CeleryDelivery
        from laneway.jobs.redis.store import RedisStore
    except ModuleNotFoundError as error:
        if error.name not in ("celery", "kombu", "redis"):
            raise
        raise JobDeclarationError(
            'jobs on Celery need Celery and the client of Redis; get them with: pip install "laneway[celery]"'
        ) from error
    store = RedisStore(address.store, address.name)
    return Engine("celery", store, CeleryDelivery(address), address.answer_time)
