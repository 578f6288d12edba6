"""What a type annotation says of the shape of a value."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ForwardRef, Literal, Optional, Union

import pytest
from pydantic import BaseModel

from laneway import UploadFile
from laneway.annotations import (
    accepts,
    accepts_sequence_of,
    is_nullable,
    is_scalar,
    is_scalar_sequence,
    is_sequence,
    is_subclass,
    members,
    model_of,
    return_annotation,
    sequence_maker,
    stream_item,
    typed_signature,
)

if TYPE_CHECKING:
    from decimal import Decimal


class Model(BaseModel):
    name: str


@dataclass
class Point:
    x: int


OPTIONAL = Optional[int]  # noqa: UP045  # the old spelling is tested, too
UNION = Union[int, Model]  # noqa: UP007


@pytest.mark.parametrize(
    "annotation",
    [int, str, bytes, Any, Literal["a"], int | None, int | str, OPTIONAL, Annotated[int, 1], object],
)
def test_scalars_fit_in_a_string(annotation: Any) -> None:
    assert is_scalar(annotation)


@pytest.mark.parametrize(
    "annotation",
    [
        *(Model, Point, UploadFile, dict, dict[str, int], Mapping[str, int], list[int], tuple[int, ...]),
        *(Model | None, Annotated[Model, 1], int | list[int], UNION),
    ],
)
def test_what_has_members_is_no_scalar(annotation: Any) -> None:
    assert not is_scalar(annotation)


@pytest.mark.parametrize(
    "annotation",
    [
        *(list, set, tuple, frozenset, deque, list[int], set[str], tuple[int, ...], Sequence[int]),
        *(list[int] | None, Annotated[list[int], 1], Annotated[list[int], 1] | None, int | list[int]),
    ],
)
def test_sequences_collect_repeated_keys(annotation: Any) -> None:
    assert is_sequence(annotation)


@pytest.mark.parametrize("annotation", [str, bytes, int, dict[str, int], Model, str | None, Any])
def test_text_and_mappings_are_no_sequences(annotation: Any) -> None:
    assert not is_sequence(annotation)


@pytest.mark.parametrize("annotation", [list[int], list[int] | None, tuple[int, ...], set[str | None]])
def test_a_sequence_of_scalars_fits_in_a_query(annotation: Any) -> None:
    assert is_scalar_sequence(annotation)


@pytest.mark.parametrize("annotation", [int, list[Model], list[int] | Model, list[list[int]], dict[str, int]])
def test_a_sequence_of_anything_else_does_not(annotation: Any) -> None:
    assert not is_scalar_sequence(annotation)


@pytest.mark.parametrize(
    ("annotation", "nullable"), [(int | None, True), (OPTIONAL, True), (int | str, False)]
)
def test_a_union_with_none_is_nullable(annotation: Any, nullable: bool) -> None:
    assert is_nullable(annotation) is nullable


def test_members_of_a_union_are_without_metadata() -> None:
    assert members(Annotated[int, 1] | None) == (int, type(None))


def test_what_is_no_union_is_its_only_member() -> None:
    assert members(Annotated[int, 1]) == (int,)


@pytest.mark.parametrize(
    ("annotation", "model"),
    [
        (Model, Model),
        (Model | None, Model),
        (None | Model, Model),
        (Model | int, None),
        (int, None),
        (list[Model], None),
    ],
)
def test_a_model_or_none_is_a_model(annotation: Any, model: type[BaseModel] | None) -> None:
    assert model_of(annotation) is model


@pytest.mark.parametrize("annotation", [UploadFile, UploadFile | None])
def test_a_union_accepts_its_members(annotation: Any) -> None:
    assert accepts(annotation, UploadFile)


@pytest.mark.parametrize("annotation", [list[UploadFile], list[UploadFile] | None, list[UploadFile | None]])
def test_a_list_of_files_is_seen(annotation: Any) -> None:
    assert accepts_sequence_of(annotation, UploadFile)


def test_generic_aliases_are_no_classes() -> None:
    assert not is_subclass(list[int], list)


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [(list[int], list), (set[int] | None, set), (tuple[int, ...], tuple), (Sequence[int], list)],
)
def test_a_list_becomes_the_sequence_asked_for(annotation: Any, kind: type) -> None:
    assert type(sequence_maker(annotation)([1])) is kind


@pytest.mark.parametrize(
    ("annotation", "item"),
    [(AsyncIterator[int], int), (Iterator[Model], Model), (Iterator, None), (list[int], None), (int, None)],
)
def test_an_iterator_names_its_items(annotation: Any, item: Any) -> None:
    assert stream_item(annotation) is item


# -- signatures


def returned_type(call: Callable[..., Any]) -> Any:
    return typed_signature(call).return_annotation


def test_string_annotations_are_evaluated() -> None:
    def call(a: "int", b: "Annotated[Model, 1]") -> "list[Model]": ...

    parameters = typed_signature(call).parameters

    assert (parameters["a"].annotation, returned_type(call)) == (int, list[Model])


def test_names_for_type_checkers_only_stay_forward_references() -> None:
    def call(a: "Decimal", b: "int") -> None: ...

    parameters = typed_signature(call).parameters

    assert parameters["a"].annotation == ForwardRef("Decimal")
    assert parameters["b"].annotation is int


def test_no_return_annotation_is_none() -> None:
    def call():  # type: ignore[no-untyped-def]
        ...

    assert return_annotation(call) is None
