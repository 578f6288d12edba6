"""Tasks beside that of the request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import create_task_group
from anyio.abc import TaskGroup


@asynccontextmanager
async def task_group() -> AsyncIterator[TaskGroup]:
    """A task group out of which a lone error comes as it is, so that the app's handlers know it."""
    try:
        async with create_task_group() as group:
            yield group
        return
    except BaseExceptionGroup as errors:
        if len(errors.exceptions) > 1:
            raise
        lone = errors.exceptions[0]
    raise lone
