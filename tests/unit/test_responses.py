"""Response classes that only exist for old code."""

import importlib.util
from collections.abc import Callable
from typing import Any

import pytest

from laneway.exceptions import FastAPIDeprecationWarning
from laneway.responses import JSONResponse, ORJSONResponse, UJSONResponse

FAST_JSON: list[tuple[str, Callable[[Any], JSONResponse]]] = [
    ("orjson", ORJSONResponse),
    ("ujson", UJSONResponse),
]


@pytest.mark.parametrize(("library", "response_class"), FAST_JSON)
def test_deprecated_class_warns_and_names_the_replacement(
    library: str, response_class: Callable[[Any], JSONResponse]
) -> None:
    """The warning is shown by default and says what to do."""
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    with pytest.warns(FastAPIDeprecationWarning, match="is deprecated; declare a return type"):
        reply = response_class({"name": "Käse"})

    assert bytes(reply.body) == '{"name":"Käse"}'.encode()


@pytest.mark.parametrize(("library", "response_class"), FAST_JSON)
def test_missing_library_is_named(
    library: str, response_class: Callable[[Any], JSONResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to install."""
    monkeypatch.setitem(importlib.import_module("sys").modules, library, None)
    with (
        pytest.warns(FastAPIDeprecationWarning),
        pytest.raises(ModuleNotFoundError, match=f"needs '{library}'"),
    ):
        response_class({})
