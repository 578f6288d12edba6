"""An endpoint's signature as a value: its parameters by source, and the tree of its dependencies.

`get_dependant` reads a callable once. The result does no I/O and knows nothing of requests; plans and the OpenAPI
document are made from it.
"""

import dataclasses
import inspect
import re
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin

from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from starlette.background import BackgroundTasks
from starlette.datastructures import UploadFile
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from typing_inspection.typing_objects import is_typealiastype

from laneway import params
from laneway.annotations import (
    accepts,
    accepts_sequence_of,
    is_scalar,
    is_scalar_sequence,
    is_subclass,
    model_of,
    typed_signature,
)
from laneway.app_scoped import is_app_scoped, refuse_parameter, scope_below, telling_owner
from laneway.callables import is_generator
from laneway.concurrency_limit import DependencyConcurrency
from laneway.dependant import Dependant
from laneway.exceptions import DependencyScopeError
from laneway.fields import ModelField, make_field
from laneway.forms import ensure_multipart_is_installed, normalizing_form_union
from laneway.lanes.deadline import Deadline
from laneway.security.oauth2 import SecurityScopes
from laneway.types import DependencyScope, Undefined
from laneway.uploads import PartsOfRequest, UploadLimits, UploadParts

LANE_MARK = "__laneway_lane__"
"""Where `@lane` keeps the name of a function's lane."""

F = TypeVar("F", bound=FieldInfo)

_INJECTED: tuple[tuple[type, str], ...] = (
    (Request, "request_param_name"),
    (WebSocket, "websocket_param_name"),
    (HTTPConnection, "http_connection_param_name"),
    (Response, "response_param_name"),
    (BackgroundTasks, "background_tasks_param_name"),
    (SecurityScopes, "security_scopes_param_name"),
    (Deadline, "deadline_param_name"),
)
"""Types that are given by what they are, each with where the argument's name is kept; first match wins."""


def path_param_names(path: str) -> set[str]:
    """Names in braces: `/a/{b}/{c}` gives b and c."""
    return set(re.findall("{(.*?)}", path))


def get_parameterless_sub_dependant(*, depends: params.Depends, path: str) -> Dependant:
    """The dependency of `dependencies=[Depends(...)]`, whose result nobody gets."""
    if not callable(depends.dependency):
        raise AssertionError("A parameter-less dependency must have a callable dependency")
    return get_dependant(
        path=path,
        call=depends.dependency,
        scope=depends.scope,
        concurrency=depends._concurrency,
        lane=depends.lane,
        own_oauth_scopes=_security_scopes(depends),
    )


def _security_scopes(depends: params.Depends) -> list[str]:
    return list(depends.scopes or ()) if isinstance(depends, params.Security) else []


def get_dependant(
    *,
    path: str,
    call: Callable[..., Any],
    name: str | None = None,
    own_oauth_scopes: list[str] | None = None,
    parent_oauth_scopes: list[str] | None = None,
    use_cache: bool = True,
    scope: DependencyScope | None = None,
    concurrency: DependencyConcurrency | None = None,
    lane: str | None = None,
) -> Dependant:
    """Read the signature of `call` and of everything it depends on.

    Raises:
        AssertionError: A parameter contradicts itself; the message names it.
        DependencyScopeError: A longer-lived dependency needs a shorter-lived one, or one of the app a request.
        FastAPIError: A type is nothing that Pydantic can validate.
    """
    dependant = Dependant(
        call=call,
        name=name,
        path=path,
        use_cache=use_cache,
        scope=scope,
        concurrency=concurrency,
        lane=lane or getattr(call, LANE_MARK, None),
        own_oauth_scopes=own_oauth_scopes,
        parent_oauth_scopes=parent_oauth_scopes,
    )
    names = path_param_names(path)
    for argument in typed_signature(call).parameters.values():
        _add_argument(dependant, Argument.of(argument, names))
    return dependant


