"""A router to declare routes on, and the document that describes them."""

from collections.abc import Callable
from typing import Any

import pytest

from laneway.openapi.utils import get_openapi
from laneway.routing import APIRouter

Describe = Callable[..., dict[str, Any]]


@pytest.fixture
def router() -> APIRouter:
    """A router without routes."""
    return APIRouter()


@pytest.fixture
def document(router: APIRouter) -> Describe:
    """Makes the document of the router's routes; takes the other options of `get_openapi`."""

    def describe(**options: Any) -> dict[str, Any]:
        return get_openapi(title="Test", version="1", routes=router.routes, **options)

    return describe


@pytest.fixture
def operation(document: Describe) -> Describe:
    """Makes the document and returns the operation at `path`; the method is `get` unless told."""

    def find(path: str, method: str = "get", **options: Any) -> dict[str, Any]:
        found: dict[str, Any] = document(**options)["paths"][path][method]
        return found

    return find
