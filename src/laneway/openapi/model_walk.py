"""The models and enums that an annotation holds, at any depth."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

from pydantic import BaseModel

from laneway.annotations import is_subclass


def models_below(annotation: Any, known: set[type]) -> Iterator[type]:
    """Every model and enum that `known` does not have yet, the annotation's own first; `known` gets them."""
    if is_subclass(annotation, (BaseModel, Enum)):
        if annotation in known:
            return
        known.add(annotation)
        yield annotation
        inner = [info.annotation for info in getattr(annotation, "model_fields", {}).values()]
    else:
        inner = list(get_args(annotation))
    for part in inner:
        yield from models_below(part, known)


def has_computed_fields(annotation: Any) -> bool:
    """Whether a model below has properties that only its output shows."""
    return any(getattr(model, "model_computed_fields", None) for model in models_below(annotation, set()))
