"""What the document needs to know of a route."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol, TypeGuard

from starlette.responses import Response

from laneway.datastructures import DefaultPlaceholder
from laneway.dependant import Dependant
from laneway.fields import ModelField
from laneway.raises import Raised
from laneway.routing.contexts import RouteContext
from laneway.routing.route import APIRoute


class DescribedRoute(Protocol):
    """The face of `APIRoute` that the document is made from.

    Attributes:
        methods: HTTP methods; each gives one operation.
        dependant: The endpoint's signature with its dependencies.
        body_field: The whole request body, if there is one.
        response_field: What a plain response holds.
        response_fields: What additional responses hold, by the keys of `responses`.
        stream_item_field: What each item of a stream holds.
        callbacks: Requests that the endpoint sends; entries that are no described routes are left out.
        openapi_extra: Merged into every operation of the route, after all else.
    """

    path: str
    path_format: str
    methods: set[str]
    name: str
    endpoint: Callable[..., Any]
    dependant: Dependant
    body_field: ModelField | None
    response_field: ModelField | None
    response_fields: Mapping[int | str, ModelField]
    stream_item_field: ModelField | None
    is_sse_stream: bool
    is_json_stream: bool
    unique_id: str
    operation_id: str | None
    tags: Sequence[str | Enum]
    summary: str | None
    description: str
    response_description: str
    responses: Mapping[int | str, dict[str, Any]]
    raises: Sequence[Raised] | None
    deprecated: bool | None
    status_code: int | None
    response_class: type[Response] | DefaultPlaceholder
    callbacks: Sequence[object] | None
    openapi_extra: dict[str, Any] | None
    include_in_schema: bool


def is_described(route: object) -> TypeGuard[DescribedRoute]:
    """Whether the route is one of ours for HTTP, not a mount, a page or a WebSocket."""
    return isinstance(route, APIRoute)


def described(routes: Iterable[object] | None) -> Iterator[DescribedRoute]:
    """The routes that the document shows, in their order."""
    served = (route.served if isinstance(route, RouteContext) else route for route in routes or ())
    return (route for route in served if is_described(route) and route.include_in_schema)


def response_class_of(route: DescribedRoute) -> type[Response]:
    """The class of the route's responses, chosen or by default."""
    chosen = route.response_class
    found: type[Response] = chosen.value if isinstance(chosen, DefaultPlaceholder) else chosen
    return found
