"""Overrides that a dependency installs while its request is served, and those that an object of one's own gives."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated, Any

from laneway import APIRouter, Depends, Laneway
from laneway.routing import APIRoute
from laneway.testing import TestClient


async def original() -> str:
    return "original"


async def replacement() -> str:
    return "replacement"


def test_an_override_holds_at_once_for_what_is_called_after_it() -> None:
    app = Laneway()

    async def install() -> None:
        app.dependency_overrides[original] = replacement

    @app.get("/")
    async def read(_: Annotated[None, Depends(install)], value: Annotated[str, Depends(original)]) -> str:
        return value

    assert TestClient(app).get("/").json() == "replacement"


def test_an_override_taken_away_holds_no_more() -> None:
    app = Laneway()
    app.dependency_overrides[original] = replacement

    class Remove:
        async def __call__(self) -> None:
            app.dependency_overrides.pop(original, None)

    @app.get("/")
    async def read(_: Annotated[None, Depends(Remove())], value: Annotated[str, Depends(original)]) -> str:
        return value

    assert TestClient(app).get("/").json() == "original"


def test_a_route_whose_dependencies_do_not_speak_of_overrides_stays_compiled() -> None:
    app = Laneway(openapi_url=None)

    @app.get("/")
    async def read(value: Annotated[str, Depends(original)]) -> dict[str, Any]:
        return {"value": value, "overrides": len(app.dependency_overrides)}

    route = app.routes[0]
    assert isinstance(route, APIRoute)
    assert route.compiled_plan is not None


def test_overrides_of_another_kind_are_asked_each_time() -> None:
    overrides: dict[Callable[..., Any], Callable[..., Any]] = {}
    router = APIRouter(dependency_overrides_provider=SimpleNamespace(dependency_overrides=overrides))

    @router.get("/")
    async def read(value: Annotated[str, Depends(original)]) -> str:
        return value

    client = TestClient(router)
    before = client.get("/").json()
    overrides[original] = replacement

    assert (before, client.get("/").json()) == ("original", "replacement")
