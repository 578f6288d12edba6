"""What a route asks of its plan, resolved: no placeholders, no routers, no app."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from laneway.callables import is_generator
from laneway.dependant import Dependant
from laneway.exceptions import EndpointContext
from laneway.fields import ModelField
from laneway.lanes.deadline import shorter
from laneway.lanes.label import Movable, RouteLabel
from laneway.lanes.limits import RouteLimits
from laneway.lanes.registry import DEFAULT_LANES, Lane, Lanes
from laneway.types import IncEx


@dataclass(frozen=True, slots=True)
class BodySpec:
    """How the body is parsed.

    Attributes:
        fields: Body parameters of the whole tree; the body is not read when there are none.
        form: Whether it is a form.
        embedded: Whether values stand under their names.
        strict_content_type: Whether JSON must say that it is JSON.
        form_limits: Keyword arguments of `Request.form`.
    """

    fields: tuple[ModelField, ...] = ()
    form: bool = False
    embedded: bool = False
    strict_content_type: bool = True
    form_limits: dict[str, int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DumpOptions:
    """Which fields of the response model go out, and under which names."""

    include: IncEx | None = None
    exclude: IncEx | None = None
    by_alias: bool = True
    exclude_unset: bool = False
    exclude_defaults: bool = False
    exclude_none: bool = False

    def arguments(self) -> dict[str, Any]:
        """As keyword arguments, only those that are not Pydantic's own defaults for responses."""
        default = DumpOptions()
        given = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in given.items() if value != getattr(default, name)} | {
            "by_alias": self.by_alias
        }


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """How a result becomes a response.

    Attributes:
        field: The response model; results go out as they are when None.
        stream_item: The model of items of a stream.
        response_class: What is sent.
        default_class: Whether nobody chose `response_class`, so that bytes may bypass it.
        status_code: Status unless the endpoint sets another; the class's own when None.
        dump: Keyword arguments of Pydantic's serialisers.
    """

    field: ModelField | None = None
    stream_item: ModelField | None = None
    response_class: type[Response] = JSONResponse
    default_class: bool = True
    status_code: int | None = None
    dump: DumpOptions = DumpOptions()


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """Everything a plan is made from."""

    label: str  # "GET /items/{id}", for tracebacks and messages
    dependant: Dependant
    body: BodySpec
    output: OutputSpec
    context: Callable[[], EndpointContext]  # where the endpoint is defined, for error messages
    lanes: Lanes = DEFAULT_LANES
    timeout: float | None = None  # seconds for the whole request
    deadline_header: str | None = None  # a header by which clients may ask for less time
    cancel_on_disconnect: bool = False
    movable: Movable | None = None  # moves the endpoint; None where it cannot be moved

    @property
    def route_label(self) -> RouteLabel:
        """The route, for who watches the loop."""
        return RouteLabel(self.label, self.dependant.function, self.lanes, self.movable)

    def limits(self, lanes: tuple[Lane, ...]) -> RouteLimits | None:
        """What holds for a request that uses `lanes`; None when nothing does."""
        timeout = shorter(self.timeout, *(lane.timeout for lane in lanes))
        if not lanes and timeout is None and self.deadline_header is None and not self.cancel_on_disconnect:
            return None
        header = self.deadline_header.lower().encode("latin-1") if self.deadline_header else None
        return RouteLimits(lanes, timeout, header, self.cancel_on_disconnect)

    @property
    def streams(self) -> bool:
        """Whether the endpoint yields."""
        return is_generator(self.dependant.function)
