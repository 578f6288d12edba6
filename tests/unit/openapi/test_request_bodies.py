"""Request bodies: their content types, and the one schema of many parameters."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from laneway.datastructures import UploadFile
from laneway.param_functions import Body, Depends, File, Form
from laneway.routing import APIRouter

from .conftest import Describe

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


class Item(BaseModel):
    name: str


class Login(BaseModel):
    user: str
    remember: bool = False


def test_one_model_is_the_body(router: APIRouter, operation: Describe) -> None:
    """Referred to by name."""

    @router.post("/")
    def create(item: Item) -> None: ...

    assert operation("/", "post")["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
    }


def test_an_optional_body_is_not_required(router: APIRouter, operation: Describe) -> None:
    """The schema admits null."""

    @router.post("/")
    def create(item: Item | None = None) -> None: ...

    assert operation("/", "post")["requestBody"] == {
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [{"$ref": "#/components/schemas/Item"}, {"type": "null"}],
                    "title": "Item",
                }
            }
        },
    }


def test_several_parameters_make_one_object(router: APIRouter, document: Describe) -> None:
    """Named after the operation."""

    @router.post("/")
    def create(item: Item, count: Annotated[int, Body(gt=0)]) -> None: ...

    found = document()

    body = found["paths"]["/"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Body_create__post"}
    assert found["components"]["schemas"]["Body_create__post"] == {
        "type": "object",
        "properties": {
            "item": {"$ref": "#/components/schemas/Item"},
            "count": {"type": "integer", "exclusiveMinimum": 0, "title": "Count"},
        },
        "required": ["item", "count"],
        "title": "Body_create__post",
    }


def test_body_parameters_of_dependencies_join(router: APIRouter, document: Describe) -> None:
    """They are keys of the same body."""

    def counted(count: Annotated[int, Body()]) -> None: ...

    @router.post("/")
    def create(item: Item, _: Annotated[None, Depends(counted)]) -> None: ...

    properties = document()["components"]["schemas"]["Body_create__post"]["properties"]

    assert list(properties) == ["item", "count"]


def test_an_embedded_parameter_has_a_key(router: APIRouter, document: Describe) -> None:
    """Even alone."""

    @router.post("/")
    def create(item: Annotated[Item, Body(embed=True)]) -> None: ...

    assert list(document()["components"]["schemas"]["Body_create__post"]["properties"]) == ["item"]


def test_examples_stand_beside_the_schema(router: APIRouter, operation: Describe) -> None:
    """Under their names."""

    @router.post("/")
    def create(item: Annotated[Item, Body(openapi_examples={"one": {"value": {"name": "A"}}})]) -> None: ...

    content = operation("/", "post")["requestBody"]["content"]["application/json"]

    assert content["examples"] == {"one": {"value": {"name": "A"}}}


def test_members_of_a_union_are_told_apart_by_a_key(router: APIRouter, operation: Describe) -> None:
    """The discriminator enters with its mapping."""

    class Cat(BaseModel):
        kind: Literal["cat"]

    class Dog(BaseModel):
        kind: Literal["dog"]

    @router.post("/")
    def create(pet: Annotated[Cat | Dog, Body(discriminator="kind")]) -> None: ...

    schema = operation("/", "post")["requestBody"]["content"]["application/json"]["schema"]

    assert schema["discriminator"] == {
        "propertyName": "kind",
        "mapping": {"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"},
    }


def test_methods_without_body_show_none(router: APIRouter, operation: Describe) -> None:
    """OPTIONS requests carry none."""

    @router.options("/")
    def ask(item: Item) -> None: ...

    assert "requestBody" not in operation("/", "options")


@pytest.mark.parametrize(
    ("second", "media_type"),
    [
        (Annotated[str, Form()], FORM),
        (Annotated[str, Form(media_type=MULTIPART)], MULTIPART),
        (Annotated[bytes, File()], MULTIPART),
        (UploadFile, MULTIPART),
    ],
    ids=["form", "form-as-multipart", "bytes", "upload"],
)
def test_a_form_has_the_content_type_that_fits_all(
    router: APIRouter, operation: Describe, second: Any, media_type: str
) -> None:
    """Files need parts."""

    @router.post("/")
    def create(first: Annotated[str, Form()], more: second) -> None: ...

    assert list(operation("/", "post")["requestBody"]["content"]) == [media_type]


def test_a_content_type_that_all_share_is_kept(router: APIRouter, operation: Describe) -> None:
    """A vendor's type, for instance."""

    @router.post("/")
    def create(
        a: Annotated[int, Body(media_type="application/vnd.api+json")],
        b: Annotated[int, Body(media_type="application/vnd.api+json")],
    ) -> None: ...

    assert list(operation("/", "post")["requestBody"]["content"]) == ["application/vnd.api+json"]


