"""Pairs of routes that should cost the same: dependencies in two shapes, includes in two depths, overrides beside."""

from typing import Annotated

from bench.apps.framework import APIRouter, Application, Depends

CHAIN_PATH, DIAMOND_PATH = "/chain", "/diamond"
FLAT_PATH, NESTED_PATH = "/f/b/c/d/e/entry/7", "/a/b/c/d/e/entry/7"
BESIDE_PATH = "/beside"


async def root(q: int = 1) -> int:
    """The dependency that all others come down to."""
    return q


async def left(root: Annotated[int, Depends(root)]) -> int:
    """The second of the chain, the left side of the diamond."""
    return root + 1


async def right(root: Annotated[int, Depends(root)]) -> int:
    """The right side of the diamond."""
    return root + 2


async def third(left: Annotated[int, Depends(left)]) -> int:
    """The third of the chain."""
    return left + 1


async def last(third: Annotated[int, Depends(third)]) -> int:
    """The end of the chain."""
    return third + 1


async def both(left: Annotated[int, Depends(left)], right: Annotated[int, Depends(right)]) -> int:
    """The point where the diamond closes."""
    return left + right


async def overridden() -> int:
    """What is replaced for a route that nobody measures."""
    return 1


async def replacement() -> int:
    """What stands in its place."""
    return 2


async def read_chain(value: Annotated[int, Depends(last)]) -> int:
    """Four dependencies in a row."""
    return value


async def read_diamond(value: Annotated[int, Depends(both)]) -> int:
    """Four dependencies, one of them used twice."""
    return value


async def read_entry(entry_id: int) -> int:
    """What is found below routers."""
    return entry_id


async def read_overridden(value: Annotated[int, Depends(overridden)]) -> int:
    """The route concerned."""
    return value


def _nested() -> APIRouter:
    """Five routers, one within the other."""
    router = APIRouter(prefix="/e")
    router.get("/entry/{entry_id}")(read_entry)
    for prefix in ("/d", "/c", "/b", "/a"):
        outer = APIRouter(prefix=prefix)
        outer.include_router(router)
        router = outer
    return router


def build() -> Application:
    """Return the app with all pairs."""
    app = Application()
    app.get(CHAIN_PATH)(read_chain)
    app.get(DIAMOND_PATH)(read_diamond)
    app.get(BESIDE_PATH)(read_chain)
    app.get("/overridden")(read_overridden)
    app.get("/f/b/c/d/e/entry/{entry_id}")(read_entry)
    app.include_router(_nested())
    return app
