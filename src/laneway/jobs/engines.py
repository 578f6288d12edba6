"""From a URL to an engine."""

from urllib.parse import parse_qsl, unquote, urlsplit

from laneway.jobs.engine import Engine
from laneway.jobs.errors import JobDeclarationError
from laneway.jobs.memory import memory_engine

KNOWN = (
    "`sqlite:///var/jobs.db` (a file in a folder of the project; four slashes for an absolute path), "
    "`celery+amqp://host:5672/vhost?results=redis://host:6379/0`, `celery+redis://host:6379/0` or `memory:`"
)


def make_engine(url: str) -> Engine:
    """The engine that a URL names; nothing is opened yet.

    Raises:
        JobDeclarationError: There is no such engine, or its extra is not installed.
    """
    parts = urlsplit(url)
    if parts.scheme == "memory":
        return memory_engine()
    if parts.scheme == "sqlite":
        return _sqlite(url)
    if parts.scheme.startswith("celery+"):
        return _celery(url)
    raise JobDeclarationError(f"jobs are kept at {KNOWN}, not at {url!r}")


def _sqlite(url: str) -> Engine:
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc or len(path) < 2 or path == "/:memory:":
        raise JobDeclarationError(f"jobs are kept at {KNOWN}, not at {url!r}; several processes use the file")
    # An engine's libraries are imported by apps that use it.
    from laneway.jobs.sqlite.engine import sqlite_engine

    return sqlite_engine(path[1:], dict(parse_qsl(parts.query)))


def _celery(url: str) -> Engine:
    # An engine's libraries are imported by apps that use it.
    from laneway.jobs.celery.engine import celery_engine

    return celery_engine(url)
