"""The signature of a job function: which of its parameters travel with the job, and which its worker gives."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model
from pydantic.errors import PydanticSchemaGenerationError
from typing_extensions import is_typeddict

from laneway.annotations import is_subclass, typed_signature
from laneway.dependant import Dependant
from laneway.jobs.errors import JobArgumentsError, JobDeclarationError
from laneway.jobs.progress import Progress
from laneway.lanes.deadline import Deadline
from laneway.params import Depends
from laneway.signature import get_dependant

RESERVED = frozenset({"key", "delay", "owner", "after"})
"""Names that `enqueue` has for itself."""

_JSON = ConfigDict(ser_json_inf_nan="constants", val_json_bytes="base64", ser_json_bytes="base64")
"""JSON that brings back what went in."""

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class JobSignature:
    """A job function taken apart.

    Attributes:
        name: The function, for messages.
        parameters: Those that travel with the job.
        model: Their values, validated.
        result: What the function returns.
        dependant: The function with its dependencies, for whoever solves them.
        progress: The argument that gets the `Progress`, if any.
    """

    name: str
    parameters: inspect.Signature
    model: type[BaseModel]
    result: TypeAdapter[Any]
    dependant: Dependant
    progress: str | None

    def dump(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> str:
        """Arguments as JSON.

        Raises:
            JobArgumentsError: The function does not take them.
        """
        try:
            bound = self.parameters.bind(*args, **kwargs)
            return self.model(**bound.arguments).model_dump_json(by_alias=True)
        except (TypeError, ValueError) as error:
            raise JobArgumentsError(
                f"{self.name} cannot be enqueued with these arguments: {error}"
            ) from error

    def load(self, text: str) -> dict[str, Any]:
        """Arguments from JSON.

        Raises:
            ValidationError: The function takes others now than when the job was enqueued.
        """
        values = self.model.model_validate_json(text)
        return {name: getattr(values, _field(name)) for name in self.parameters.parameters}


def _field(name: str) -> str:
    """The model's name for an argument; the prefix keeps clear of a model's own attributes."""
    return f"arg_{name}"


def read_signature(call: Callable[..., Any], lane: str | None) -> JobSignature:
    """Take a job function apart.

    Args:
        call: The function.
        lane: Where it runs, as the job says.

    Raises:
        JobDeclarationError: It cannot be a job as it is; the message says what to change.
    """
    name = getattr(call, "__qualname__", repr(call))
    if not inspect.isfunction(call) or inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call):
        raise JobDeclarationError(f"a job is a function that returns its result, not {name}")
    signature = typed_signature(call)
    given, travelling, progress = [], [], None
    for parameter in signature.parameters.values():
        _check_parameter(name, parameter)
        if is_subclass(_bare(parameter.annotation), Progress):
            progress = parameter.name
        elif _is_given(parameter):
            given.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
        else:
            travelling.append(parameter)
    return JobSignature(
        name=name,
        parameters=inspect.Signature(travelling),
        model=_model(name, travelling),
        result=_adapter(name, signature.return_annotation),
        dependant=_dependant(call, name, given, lane),
        progress=progress,
    )


def _check_parameter(name: str, parameter: inspect.Parameter) -> None:
    if parameter.kind not in _NAMED:
        raise JobDeclarationError(
            f"{name}: a job's arguments have names of their own, {parameter} has none; give it a list or a dict"
        )
    if parameter.name in RESERVED:
        raise JobDeclarationError(
            f"{name}: enqueue() has an option {parameter.name!r} already; call the parameter otherwise"
        )


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _is_given(parameter: inspect.Parameter) -> bool:
    """Whether the worker gives it: a dependency, or the deadline."""
    markers = get_args(parameter.annotation)[1:] if get_origin(parameter.annotation) is Annotated else ()
    if isinstance(parameter.default, Depends) or any(isinstance(marker, Depends) for marker in markers):
        return True
    return is_subclass(_bare(parameter.annotation), Deadline)


def _model(name: str, parameters: list[inspect.Parameter]) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for parameter in parameters:
        annotation = Any if parameter.annotation is inspect.Parameter.empty else parameter.annotation
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[_field(parameter.name)] = (Annotated[annotation, Field(alias=parameter.name)], default)
    config = ConfigDict(extra="forbid", **_JSON)
    try:
        return create_model(f"Arguments of {name}", __config__=config, **fields)
    except PydanticSchemaGenerationError as error:
        raise JobDeclarationError(f"{name}: an argument's type cannot travel as JSON: {error}") from error


def _adapter(name: str, annotation: Any) -> TypeAdapter[Any]:
    declared = Any if annotation is inspect.Signature.empty else annotation
    owns_config = is_subclass(declared, BaseModel) or is_dataclass(declared) or is_typeddict(declared)
    try:
        return TypeAdapter(declared, config=None if owns_config else _JSON)
    except PydanticSchemaGenerationError as error:
        raise JobDeclarationError(f"{name}: its result cannot be kept as JSON: {error}") from error


def _dependant(
    call: Callable[..., Any], name: str, given: list[inspect.Parameter], lane: str | None
) -> Dependant:
    def stand_in() -> None:
        """Has of the function's parameters only those that the solver shall see."""

    stand_in.__signature__ = inspect.Signature(given)  # type: ignore[attr-defined]  # as inspect documents it
    dependant = replace(get_dependant(path="", call=stand_in), call=call)
    dependant.lane = lane or getattr(call, "__laneway_lane__", None)
    for problem in _needs_of_requests(dependant):
        raise JobDeclarationError(f"{name}: {problem}, and a job has no request")
    return dependant


def _needs_of_requests(dependant: Dependant) -> Iterator[str]:
    for node in dependant.walk():
        who = getattr(node.call, "__qualname__", node.call)
        for kind in ("request", "websocket", "http_connection", "response", "background_tasks"):
            if getattr(node, f"{kind}_param_name"):
                yield f"the dependency {who} takes the {kind.replace('_', ' ')}"
        for field in (*node.parameters(), *node.body_params):
            if field.field_info.is_required():
                yield f"the dependency {who} reads {field.name!r} from the request"
