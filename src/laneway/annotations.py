"""What a type annotation says of the shape of a value."""

import inspect
import sys
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import is_dataclass
from types import UnionType
from typing import Annotated, Any, ForwardRef, TypeGuard, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel
from starlette.datastructures import UploadFile

T = TypeVar("T")

SEQUENCE_TYPES: dict[type, Callable[[Any], Any]] = {
    Sequence: list,
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    deque: deque,
}
"""Sequence annotations, each with what makes such a value from a list."""

_STREAM_TYPES = {AsyncIterable, AsyncIterator, AsyncGenerator, Iterable, Iterator, Generator}


def is_subclass(value: Any, classes: type[T] | tuple[type[T], ...]) -> TypeGuard[type[T]]:
    """`issubclass` that answers False for what is not a class."""
    # list[int] is no instance of type, but some generic aliases of older libraries pass and then raise.
    try:
        return isinstance(value, type) and issubclass(value, classes)
    except TypeError:
        return False


def is_union(annotation: Any) -> bool:
    """Whether the annotation is `Union[...]` or `X | Y`."""
    return get_origin(annotation) in (Union, UnionType)


def members(annotation: Any) -> tuple[Any, ...]:
    """The members of a union with `Annotated` taken off; the annotation itself when it is none."""
    bare = without_annotated(annotation)
    return tuple(map(without_annotated, get_args(bare))) if is_union(bare) else (bare,)


def without_annotated(annotation: Any) -> Any:
    """The type below `Annotated`."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def is_nullable(annotation: Any) -> bool:
    """Whether the annotation is a union that admits None."""
    return is_union(annotation) and type(None) in get_args(annotation)


def _is_sequence_type(annotation: Any) -> bool:
    return is_subclass(annotation, tuple(SEQUENCE_TYPES)) and not is_subclass(annotation, (str, bytes))


def _is_complex_type(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return (
        any(
            is_subclass(kind, (BaseModel, Mapping, UploadFile))
            or _is_sequence_type(kind)
            or is_dataclass(kind)
            for kind in (annotation, origin)
        )
        or hasattr(origin, "__pydantic_core_schema__")
        or hasattr(origin, "__get_pydantic_core_schema__")
    )


def is_sequence(annotation: Any) -> bool:
    """Whether values may be lists, tuples, sets or deques."""
    return any(_is_sequence_type(kind) or _is_sequence_type(get_origin(kind)) for kind in _leaves(annotation))


def _leaves(annotation: Any) -> Iterator[Any]:
    """The members of nested unions, `Annotated` taken off at every level."""
    for member in members(annotation):
        if is_union(member):
            yield from _leaves(member)
        else:
            yield member


def is_scalar(annotation: Any) -> bool:
    """Whether a value fits in one string: no model, mapping, file, dataclass or sequence in any member."""
    # Ellipsis stands in tuple[int, ...].
    return annotation is Ellipsis or not any(map(_is_complex_type, _leaves(annotation)))


def is_scalar_sequence(annotation: Any) -> bool:
    """Whether values are sequences of scalars; scalar members of a union do no harm."""
    found = False
    for kind in _leaves(annotation):
        if is_sequence(kind) and all(map(is_scalar, get_args(kind))):
            found = True
        elif not is_scalar(kind):
            return False
    return found


def accepts(annotation: Any, kind: type) -> bool:
    """Whether the annotation is `kind` or a union that has it."""
    return any(is_subclass(member, kind) for member in (annotation, *_union_args(annotation)))


def accepts_sequence_of(annotation: Any, kind: type) -> bool:
    """Whether the annotation is a sequence of `kind`, or a union that has one."""
    if is_union(annotation):
        return any(accepts_sequence_of(member, kind) for member in get_args(annotation))
    return is_sequence(annotation) and all(accepts(item, kind) for item in get_args(annotation))


def _union_args(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if is_union(annotation) else ()


def sequence_maker(annotation: Any) -> Callable[[Any], Any]:
    """What turns a list into the sequence that the annotation (or its first member but None) asks for."""
    member = next(member for member in members(annotation) if member is not type(None))
    return SEQUENCE_TYPES[get_origin(member) or member]


def model_of(annotation: Any) -> type[BaseModel] | None:
    """The model when the annotation is one, or one or None."""
    args = _union_args(annotation)
    if len(args) == 2 and type(None) in args:
        annotation = args[args[0] is type(None)]
    return annotation if is_subclass(annotation, BaseModel) else None


def stream_item(annotation: Any) -> Any:
    """The item type of an iterator or generator annotation; Undefined types give `Any`, other annotations None."""
    if get_origin(annotation) not in _STREAM_TYPES:
        return None
    args = get_args(annotation)
    return args[0] if args else Any


def _evaluated(annotation: Any, namespace: dict[str, Any]) -> Any:
    """A string annotation as a type, as far as its names are known at run time."""
    if not isinstance(annotation, str):
        return annotation
    try:
        value = eval(annotation, namespace)  # noqa: S307  # annotations of the user's own code
    except Exception:  # noqa: BLE001  # whatever users write there
        return ForwardRef(annotation)
    return None if value is type(None) else value


def _lenient_signature(call: Callable[..., Any]) -> inspect.Signature:
    if sys.version_info >= (3, 14):
        from annotationlib import Format

        return inspect.signature(call, annotation_format=Format.FORWARDREF)
    return inspect.signature(call)


def typed_signature(call: Callable[..., Any]) -> inspect.Signature:
    """The signature of `call` with its string annotations evaluated.

    Names that exist for type checkers only (under `TYPE_CHECKING`) stay forward references.
    """
    try:
        signature = inspect.signature(call, eval_str=True)
    except NameError:
        signature = _lenient_signature(call)
    # Strings are left where a name is unknown, and in a `__signature__` that somebody put together.
    namespace = getattr(inspect.unwrap(call), "__globals__", {})
    parameters = [
        parameter.replace(annotation=_evaluated(parameter.annotation, namespace))
        for parameter in signature.parameters.values()
    ]
    returned = _evaluated(signature.return_annotation, namespace)
    return signature.replace(parameters=parameters, return_annotation=returned)


def return_annotation(call: Callable[..., Any]) -> Any:
    """What `call` says it returns; None when it does not say."""
    annotation = typed_signature(call).return_annotation
    return None if annotation is inspect.Signature.empty else annotation
