"""Response Objects of errors, in the format of the app."""

from collections.abc import Iterable, Iterator
from typing import Any

from laneway.fields import ModelField
from laneway.openapi.constants import REF_PREFIX
from laneway.openapi.definitions import Definitions, Schema
from laneway.openapi.described import DescribedRoute
from laneway.openapi.error_models import Problem, ValidationProblem, error_field, field_of
from laneway.plan.write import allows_body
from laneway.problem import PROBLEM_JSON, ErrorFormat, problem_of
from laneway.problem import Problem as ProblemError
from laneway.raises import DeclaredError, declared_error

Responses = dict[str, dict[str, Any]]

VALIDATION_ERROR_TEXT = "Validation Error"
HTTP_VALIDATION_ERROR = {"$ref": REF_PREFIX + "HTTPValidationError"}


class ErrorResponses:
    """Describes the errors of routes in one format.

    Attributes:
        media_type: Content type of errors.
        uses_http_validation_error: Whether something refers to FastAPI's `HTTPValidationError`.
    """

    def __init__(self, error_format: ErrorFormat) -> None:
        self._format: ErrorFormat = error_format
        self._is_problem = error_format == "problem"
        self.media_type = PROBLEM_JSON if self._is_problem else "application/json"
        self.uses_http_validation_error = False

    def fields(self, route: DescribedRoute, *, takes_input: bool) -> Iterator[ModelField]:
        """The fields whose schemas the route's errors may need."""
        if self._is_problem:
            yield field_of(Problem)
        if self._is_problem and takes_input:
            yield field_of(ValidationProblem)
        yield from (error_field(error.kind, self._format) for error in declared(route))

    def raised(self, route: DescribedRoute, definitions: Definitions) -> Responses:
        """What `raises` says of the route, by status; several errors of a status are one response."""
        by_status: dict[int, list[DeclaredError]] = {}
        for error in declared(route):
            by_status.setdefault(error.status, []).append(error)
        return {str(status): self._response(errors, definitions) for status, errors in by_status.items()}

    def _response(self, errors: list[DeclaredError], definitions: Definitions) -> dict[str, Any]:
        response: dict[str, Any] = {
            "description": "\n\n".join(_unique(error.description for error in errors))
        }
        if allows_body(errors[0].status):
            media: dict[str, Any] = {"schema": _any_of(self._schema(error, definitions) for error in errors)}
            if examples := self._examples(errors):
                media["examples"] = examples
            response["content"] = {self.media_type: media}
        return response

    def _schema(self, error: DeclaredError, definitions: Definitions) -> Schema:
        detail: object = "" if error.error is None else error.error.detail
        if self._is_problem or isinstance(detail, str):
            return definitions.schema(error_field(error.kind, self._format))
        return {"type": "object", "properties": {"detail": {"title": "Detail"}}, "required": ["detail"]}

    def _examples(self, errors: list[DeclaredError]) -> dict[str, Any]:
        """The bodies of errors that were declared as they will be raised, by their texts."""
        known = [(error.description, error.error) for error in errors if error.error is not None]
        return {text: {"value": self._body(error)} for text, error in known}

    def _body(self, error: Any) -> dict[str, Any]:
        if self._is_problem:
            return problem_of(error)
        beside = error.beside_detail() if isinstance(error, ProblemError) else {}
        return {"detail": error.detail, **beside}

    def add_validation_error(self, found: Responses, definitions: Definitions, *, raised: bool) -> None:
        """Say that requests are validated.

        Args:
            found: The route's responses.
            definitions: Where the schemas are.
            raised: Whether `raises` has put a 422 there.
        """
        schema = (
            definitions.schema(field_of(ValidationProblem)) if self._is_problem else HTTP_VALIDATION_ERROR
        )
        self.uses_http_validation_error |= not self._is_problem
        if not raised:
            found["422"] = {
                "description": VALIDATION_ERROR_TEXT,
                "content": {self.media_type: {"schema": schema}},
            }
            return
        response = found["422"]
        media = response["content"][self.media_type]
        media["schema"] = _any_of((schema, media["schema"]))
        response["description"] = f"{VALIDATION_ERROR_TEXT}\n\n{response['description']}"

    def add_default(self, found: Responses, definitions: Definitions) -> None:
        """Say that every other error is a problem, too, in an app whose errors are."""
        if self._is_problem and "default" not in found:
            content = {self.media_type: {"schema": definitions.schema(field_of(Problem))}}
            found["default"] = {"description": "Any other error", "content": content}


def declared(route: DescribedRoute) -> Iterator[DeclaredError]:
    """What the route declares to raise, with the routers around it."""
    return map(declared_error, route.raises or ())


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _any_of(schemas: Iterable[Schema]) -> Schema:
    """One schema for all; those that are the same count once, and a choice counts as what it offers."""
    found: list[Schema] = []
    for schema in schemas:
        offered = schema["anyOf"] if schema.keys() == {"anyOf"} else [schema]
        found += [one for one in offered if one not in found]
    return found[0] if len(found) == 1 else {"anyOf": found}
