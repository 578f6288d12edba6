"""What a route gives back: its response models and the kind of its stream."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, get_origin

from starlette.responses import Response

from laneway.annotations import is_subclass, return_annotation, stream_item
from laneway.callables import is_generator
from laneway.datastructures import DefaultPlaceholder
from laneway.fields import ModelField, make_field
from laneway.plan.write import allows_body
from laneway.routing.declared import DeclaredRoute
from laneway.routing.options import resolved
from laneway.sse import EventSourceResponse, ServerSentEvent

_STATUS_WITHOUT_BODY = "Status code {} must not have a response body"


class ReturningRoute(DeclaredRoute):
    """What follows from the return annotation and the options of the response.

    Attributes:
        chosen_response_model: The option `response_model`.
    """

    chosen_response_model: Any

    def _take_from_annotation(self) -> None:
        """Options that the return type brings along where nobody chose them, as `laneway.jobs.Job` does."""
        if not isinstance(self.chosen_response_model, DefaultPlaceholder) or not callable(self.endpoint):
            return
        annotation = return_annotation(self.endpoint)
        options = getattr(get_origin(annotation) or annotation, "__route_options__", None)
        if options is not None:
            brought = options()
            self.chosen_response_model = brought["response_model"]
            self.status_code = brought["status_code"] if self.status_code is None else self.status_code
            self.responses = {**brought["responses"], **self.responses}

    @cached_property
    def is_sse_stream(self) -> bool:
        """Whether yielded items go out as server-sent events."""
        return is_generator(self.endpoint) and is_subclass(resolved(self.response_class), EventSourceResponse)

    @cached_property
    def is_json_stream(self) -> bool:
        """Whether yielded items go out as JSON Lines."""
        return is_generator(self.endpoint) and isinstance(self.response_class, DefaultPlaceholder)

    @cached_property
    def _returned(self) -> tuple[Any, Any]:
        """Response model and type of streamed items, as declared or annotated."""
        if not isinstance(self.chosen_response_model, DefaultPlaceholder):
            return self.chosen_response_model, None
        annotation = return_annotation(self.endpoint)
        if is_subclass(annotation, Response):
            return None, None
        item = stream_item(annotation) if is_generator(self.endpoint) else None
        if item is None:
            return annotation, None
        typed = (self.is_json_stream or self.is_sse_stream) and not is_subclass(item, ServerSentEvent)
        return None, item if typed else None

    @cached_property
    def response_model(self) -> Any:
        """The type that results are validated against and filtered by."""
        return self._returned[0]

    @cached_property
    def stream_item_type(self) -> Any:
        """The type of streamed items."""
        return self._returned[1]

    @cached_property
    def response_field(self) -> ModelField | None:
        """The response model as a field."""
        if not self.response_model:
            return None
        if not _status_allows_body(self.status_code):
            raise AssertionError(_STATUS_WITHOUT_BODY.format(self.status_code))
        return make_field(f"Response_{self.unique_id}", self.response_model, mode="serialization")

    @cached_property
    def stream_item_field(self) -> ModelField | None:
        """Streamed items as a field."""
        if not self.stream_item_type:
            return None
        return make_field(f"StreamItem_{self.unique_id}", self.stream_item_type, mode="serialization")

    @cached_property
    def response_fields(self) -> dict[int | str, ModelField]:
        """Models of additional responses by status code."""
        fields: dict[int | str, ModelField] = {}
        for status, response in self.responses.items():
            if not isinstance(response, Mapping):
                raise AssertionError(f"An additional response must be a dict, not {response!r}")
            if model := response.get("model"):
                if not _status_allows_body(status):
                    raise AssertionError(_STATUS_WITHOUT_BODY.format(status))
                fields[status] = make_field(
                    f"Response_{status}_{self.unique_id}", model, mode="serialization"
                )
        return fields


def _status_allows_body(status: int | str | None) -> bool:
    """Whether a status, as written in OpenAPI (200, "4XX", "default"), may have a body."""
    if status is None or (isinstance(status, str) and not status.isdigit()):
        return True
    return allows_body(int(status))
