"""A lifespan that fails: the server must hear of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    raise RuntimeError("no database")
    yield


app = FastAPI(lifespan=lifespan)
CALLS: list[object] = []
