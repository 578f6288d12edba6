"""Every object of an OpenAPI 3.1 document and what ours use of 3.2, as pydantic models.

Serialise with `by_alias=True, exclude_none=True` to get the document. Unknown keys are kept.

See https://spec.openapis.org/oas/v3.1.1.html#openapi-object.
"""

# ruff: noqa: N815 - fields are named as in the specification, which writes them in camelCase

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

from pydantic import AnyUrl, Field

from laneway.openapi.schema import XML as XML
from laneway.openapi.schema import BaseModelWithConfig as BaseModelWithConfig
from laneway.openapi.schema import Discriminator as Discriminator
from laneway.openapi.schema import EmailStr as EmailStr
from laneway.openapi.schema import Example as Example
from laneway.openapi.schema import ExternalDocumentation as ExternalDocumentation
from laneway.openapi.schema import Reference as Reference
from laneway.openapi.schema import Schema as Schema
from laneway.openapi.schema import SchemaOrBool as SchemaOrBool
from laneway.openapi.schema import SchemaType as SchemaType
from laneway.openapi.security_schemes import APIKey as APIKey
from laneway.openapi.security_schemes import APIKeyIn as APIKeyIn
from laneway.openapi.security_schemes import HTTPBase as HTTPBase
from laneway.openapi.security_schemes import HTTPBearer as HTTPBearer
from laneway.openapi.security_schemes import OAuth2 as OAuth2
from laneway.openapi.security_schemes import OAuthFlow as OAuthFlow
from laneway.openapi.security_schemes import OAuthFlowAuthorizationCode as OAuthFlowAuthorizationCode
from laneway.openapi.security_schemes import OAuthFlowClientCredentials as OAuthFlowClientCredentials
from laneway.openapi.security_schemes import OAuthFlowImplicit as OAuthFlowImplicit
from laneway.openapi.security_schemes import OAuthFlowPassword as OAuthFlowPassword
from laneway.openapi.security_schemes import OAuthFlows as OAuthFlows
from laneway.openapi.security_schemes import OpenIdConnect as OpenIdConnect
from laneway.openapi.security_schemes import SecurityBase as SecurityBase
from laneway.openapi.security_schemes import SecurityScheme as SecurityScheme
from laneway.openapi.security_schemes import SecuritySchemeType as SecuritySchemeType


class Contact(BaseModelWithConfig):
    """Whom to ask about the API."""

    name: str | None = None
    url: AnyUrl | None = None
    email: EmailStr | None = None


class License(BaseModelWithConfig):
    """The licence of the API, by SPDX `identifier` or by `url`."""

    name: str
    identifier: str | None = None
    url: AnyUrl | None = None


class Info(BaseModelWithConfig):
    """Title, version and terms of the API."""

    title: str
    summary: str | None = None
    description: str | None = None
    termsOfService: str | None = None
    contact: Contact | None = None
    license: License | None = None
    version: str


class ServerVariable(BaseModelWithConfig):
    """A part of a server's address that the client chooses."""

    default: str
    enum: Annotated[list[str] | None, Field(min_length=1)] = None
    description: str | None = None


class Server(BaseModelWithConfig):
    """An address where the API is served."""

    url: AnyUrl | str
    description: str | None = None
    variables: dict[str, ServerVariable] | None = None


class ParameterInType(Enum):
    """Where a parameter is sent."""

    query = "query"  # in the query string
    querystring = "querystring"  # the whole query string, since OpenAPI 3.2
    header = "header"  # in a header
    path = "path"  # in a segment of the path
    cookie = "cookie"  # in a cookie


class Encoding(BaseModelWithConfig):
    """How one property of a form is written."""

    contentType: str | None = None
    headers: dict[str, Header | Reference] | None = None
    style: str | None = None
    explode: bool | None = None
    allowReserved: bool | None = None


class MediaType(BaseModelWithConfig):
    """The schema and the examples of one content type."""

    schema_: Schema | Reference | None = Field(default=None, alias="schema")
    itemSchema: Any | None = None  # a schema for each part of a stream, since OpenAPI 3.2
    example: Any | None = None
    examples: dict[str, Example | Reference] | None = None
    encoding: dict[str, Encoding] | None = None


