"""OAuth 2: the schemes, the form of the password flow, and the scopes an endpoint asks for."""

# ruff: noqa: N803, PLR0917 - arguments, their names and their order are those of FastAPI

from collections.abc import Mapping
from typing import Annotated, Unpack

from starlette.requests import HTTPConnection

from laneway.openapi.security_schemes import OAuth2 as OAuth2Model
from laneway.openapi.security_schemes import OAuthFlows
from laneway.param_functions import Form
from laneway.security.base import SchemeOptions, SecurityBase
from laneway.security.utils import get_authorization_scheme_param

_Field = Annotated[str, Form()]
_OptionalField = Annotated[str | None, Form()]

# What these add is for the docs page, which hides the input of fields with this format.
_Secret = Annotated[str, Form(json_schema_extra={"format": "password"})]
_OptionalSecret = Annotated[str | None, Form(json_schema_extra={"format": "password"})]


class OAuth2PasswordRequestForm:
    """The form of the password flow (RFC 6749 section 4.3.2), as a dependency.

    Args:
        grant_type: `"password"`. The RFC demands it; this class also accepts its absence.
        username: Name of the user.
        password: Password of the user.
        scope: The scopes asked for, separated by spaces.
        client_id: Name of the client; the RFC prefers HTTP Basic for it.
        client_secret: Password of the client; as `client_id`.

    Attributes:
        scopes: `scope`, split into a list; the other arguments are attributes of the same name.
    """

    def __init__(
        self,
        *,
        grant_type: Annotated[str | None, Form(pattern="^password$")] = None,
        username: _Field,
        password: _Secret,
        scope: _Field = "",
        client_id: _OptionalField = None,
        client_secret: _OptionalSecret = None,
    ) -> None:
        self.grant_type = grant_type
        self.username = username
        self.password = password
        self.scopes = scope.split()
        self.client_id = client_id
        self.client_secret = client_secret


class OAuth2PasswordRequestFormStrict(OAuth2PasswordRequestForm):
    """The same form, refused unless `grant_type` is sent as the RFC demands."""

    def __init__(
        self,
        grant_type: Annotated[str, Form(pattern="^password$")],
        username: _Field,
        password: _Field,
        scope: _Field = "",
        client_id: _OptionalField = None,
        client_secret: _OptionalField = None,
    ) -> None:
        super().__init__(
            grant_type=grant_type,
            username=username,
            password=password,
            scope=scope,
            client_id=client_id,
            client_secret=client_secret,
        )


# Constructed without validation, so that importing this module builds no validator.
_NO_FLOWS = OAuthFlows.model_construct()


class OAuth2(SecurityBase):
    """The whole Authorization header, described as OAuth 2 with the given flows.

    RFC 6749 leaves the kind of token open; the challenge names the usual one, Bearer. Override
    `make_not_authenticated_error` for another.

    Args:
        flows: The flows offered: `{"password": {"tokenUrl": "/token", "scopes": {}}}`.
        **options: See `SchemeOptions`.
    """

    model: OAuth2Model

    def __init__(
        self,
        *,
        flows: OAuthFlows | Mapping[str, Mapping[str, object]] = _NO_FLOWS,
        **options: Unpack[SchemeOptions],
    ) -> None:
        self._describe(OAuth2Model.model_validate({"flows": flows}), **options)

    async def __call__(self, request: HTTPConnection) -> str | None:
        """Return the header of this request, or `None` when it is absent and optional."""
        return self._require(request.headers.get("Authorization") or None)


class _OAuth2Bearer(OAuth2):
    """An OAuth 2 scheme that reads the token of an `Authorization: Bearer` header."""

    async def __call__(self, request: HTTPConnection) -> str | None:
        """Return the token of this request, or `None` when it is absent and optional."""
        scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
        return self._require(token if scheme.lower() == "bearer" else None)


class OAuth2PasswordBearer(_OAuth2Bearer):
    """The bearer token that a client got for a user's name and password.

    Args:
        tokenUrl: Path or address that takes `OAuth2PasswordRequestForm` and gives the token.
        scheme_name: See `SchemeOptions`.
        scopes: The scopes to choose from, each with its description.
        description: See `SchemeOptions`.
        auto_error: See `SchemeOptions`.
        refreshUrl: Path or address that renews the token.
    """

    def __init__(
        self,
        tokenUrl: str,
        scheme_name: str | None = None,
        scopes: dict[str, str] | None = None,
        description: str | None = None,
        auto_error: bool = True,
        refreshUrl: str | None = None,
    ) -> None:
        flow = {"tokenUrl": tokenUrl, "refreshUrl": refreshUrl, "scopes": scopes or {}}
        super().__init__(
            flows={"password": flow}, scheme_name=scheme_name, description=description, auto_error=auto_error
        )


class OAuth2AuthorizationCodeBearer(_OAuth2Bearer):
    """The bearer token that a client got for an authorization code.

    Args:
        authorizationUrl: Path or address where the user consents.
        tokenUrl: Path or address that takes the code and gives the token.
        refreshUrl: Path or address that renews the token.
        scheme_name: See `SchemeOptions`.
        scopes: The scopes to choose from, each with its description.
        description: See `SchemeOptions`.
        auto_error: See `SchemeOptions`.
    """

    def __init__(
        self,
        authorizationUrl: str,
        tokenUrl: str,
        refreshUrl: str | None = None,
        scheme_name: str | None = None,
        scopes: dict[str, str] | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        flow = {
            "authorizationUrl": authorizationUrl,
            "tokenUrl": tokenUrl,
            "refreshUrl": refreshUrl,
            "scopes": scopes or {},
        }
        super().__init__(
            flows={"authorizationCode": flow},
            scheme_name=scheme_name,
            description=description,
            auto_error=auto_error,
        )


class SecurityScopes:
    """The scopes that the `Security(...)` dependencies above this one ask for.

    Declare a parameter of this type to receive them.

    Attributes:
        scopes: The scopes, outermost dependency first.
        scope_str: The same, separated by spaces as in a challenge.
    """

    def __init__(self, scopes: list[str] | None = None) -> None:
        self.scopes: list[str] = scopes or []
        self.scope_str: str = " ".join(self.scopes)