def test_a_file_is_a_string_of_bytes(router: APIRouter, document: Describe) -> None:
    """In the words of JSON Schema 2020-12."""

    @router.post("/")
    def create(file: UploadFile) -> None: ...

    assert document()["components"]["schemas"]["Body_create__post"]["properties"] == {
        "file": {"type": "string", "contentMediaType": "application/octet-stream", "title": "File"}
    }


@pytest.mark.parametrize("config", [{}, {"val_json_bytes": "base64"}], ids=["raw", "base64"])
def test_bytes_tell_their_encoding(router: APIRouter, document: Describe, config: ConfigDict) -> None:
    """As the model's configuration has it for input."""

    class Blob(BaseModel):
        model_config = config
        data: bytes

    @router.post("/")
    def create(blob: Blob) -> None: ...

    data = document()["components"]["schemas"]["Blob"]["properties"]["data"]

    assert data.get("contentEncoding") == config.get("val_json_bytes")


def test_a_form_model_is_the_form(router: APIRouter, operation: Describe) -> None:
    """Its fields are the entries."""

    @router.post("/")
    def login(data: Annotated[Login, Form()]) -> None: ...

    assert operation("/", "post")["requestBody"] == {
        "required": True,
        "content": {FORM: {"schema": {"$ref": "#/components/schemas/Login"}}},
    }


def test_a_form_model_beside_a_field_is_a_condition(router: APIRouter, document: Describe) -> None:
    """Its fields stand on the same level as all others."""

    @router.post("/")
    def login(data: Annotated[Login, Form()], token: Annotated[str, Form()]) -> None: ...

    assert document()["components"]["schemas"]["Body_login__post"] == {
        "type": "object",
        "title": "Body_login__post",
        "properties": {"token": {"type": "string", "title": "Token"}},
        "required": ["token"],
        "allOf": [{"$ref": "#/components/schemas/Login"}],
    }


def test_an_optional_form_model_may_have_no_entry_at_all(router: APIRouter, document: Describe) -> None:
    """Forms have no null."""

    @router.post("/")
    def login(data: Annotated[Login | None, Form()] = None) -> None: ...

    (condition,) = document()["components"]["schemas"]["Body_login__post"]["allOf"]

    assert condition["anyOf"][0] == {"not": {"anyOf": [{"required": ["remember"]}, {"required": ["user"]}]}}
    assert condition["anyOf"][1]["anyOf"] == [{"$ref": "#/components/schemas/Login"}]


def test_an_optional_form_model_that_takes_anything_is_absent_in_empty_forms_only(
    router: APIRouter, document: Describe
) -> None:
    """Any entry might be its own."""

    class Open(Login):
        model_config = ConfigDict(extra="allow")

    @router.post("/")
    def login(data: Annotated[Open | None, Form()] = None) -> None: ...

    (condition,) = document()["components"]["schemas"]["Body_login__post"]["allOf"]

    assert condition["anyOf"][0] == {"maxProperties": 0}


def test_several_names_of_a_form_field_are_alternatives(router: APIRouter, document: Describe) -> None:
    """The model's own schema, for other uses, keeps one name."""

    class Named(BaseModel):
        user: Annotated[str, Field(validation_alias=AliasChoices("login", "email"))]

    @router.post("/form")
    def login(data: Annotated[Named, Form()], token: Annotated[str, Form()] = "") -> None: ...

    @router.post("/json")
    def create(data: Named) -> None: ...

    schemas = document()["components"]["schemas"]
    (condition,) = schemas["Body_login_form_post"]["allOf"]

    assert list(condition["properties"]) == ["login"]
    assert condition["required"] == []
    assert condition["allOf"] == [{"anyOf": [{"required": ["login"]}, {"required": ["email"]}]}]
    assert schemas["Named"]["required"] == ["login"]


def test_one_name_with_two_meanings_must_fit_both(router: APIRouter, document: Describe) -> None:
    """Two dependencies may read the same entry each in its way."""

    def number(token: Annotated[int, Form()]) -> None: ...

    @router.post("/")
    def login(
        data: Annotated[Login, Form()], token: Annotated[str, Form()], _: Annotated[None, Depends(number)]
    ) -> None: ...

    found = document()["components"]["schemas"]["Body_login__post"]

    assert found["properties"]["token"]["type"] == "string"
    assert found["allOf"][1] == {"properties": {"token": {"type": "integer", "title": "Token"}}}