@dataclass(slots=True)
class Argument:
    """One argument of a signature, taken apart.

    Attributes:
        annotation: As written, `Any` when absent, PEP 695 aliases resolved.
        type: The annotation without `Annotated`.
        marker: The last of our objects in `Annotated`, or the one given as default.
        default: The default value; Undefined when there is none or it is a marker.
        from_default: Whether the marker was given as the default value.
        in_path: Whether the path has a part of this name.
    """

    name: str
    annotation: Any
    type: Any
    marker: FieldInfo | params.Depends | None
    default: Any
    from_default: bool
    in_path: bool
    path_names: set[str]

    @classmethod
    def of(cls, argument: inspect.Parameter, path_names: set[str]) -> "Argument":
        """Take one parameter apart, refusing contradictory markers."""
        annotation = Any if argument.annotation is inspect.Parameter.empty else argument.annotation
        if is_typealiastype(annotation):
            annotation = annotation.__value__
        default = Undefined if argument.default is inspect.Parameter.empty else argument.default
        inner = _marker_in(annotation)
        if isinstance(default, params.Depends | FieldInfo):
            _refuse_two_markers(argument.name, inner, default)
        from_default = isinstance(default, params.Depends | FieldInfo)
        marker = default if from_default else inner
        bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
        return cls(
            argument.name,
            annotation,
            bare,
            marker,
            Undefined if from_default else default,
            from_default,
            argument.name in path_names,
            path_names,
        )


def _marker_in(annotation: Any) -> FieldInfo | params.Depends | None:
    if get_origin(annotation) is not Annotated:
        return None
    markers = (params.Param, params.Body, params.Depends)
    ours = [item for item in get_args(annotation)[1:] if isinstance(item, markers)]
    return ours[-1] if ours else None


def _refuse_two_markers(name: str, inner: object, default: object) -> None:
    if inner is None:
        return
    if isinstance(default, params.Depends):
        if isinstance(inner, params.Depends):
            raise AssertionError(
                f"Cannot specify `Depends` in `Annotated` and default value together for {name!r}"
            )
        raise AssertionError(
            f"Cannot specify a FastAPI annotation in `Annotated` and `Depends` as a default value together for {name!r}"
        )
    if not isinstance(inner, params.Depends):
        raise AssertionError(
            f"Cannot specify FastAPI annotations in `Annotated` and default value together for {name!r}"
        )


def _add_argument(dependant: Dependant, argument: Argument) -> None:
    marker = argument.marker
    if isinstance(marker, params.Depends):
        _add_dependency(dependant, argument, marker)
    elif is_app_scoped(dependant):
        # A plain default stays what it is: there is no request that could say something else.
        if marker is not None or argument.default is Undefined or _injection_slot(argument.type):
            raise refuse_parameter(dependant, argument.name)
    elif (slot := _injection_slot(argument.type)) is not None:
        if marker is not None:
            raise AssertionError(f"Cannot specify FastAPI annotation for type {argument.type!r}")
        setattr(dependant, slot, argument.name)
    elif is_subclass(argument.type, UploadParts):
        _add_parts(dependant, argument)
    else:
        _add_field(dependant, argument)


def _injection_slot(annotation: Any) -> str | None:
    return next((slot for kind, slot in _INJECTED if is_subclass(annotation, kind)), None)


def _add_parts(dependant: Dependant, argument: Argument) -> None:
    if argument.marker is not None or argument.default is not Undefined:
        raise AssertionError(
            f"{argument.name!r} reads the body as it arrives: it has no marker and no default"
        )
    ensure_multipart_is_installed()
    metadata = get_args(argument.annotation)[1:] if get_origin(argument.annotation) is Annotated else ()
    limits = [item for item in metadata if isinstance(item, UploadLimits)]
    call = PartsOfRequest(limits[-1] if limits else UploadLimits())
    _add_dependency(dependant, argument, params.Depends(call))


def _add_dependency(dependant: Dependant, argument: Argument, depends: params.Depends) -> None:
    if depends.dependency is None:
        depends = dataclasses.replace(depends, dependency=argument.type)
    call = depends.dependency
    assert call is not None
    if depends.scope == "function" and is_generator(dependant.function) and dependant.lifetime == "request":
        owner = getattr(dependant.call, "__name__", "<unnamed_callable>")
        raise DependencyScopeError(
            f'The dependency "{owner}" has a scope of "request", it cannot depend on dependencies with scope '
            f'"function"; give both the same scope'
        )
    scope = scope_below(dependant, depends, call)
    with telling_owner(dependant):
        below = get_dependant(
            path=dependant.path or "",
            call=call,
            name=argument.name,
            own_oauth_scopes=_security_scopes(depends),
            parent_oauth_scopes=dependant.oauth_scopes,
            use_cache=depends.use_cache,
            scope=scope,
            concurrency=depends._concurrency,
            lane=depends.lane,
        )
    dependant.dependencies.append(below)