class ParameterBase(BaseModelWithConfig):
    """What parameters and headers have in common: a schema with a style, or else a content."""

    description: str | None = None
    required: bool | None = None
    deprecated: bool | None = None
    style: str | None = None
    explode: bool | None = None
    allowReserved: bool | None = None
    schema_: Schema | Reference | None = Field(default=None, alias="schema")
    example: Any | None = None
    examples: dict[str, Example | Reference] | None = None
    content: dict[str, MediaType] | None = None


class Parameter(ParameterBase):
    """A value outside the body, called `name` and sent in `in_`."""

    name: str
    in_: ParameterInType = Field(alias="in")


class Header(ParameterBase):
    """A header of a response or of a part of a form; its name is the key it stands under."""


class RequestBody(BaseModelWithConfig):
    """The body of a request, by content type."""

    content: dict[str, MediaType]
    description: str | None = None
    required: bool | None = None


class Link(BaseModelWithConfig):
    """An operation that a response leads to."""

    operationRef: str | None = None
    operationId: str | None = None
    parameters: dict[str, Any | str] | None = None
    requestBody: Any | str | None = None
    description: str | None = None
    server: Server | None = None


class Response(BaseModelWithConfig):
    """One answer of an operation; its status is the key it stands under."""

    description: str
    headers: dict[str, Header | Reference] | None = None
    content: dict[str, MediaType] | None = None
    links: dict[str, Link | Reference] | None = None


class Operation(BaseModelWithConfig):
    """One method of one path."""

    tags: list[str] | None = None
    summary: str | None = None
    description: str | None = None
    externalDocs: ExternalDocumentation | None = None
    operationId: str | None = None
    parameters: list[Parameter | Reference] | None = None
    requestBody: RequestBody | Reference | None = None
    responses: dict[str, Response | Any] | None = None  # Any: an `x-` key may hold anything
    callbacks: dict[str, dict[str, PathItem] | Reference] | None = None
    deprecated: bool | None = None
    security: list[dict[str, list[str]]] | None = None
    servers: list[Server] | None = None


class PathItem(BaseModelWithConfig):
    """The operations of one path."""

    ref: str | None = Field(default=None, alias="$ref")
    summary: str | None = None
    description: str | None = None
    get: Operation | None = None
    put: Operation | None = None
    post: Operation | None = None
    delete: Operation | None = None
    options: Operation | None = None
    head: Operation | None = None
    patch: Operation | None = None
    trace: Operation | None = None
    query: Operation | None = None  # since OpenAPI 3.2
    additionalOperations: dict[str, Operation] | None = None  # since OpenAPI 3.2
    servers: list[Server] | None = None
    parameters: list[Parameter | Reference] | None = None


class Components(BaseModelWithConfig):
    """The objects that references point to, by kind and name."""

    schemas: dict[str, Schema | Reference] | None = None
    responses: dict[str, Response | Reference] | None = None
    parameters: dict[str, Parameter | Reference] | None = None
    examples: dict[str, Example | Reference] | None = None
    requestBodies: dict[str, RequestBody | Reference] | None = None
    headers: dict[str, Header | Reference] | None = None
    securitySchemes: dict[str, SecurityScheme | Reference] | None = None
    links: dict[str, Link | Reference] | None = None
    callbacks: dict[str, dict[str, PathItem] | Reference | Any] | None = None  # Any: see Operation.responses
    pathItems: dict[str, PathItem | Reference] | None = None


class Tag(BaseModelWithConfig):
    """A group of operations, described."""

    name: str
    description: str | None = None
    externalDocs: ExternalDocumentation | None = None


class OpenAPI(BaseModelWithConfig):
    """The whole document."""

    openapi: str
    info: Info
    jsonSchemaDialect: str | None = None
    servers: list[Server] | None = None
    paths: dict[str, PathItem | Any] | None = None  # Any: see Operation.responses
    webhooks: dict[str, PathItem | Reference] | None = None
    components: Components | None = None
    security: list[dict[str, list[str]]] | None = None
    tags: list[Tag] | None = None
    externalDocs: ExternalDocumentation | None = None
