"""A dependency of a router."""

# ruff: noqa: ASYNC251

import time

from laneway import APIRouter, Depends, Laneway


async def check_key() -> None:
    time.sleep(1)  # blocks: time.sleep


app = Laneway()
router = APIRouter(prefix="/v1", dependencies=[Depends(check_key)])


@router.get("/items")
def items() -> list[int]:
    return []


app.include_router(router)
