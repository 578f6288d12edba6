"""Replacing dependencies for a while: what holds when, and which plans are made anew."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest

from laneway import APIRouter, Depends, Laneway
from laneway.routing import APIRoute
from laneway.testing import TestClient


@pytest.fixture
def app() -> Laneway:
    return Laneway(openapi_url=None)


async def original() -> str:
    return "original"


async def replacement() -> str:
    return "replacement"


async def second_replacement() -> str:
    return "second"


@pytest.fixture
def overridable(app: Laneway) -> Laneway:
    """One route that depends on `original`, through another dependency, and one that does not."""

    async def user(value: Annotated[str, Depends(original)]) -> str:
        return value

    @app.get("/concerned")
    async def concerned(value: Annotated[str, Depends(user)]) -> str:
        return value

    @app.get("/other")
    async def other() -> str:
        return "other"

    return app


def plan(app: Laneway, path: str) -> Any:
    return next(
        route for route in app.routes if isinstance(route, APIRoute) and route.path == path
    ).compiled_plan


def answer(app: Laneway) -> Any:
    return TestClient(app).get("/concerned").json()


def test_an_override_replaces_a_dependency_at_any_depth(overridable: Laneway) -> None:
    overridable.dependency_overrides[original] = replacement

    assert answer(overridable) == "replacement"


def test_an_override_set_after_the_first_request_holds(overridable: Laneway) -> None:
    answer(overridable)
    overridable.dependency_overrides[original] = replacement

    assert answer(overridable) == "replacement"


def test_an_override_may_change(overridable: Laneway) -> None:
    overridable.dependency_overrides[original] = replacement
    answer(overridable)
    overridable.dependency_overrides[original] = second_replacement

    assert answer(overridable) == "second"


removals: dict[str, Callable[[Laneway], object]] = {
    "del": lambda app: app.dependency_overrides.__delitem__(original),
    "pop": lambda app: app.dependency_overrides.pop(original),
    "popitem": lambda app: app.dependency_overrides.popitem(),
    "clear": lambda app: app.dependency_overrides.clear(),
    "reassign": lambda app: setattr(app, "dependency_overrides", {}),
    "itself": lambda app: app.dependency_overrides.update({original: original}),
}


@pytest.mark.parametrize("remove", removals.values(), ids=removals.keys())
def test_an_override_that_is_removed_holds_no_more(
    overridable: Laneway, remove: Callable[[Laneway], object]
) -> None:
    overridable.dependency_overrides[original] = replacement
    answer(overridable)
    remove(overridable)

    assert answer(overridable) == "original"


additions: dict[str, Callable[[Laneway], object]] = {
    "update": lambda app: app.dependency_overrides.update({original: replacement}),
    "setdefault": lambda app: app.dependency_overrides.setdefault(original, replacement),
    "reassign": lambda app: setattr(app, "dependency_overrides", {original: replacement}),
    "|=": lambda app: app.dependency_overrides.__ior__({original: replacement}),
}


@pytest.mark.parametrize("add", additions.values(), ids=additions.keys())
def test_any_way_to_add_an_override_holds(overridable: Laneway, add: Callable[[Laneway], object]) -> None:
    answer(overridable)
    add(overridable)

    assert answer(overridable) == "replacement"


def test_a_block_of_overrides_ends_with_the_block(overridable: Laneway) -> None:
    with overridable.override({original: replacement}):
        within = answer(overridable)

    assert (within, answer(overridable)) == ("replacement", "original")


def test_blocks_of_overrides_nest(overridable: Laneway) -> None:
    with overridable.override({original: replacement}):
        with overridable.override({original: second_replacement}):
            inner = answer(overridable)
        outer = answer(overridable)

    assert (inner, outer) == ("second", "replacement")


def test_a_block_of_overrides_ends_with_an_error(overridable: Laneway) -> None:
    with pytest.raises(KeyError), overridable.override({original: replacement}):
        raise KeyError

    assert answer(overridable) == "original"


def test_an_override_makes_only_the_plans_concerned_anew(overridable: Laneway) -> None:
    concerned, other = plan(overridable, "/concerned"), plan(overridable, "/other")
    overridable.dependency_overrides[original] = replacement

    assert plan(overridable, "/concerned") is not concerned
    assert plan(overridable, "/other") is other


def test_a_replacement_brings_dependencies_and_parameters_of_its_own(overridable: Laneway) -> None:
    async def with_parameter(q: int) -> str:
        return f"q={q}"

    overridable.dependency_overrides[original] = with_parameter

    assert TestClient(overridable).get("/concerned?q=3").json() == "q=3"
    assert TestClient(overridable).get("/concerned").status_code == 422


def test_what_a_replacement_depends_on_can_be_overridden(overridable: Laneway) -> None:
    async def inner() -> str:
        return "inner"

    async def user(value: Annotated[str, Depends(inner)]) -> str:
        return value

    overridable.dependency_overrides[original] = user
    answer(overridable)
    overridable.dependency_overrides[inner] = second_replacement

    assert answer(overridable) == "second"


def test_a_replacement_may_yield(overridable: Laneway) -> None:
    calls: list[str] = []

    def opened() -> Iterator[str]:
        yield "fake"
        calls.append("closed")

    overridable.dependency_overrides[original] = opened

    assert (answer(overridable), calls) == ("fake", ["closed"])


def test_overrides_hold_in_included_routers(app: Laneway) -> None:
    router = APIRouter()

    @router.get("/concerned")
    async def read(value: Annotated[str, Depends(original)]) -> str:
        return value

    app.include_router(router)
    app.dependency_overrides[original] = replacement

    assert answer(app) == "replacement"


def test_overrides_hold_on_the_general_path(app: Laneway) -> None:
    class Custom(APIRoute):
        def get_route_handler(self) -> Any:
            return super().get_route_handler()

    router = APIRouter(route_class=Custom)

    @router.get("/concerned")
    async def read(value: Annotated[str, Depends(original)]) -> str:
        return value

    app.include_router(router)
    answer(app)
    app.dependency_overrides[original] = replacement

    assert answer(app) == "replacement"
