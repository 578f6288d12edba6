"""`fastapi.dependencies.utils`: signatures read, parameters taken from a request, dependencies called."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

from starlette.background import BackgroundTasks
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from laneway.annotations import is_subclass as lenient_issubclass
from laneway.annotations import return_annotation as get_typed_return_annotation
from laneway.annotations import stream_item as get_stream_item_type
from laneway.annotations import typed_signature as get_typed_signature
from laneway.bodies import body_params as _get_flat_body_params
from laneway.bodies import is_embedded as _should_embed_body_fields
from laneway.bodies import read_body
from laneway.body_model import body_field
from laneway.dependant import Dependant
from laneway.extraction import Read
from laneway.extraction import read_params as request_params_to_args
from laneway.fastapi._compat import evaluate_forwardref
from laneway.fastapi._stepwise import at_work_on
from laneway.fastapi.dependencies._reading import (
    _get_form_model,
    _get_multidict_value,
    _get_param_aliases,
    _normalize_form_model,
)
from laneway.fields import ModelField
from laneway.fields import model_fields as get_cached_model_fields
from laneway.forms import NOT_INSTALLED as multipart_not_installed_error  # noqa: N811  # FastAPI's name
from laneway.forms import WRONG_PACKAGE as multipart_incorrect_install_error  # noqa: N811  # FastAPI's name
from laneway.forms import ensure_multipart_is_installed
from laneway.forms import form_entries as _extract_form_items
from laneway.forms import form_models as _get_form_models
from laneway.forms import is_sent as _is_form_model_supplied
from laneway.forms import read_file_bytes as _read_file_bytes
from laneway.forms import read_form_entries as _extract_form_body
from laneway.lanes.registry import DEFAULT_LANES
from laneway.overrides import LiveOverrides
from laneway.plan.app_scope import app_scope_of
from laneway.plan.cleanup import Cleanup
from laneway.plan.general import CLEANUP, FUNCTION_STACK, REQUEST_STACK, cleanup_of
from laneway.plan.solve import Solver
from laneway.plan.tree import build_tree
from laneway.signature import get_dependant, get_parameterless_sub_dependant
from laneway.types import DependencyCacheKey, ErrorDetails, Undefined

__all__ = [
    "Dependant",
    "SolvedDependency",
    "_extract_form_body",
    "_extract_form_items",
    "_get_body_field",
    "_get_flat_body_params",
    "_get_form_model",
    "_get_form_models",
    "_get_multidict_value",
    "_get_param_aliases",
    "_is_form_model_supplied",
    "_normalize_form_model",
    "_read_file_bytes",
    "_should_embed_body_fields",
    "ensure_multipart_is_installed",
    "get_cached_model_fields",
    "get_dependant",
    "get_flat_dependant",
    "get_flat_params",
    "get_parameterless_sub_dependant",
    "get_stream_item_type",
    "get_typed_annotation",
    "get_typed_return_annotation",
    "get_typed_signature",
    "get_validation_alias",
    "lenient_issubclass",
    "multipart_incorrect_install_error",
    "multipart_not_installed_error",
    "request_body_to_args",
    "request_params_to_args",
    "solve_dependencies",
]


_PLACES = ("path_params", "query_params", "header_params", "cookie_params", "body_params")


def get_typed_annotation(annotation: Any, globalns: dict[str, Any]) -> Any:
    """A string annotation as a type, as far as its names are in `globalns`; "None" gives None."""
    if not isinstance(annotation, str):
        return annotation
    value = evaluate_forwardref(annotation, globalns, globalns)
    return None if value is type(None) else value


def get_validation_alias(field: ModelField) -> str:
    """The name that input uses."""
    return field.input_name


def get_flat_params(dependant: Dependant) -> list[ModelField]:
    """Parameters outside the body of a whole tree: path, query, headers, cookies; each use of a call once."""
    nodes = {node.cache_key: node for node in reversed(list(dependant.walk()))}
    firsts = [node for node in dependant.walk() if nodes[node.cache_key] is node]
    return [field for place in _PLACES[:-1] for node in firsts for field in getattr(node, place)]


def get_flat_dependant(
    dependant: Dependant, *, skip_repeats: bool = False, visited: list[DependencyCacheKey] | None = None
) -> Dependant:
    """The callable with the parameters of everything below it, as FastAPI before 0.136 gave it to libraries.

    Args:
        dependant: The root of the tree.
        skip_repeats: Whether a call that is used twice counts once.
        visited: Keys of calls that are left out; those met are added.
    """
    seen = [] if visited is None else visited
    empty: dict[str, Any] = {place: [] for place in _PLACES}
    flat = replace(dependant, dependencies=[], **empty)
    for node in dependant.walk():
        if skip_repeats and node.cache_key in seen:
            continue
        seen.append(node.cache_key)
        for place in _PLACES:
            getattr(flat, place).extend(getattr(node, place))
    return flat


def _get_body_field(
    *, body_params: list[ModelField], name: str, embed_body_fields: bool
) -> ModelField | None:
    """The whole body as one field, for the schema; None without body parameters."""
    return body_field(body_params, name, embed_body_fields)


async def request_body_to_args(
    body_fields: list[ModelField], received_body: Any, embed_body_fields: bool
) -> Read:
    """The values of body parameters from a parsed body, and the errors."""
    return await read_body(body_fields, received_body, embedded=embed_body_fields)


@dataclass
class SolvedDependency:
    """What calling the dependencies of an endpoint gave.

    Attributes:
        values: Arguments of the endpoint, those without errors.
        errors: Everything that was wrong with the request.
        background_tasks: What a `BackgroundTasks` parameter got; None when nobody asked.
        response: What a `Response` parameter got.
        dependency_cache: Results by call, to be given on.
    """

    values: dict[str, Any]
    errors: list[ErrorDetails]
    background_tasks: BackgroundTasks | None
    response: Response
    dependency_cache: dict[DependencyCacheKey, Any]


async def solve_dependencies(
    *,
    request: Request | WebSocket,
    dependant: Dependant,
    body: Any = Undefined,
    background_tasks: BackgroundTasks | None = None,
    response: Response | None = None,
    dependency_overrides_provider: Any = None,
    dependency_cache: dict[DependencyCacheKey, Any] | None = None,
    async_exit_stack: AsyncExitStack,
    embed_body_fields: bool,
) -> SolvedDependency:
    """Call everything that `dependant` depends on and read its own parameters.

    Args:
        request: The connection; within a route it brings the exit stacks of the request.
        dependant: What is to be called afterwards, by the caller.
        body: The parsed body: data, bytes or FormData.
        background_tasks: Where tasks are added; made when needed.
        response: What a `Response` parameter gets; made when absent.
        dependency_overrides_provider: An app, or anything with `dependency_overrides`.
        dependency_cache: Results of calls that need not be made again; new ones are added.
        async_exit_stack: Where `yield` dependencies end when the connection is not within a route.
        embed_body_fields: Whether body values stand under their names.
    """
    cache = {} if dependency_cache is None else dependency_cache
    done: dict[DependencyCacheKey, tuple[Any, list[ErrorDetails]]] = {
        key: (value, []) for key, value in cache.items()
    }
    work = at_work_on(dependant)
    if work is None:
        provider, lanes = dependency_overrides_provider, DEFAULT_LANES
        tree = build_tree(dependant, LiveOverrides(provider), app=app_scope_of(provider))
    else:
        tree, lanes = work.tree, work.spec.lanes
    solver = Solver(
        request,
        _stacks(request, async_exit_stack),
        body=body,
        embedded=embed_body_fields,
        background=background_tasks,
        response=response,
        cache=done,
        lanes=lanes,
    )
    values, errors = await solver.solve(tree)
    cache.update({key: value for key, (value, found) in done.items() if not found})
    return SolvedDependency(values, errors, solver.background, solver.response, cache)


def _stacks(request: Request | WebSocket, given: AsyncExitStack) -> Cleanup:
    in_route = CLEANUP in request.scope or {REQUEST_STACK, FUNCTION_STACK} <= request.scope.keys()
    return cleanup_of(request) if in_route else Cleanup(given, given)