def _add_field(dependant: Dependant, argument: Argument) -> None:
    info = _field_info(argument)
    _check_source(argument, info)
    if isinstance(info, params.Form):
        ensure_multipart_is_installed()
        info.annotation = normalizing_form_union(info)
    _choose_names(argument, info)
    made = make_field(argument.name, argument.annotation, info)
    _check_shape(argument, made)
    target = (
        dependant.body_params
        if isinstance(info, params.Body)
        else getattr(dependant, f"{cast(params.Param, info).in_.value}_params")
    )
    target.append(made)


def _field_info(argument: Argument) -> FieldInfo:
    """What is declared for the argument, or what its type and place suggest."""
    marker = argument.marker
    if marker is None:
        return _inferred(argument)
    assert isinstance(marker, FieldInfo)
    if argument.from_default:
        marker.annotation = argument.type
        return copy(marker)
    info = _merged(marker, argument.annotation)
    if info.default is not Undefined and info.default is not ...:
        raise AssertionError(
            f"`{type(info).__name__}` default value cannot be set in `Annotated` for {argument.name!r}. "
            "Set the default value with `=` instead."
        )
    if argument.default is not Undefined and argument.in_path:
        raise AssertionError("Path parameters cannot have default values")
    info.default = argument.default
    return info


def _merged(marker: F, annotation: Any) -> F:
    """A copy of `marker` that also has what the other members of `Annotated` say."""
    whole = FieldInfo.from_annotation(annotation)
    result = copy(marker)
    for slot in FieldInfo.__slots__:
        setattr(result, slot, getattr(whole, slot))
    return result


def _inferred(argument: Argument) -> FieldInfo:
    kind = argument.type
    info: FieldInfo
    if argument.in_path:
        # A function may serve a path with and one without the part, so a default is no contradiction here.
        info = params.Path(annotation=argument.annotation)
    elif accepts(kind, UploadFile) or accepts_sequence_of(kind, UploadFile):
        info = params.File(argument.default, annotation=argument.annotation)
    elif is_scalar(kind):
        info = params.Query(argument.default, annotation=argument.annotation)
    else:
        info = params.Body(argument.default, annotation=argument.annotation)
    if get_origin(argument.annotation) is Annotated:
        default = info.default
        info = _merged(info, argument.annotation)
        info.default = default
        if argument.in_path:
            info.default_factory = None
    return info


def _check_source(argument: Argument, info: FieldInfo) -> None:
    if argument.in_path and not isinstance(info, params.Path):
        raise AssertionError(f"Cannot use `{type(info).__name__}` for path param {argument.name!r}")
    if isinstance(info, params.Param) and getattr(info, "in_", None) is None:
        info.in_ = params.ParamTypes.query


def _choose_names(argument: Argument, info: FieldInfo) -> None:
    choices = info.validation_alias
    if isinstance(info, params.Path) and isinstance(choices, AliasChoices):
        names = [choice for choice in choices.choices if isinstance(choice, str)]
        if len(names) == len(choices.choices):
            info.validation_alias = next((name for name in names if name in argument.path_names), choices)
    if not info.alias:
        hyphens = getattr(info, "convert_underscores", False)
        info.alias = argument.name.replace("_", "-") if hyphens else argument.name


def _check_shape(argument: Argument, made: ModelField) -> None:
    annotation = made.field_info.annotation
    if argument.in_path and not is_scalar(annotation):
        raise AssertionError("Path params must be of one of the supported types")
    if isinstance(made.field_info, params.Query):
        fits = is_scalar(annotation) or is_scalar_sequence(annotation) or model_of(annotation) is not None
        if not fits:
            raise AssertionError(f"Query parameter {argument.name!r} must be one of the supported types")


def with_dependencies(endpoint: Dependant, dependencies: Sequence[params.Depends], path: str) -> Dependant:
    """The endpoint with dependencies of route, router and app called before its own."""
    first = [get_parameterless_sub_dependant(depends=depends, path=path) for depends in dependencies]
    whole = dataclasses.replace(endpoint, dependencies=[*first, *endpoint.dependencies])
    _check_parts(whole)
    return whole


def _check_parts(endpoint: Dependant) -> None:
    """Refuse a body that would be read twice."""
    nodes = list(endpoint.walk())
    reads = {node.cache_key for node in nodes if isinstance(node.call, PartsOfRequest)}
    names = [field.name for node in nodes for field in node.body_params]
    if reads and names:
        raise AssertionError(
            f"The body is read as it arrives (`UploadParts`), so nothing else can be read from it: {', '.join(names)}. "
            "Take these from the parts, or use `UploadFile` and `Form`."
        )
    if len(reads) > 1:
        raise AssertionError("The body is read as it arrives (`UploadParts`) twice, under different limits")
