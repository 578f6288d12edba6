"""The Security Scheme Objects of OpenAPI 3.1: how a client proves who it is.

See https://spec.openapis.org/oas/v3.1.1.html#security-scheme-object.
"""

# ruff: noqa: N815 - fields are named as in the specification, which writes them in camelCase

from enum import Enum
from typing import Literal, TypeAlias

from pydantic import Field

from laneway.openapi.schema import BaseModelWithConfig


class SecuritySchemeType(Enum):
    """The kinds of security schemes."""

    apiKey = "apiKey"  # a key in a header, a query parameter or a cookie
    http = "http"  # the Authorization header with a scheme registered for HTTP
    oauth2 = "oauth2"  # a token from one of the OAuth 2 flows
    openIdConnect = "openIdConnect"  # a token from a provider that describes itself


class SecurityBase(BaseModelWithConfig):
    """What every security scheme says."""

    type_: SecuritySchemeType = Field(alias="type")
    description: str | None = None


class APIKeyIn(Enum):
    """Where an API key is sent."""

    query = "query"  # in the query string
    header = "header"  # in a header of its own
    cookie = "cookie"  # in a cookie


class APIKey(SecurityBase):
    """A key sent under `name` in the place `in_`."""

    type_: SecuritySchemeType = Field(default=SecuritySchemeType.apiKey, alias="type")
    in_: APIKeyIn = Field(alias="in")
    name: str


class HTTPBase(SecurityBase):
    """A scheme of the Authorization header (RFC 9110 section 11), such as `basic`."""

    type_: SecuritySchemeType = Field(default=SecuritySchemeType.http, alias="type")
    scheme: str


class HTTPBearer(HTTPBase):
    """A bearer token (RFC 6750) in the Authorization header."""

    scheme: Literal["bearer"] = "bearer"
    bearerFormat: str | None = None


class OAuthFlow(BaseModelWithConfig):
    """What every OAuth 2 flow (RFC 6749) says."""

    refreshUrl: str | None = None
    scopes: dict[str, str] = Field(default_factory=dict)


class OAuthFlowImplicit(OAuthFlow):
    """The token comes straight from the authorization endpoint."""

    authorizationUrl: str


class OAuthFlowPassword(OAuthFlow):
    """The token is exchanged for the user's name and password."""

    tokenUrl: str


class OAuthFlowClientCredentials(OAuthFlow):
    """The token is exchanged for the client's own credentials."""

    tokenUrl: str


class OAuthFlowAuthorizationCode(OAuthFlow):
    """The token is exchanged for a code from the authorization endpoint."""

    authorizationUrl: str
    tokenUrl: str


class OAuthFlows(BaseModelWithConfig):
    """The flows that an OAuth 2 scheme offers."""

    implicit: OAuthFlowImplicit | None = None
    password: OAuthFlowPassword | None = None
    clientCredentials: OAuthFlowClientCredentials | None = None
    authorizationCode: OAuthFlowAuthorizationCode | None = None


class OAuth2(SecurityBase):
    """A token from one of `flows`."""

    type_: SecuritySchemeType = Field(default=SecuritySchemeType.oauth2, alias="type")
    flows: OAuthFlows


class OpenIdConnect(SecurityBase):
    """A token from the provider described at `openIdConnectUrl`."""

    type_: SecuritySchemeType = Field(default=SecuritySchemeType.openIdConnect, alias="type")
    openIdConnectUrl: str


SecurityScheme: TypeAlias = APIKey | HTTPBase | OAuth2 | OpenIdConnect | HTTPBearer
