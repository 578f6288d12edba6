"""Before the first request nobody waits."""

# ruff: noqa: ASYNC251

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from laneway import Laneway


@asynccontextmanager
async def lifespan(app: Laneway) -> AsyncIterator[None]:
    time.sleep(1)
    yield


app = Laneway(lifespan=lifespan)
