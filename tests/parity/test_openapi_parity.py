"""The document of an app equals the one that FastAPI makes of the same source."""

from collections.abc import Callable
from typing import Any

import pytest

import laneway

from .described_apps import APPS

fastapi = pytest.importorskip("fastapi", minversion="0.165")

ABOUT: dict[str, Any] = {
    "title": "Parity",
    "version": "2",
    "servers": [{"url": "https://example.com"}, {"url": "/v2", "description": "Here", "x-a": None}],
    "openapi_tags": [{"name": "a", "externalDocs": {"url": "https://example.com"}}],
    "contact": {"url": "https://example.com", "email": "a@example.com"},
    "license_info": {"name": "MIT", "url": "https://example.com"},
    "openapi_external_docs": {"url": "https://example.com", "x-a": 1},
}


@pytest.mark.parametrize("separate", [True, False], ids=["two-schemas", "one-schema"])
@pytest.mark.parametrize("declare", APPS)
def test_documents_are_equal(declare: Callable[[Any, Any], None], separate: bool) -> None:
    """Every member of it."""
    theirs = fastapi.FastAPI(separate_input_output_schemas=separate, **ABOUT)
    declare(fastapi, theirs)
    # FastAPI claims 3.1.0 also where it uses a keyword of 3.2.
    ours = laneway.Laneway(separate_input_output_schemas=separate, openapi_version="3.1.0", **ABOUT)
    declare(laneway, ours)

    assert ours.openapi() == theirs.openapi()
