"""The Schema Object of OpenAPI 3.1 and the small objects it refers to.

Models defer their validators to the first use: an app whose document nobody opens never pays for them.

See https://spec.openapis.org/oas/v3.1.1.html#schema-object and
https://json-schema.org/draft/2020-12/json-schema-core.
"""

# ruff: noqa: N815 - fields are named as in the specification, which writes them in camelCase

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    AnyUrl,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    WithJsonSchema,
    with_config,
)
from pydantic.networks import validate_email
from typing_extensions import TypedDict

from laneway.logger import logger


def check_email(value: str) -> str:
    """Return the address in its normal form, or as given when email-validator is not installed.

    Raises:
        PydanticCustomError: email-validator is installed and `value` is no address.
    """
    try:
        return validate_email(value)[1]
    except ImportError:
        logger.warning("%r is not checked as an email address: install email-validator for that", value)
        return value


# pydantic's own EmailStr fails without email-validator and imports it (20 ms) when it is present but unused.
EmailStr = Annotated[str, AfterValidator(check_email), WithJsonSchema({"type": "string", "format": "email"})]


class BaseModelWithConfig(BaseModel):
    """An object of the document that keeps unknown keys, such as `x-` extensions."""

    model_config = ConfigDict(extra="allow", defer_build=True)


class Reference(BaseModel):
    """A pointer to another object: `{"$ref": "#/components/schemas/Item"}`."""

    model_config = ConfigDict(defer_build=True)

    ref: str = Field(alias="$ref")


class Discriminator(BaseModel):
    """The property whose value tells which schema of a union applies."""

    model_config = ConfigDict(defer_build=True)

    propertyName: str
    mapping: dict[str, str] | None = None


class XML(BaseModelWithConfig):
    """How a property looks in XML."""

    name: str | None = None
    namespace: str | None = None
    prefix: str | None = None
    attribute: bool | None = None
    wrapped: bool | None = None


class ExternalDocumentation(BaseModelWithConfig):
    """A link to documentation elsewhere."""

    url: AnyUrl
    description: str | None = None


@with_config(ConfigDict(extra="allow"))
class Example(TypedDict, total=False):
    """One named example, given as a value or as the address of one."""

    summary: str | None
    description: str | None
    value: Any | None
    externalValue: AnyUrl | None


SchemaType: TypeAlias = Literal["array", "boolean", "integer", "null", "number", "object", "string"]


class Schema(BaseModelWithConfig):
    """A JSON Schema (2020-12) with the keywords that OpenAPI adds."""

    # Core: identity and references.
    schema_: str | None = Field(default=None, alias="$schema")
    id: str | None = Field(default=None, alias="$id")
    vocabulary: str | dict[str, bool] | None = Field(default=None, alias="$vocabulary")
    anchor: str | None = Field(default=None, alias="$anchor")
    dynamicAnchor: str | None = Field(default=None, alias="$dynamicAnchor")
    ref: str | None = Field(default=None, alias="$ref")
    dynamicRef: str | None = Field(default=None, alias="$dynamicRef")
    defs: dict[str, SchemaOrBool] | None = Field(default=None, alias="$defs")
    comment: str | None = Field(default=None, alias="$comment")

    # Applicators: schemas made of schemas.
    allOf: list[SchemaOrBool] | None = None
    anyOf: list[SchemaOrBool] | None = None
    oneOf: list[SchemaOrBool] | None = None
    not_: SchemaOrBool | None = Field(default=None, alias="not")
    if_: SchemaOrBool | None = Field(default=None, alias="if")
    then: SchemaOrBool | None = None
    else_: SchemaOrBool | None = Field(default=None, alias="else")
    dependentSchemas: dict[str, SchemaOrBool] | None = None
    prefixItems: list[SchemaOrBool] | None = None
    items: SchemaOrBool | None = None
    contains: SchemaOrBool | None = None
    properties: dict[str, SchemaOrBool] | None = None
    patternProperties: dict[str, SchemaOrBool] | None = None
    additionalProperties: SchemaOrBool | None = None
    propertyNames: SchemaOrBool | None = None
    unevaluatedItems: SchemaOrBool | None = None
    unevaluatedProperties: SchemaOrBool | None = None

    # Validation: any value, numbers, strings, arrays, objects.
    type: SchemaType | list[SchemaType] | None = None
    enum: list[Any] | None = None
    const: Any | None = None
    multipleOf: float | None = Field(default=None, gt=0)
    maximum: float | None = None
    exclusiveMaximum: float | None = None
    minimum: float | None = None
    exclusiveMinimum: float | None = None
    maxLength: NonNegativeInt | None = None
    minLength: NonNegativeInt | None = None
    pattern: str | None = None
    maxItems: NonNegativeInt | None = None
    minItems: NonNegativeInt | None = None
    uniqueItems: bool | None = None
    maxContains: NonNegativeInt | None = None
    minContains: NonNegativeInt | None = None
    maxProperties: NonNegativeInt | None = None
    minProperties: NonNegativeInt | None = None
    required: list[str] | None = None
    dependentRequired: dict[str, set[str]] | None = None

    # Format and content of strings.
    format: str | None = None
    contentEncoding: str | None = None
    contentMediaType: str | None = None
    contentSchema: SchemaOrBool | None = None

    # Annotations for readers.
    title: str | None = None
    description: str | None = None
    default: Any | None = None
    deprecated: bool | None = None
    readOnly: bool | None = None
    writeOnly: bool | None = None
    examples: list[Any] | None = None

    # OpenAPI's additions.
    discriminator: Discriminator | None = None
    xml: XML | None = None
    externalDocs: ExternalDocumentation | None = None
    example: Any | None = Field(default=None, deprecated="OpenAPI 3.1 deprecates `example`; use `examples`")


# A schema may be `true` (anything is valid) or `false` (nothing is).
SchemaOrBool: TypeAlias = Schema | bool
