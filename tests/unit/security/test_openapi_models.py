"""The models accept what OpenAPI 3.1 allows and write it under the names of the specification."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from laneway.openapi.models import Contact, MediaType, OpenAPI, Parameter, PathItem, Schema

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1", "x-team": "blue"},
    "paths": {
        "/items/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "description": "The item",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
                    }
                },
                "callbacks": {"sold": {"{$request.body#/url}": {"post": {"responses": {}}}}},
            }
        }
    },
    "components": {
        "schemas": {
            "Item": {
                "type": ["object", "null"],
                "properties": {"name": {"type": "string"}, "parts": {"items": {"$ref": "#"}}},
                "additionalProperties": False,
                "not": {"required": ["id"]},
            }
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    },
}


def test_a_document_comes_out_as_it_went_in():
    document = OpenAPI.model_validate(DOCUMENT)

    assert document.model_dump(mode="json", by_alias=True, exclude_none=True) == DOCUMENT


def test_a_name_that_python_reserves_is_read_by_its_alias():
    parameter = Parameter.model_validate({"name": "q", "in": "query"})

    assert parameter.in_.value == "query"


def test_a_schema_refers_to_schemas():
    assert Schema.model_validate({"properties": {"a": {"items": True}}}).properties == {
        "a": Schema(items=True)
    }


def test_a_path_item_holds_operations():
    item = PathItem.model_validate({"get": {"summary": "Read"}})

    assert item.get is not None
    assert item.get.summary == "Read"


def test_an_example_keeps_its_extensions():
    media = MediaType.model_validate({"examples": {"one": {"value": 1, "x-note": "first"}}})

    assert media.examples == {"one": {"value": 1, "x-note": "first"}}


def test_an_unknown_type_of_value_is_rejected():
    with pytest.raises(ValidationError, match="2 validation errors for Schema"):
        Schema.model_validate({"type": True})


def test_reading_the_deprecated_example_warns():
    schema = Schema.model_validate({"example": 1})

    with pytest.warns(DeprecationWarning, match="use `examples`"):
        assert schema.example == 1


def test_an_address_that_is_none_is_rejected():
    pytest.importorskip("email_validator")

    with pytest.raises(ValidationError, match="email"):
        Contact(email="nobody")


def test_an_address_is_kept_unchecked_without_email_validator(caplog, monkeypatch):
    monkeypatch.setitem(sys.modules, "email_validator", None)
    monkeypatch.setattr("pydantic.networks.email_validator", None, raising=False)

    assert Contact(email="nobody").email == "nobody"
    assert "install email-validator" in caplog.text


def test_importing_the_models_builds_no_validator_and_imports_no_email_validator():
    """Both cost milliseconds of start-up that an app without a document need not spend."""
    code = (
        "import sys; from laneway.openapi import models; "
        "assert not models.OpenAPI.__pydantic_complete__; assert 'email_validator' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
