"""Credentials in the Authorization header: Basic, Bearer, Digest and any other scheme."""

# ruff: noqa: N803 - arguments are named as in FastAPI and OpenAPI

from base64 import b64decode
from typing import Unpack

from pydantic import BaseModel, ConfigDict
from starlette.requests import HTTPConnection

from laneway.openapi.security_schemes import HTTPBase as HTTPBaseModel
from laneway.openapi.security_schemes import HTTPBearer as HTTPBearerModel
from laneway.security.base import SchemeOptions, SecurityBase
from laneway.security.utils import get_authorization_scheme_param


class HTTPBasicCredentials(BaseModel):
    """The name and password that `HTTPBasic` read."""

    model_config = ConfigDict(defer_build=True)

    username: str
    password: str


class HTTPAuthorizationCredentials(BaseModel):
    """The Authorization header, split: `Bearer abc` has scheme `Bearer` and credentials `abc`."""

    model_config = ConfigDict(defer_build=True)

    scheme: str
    credentials: str


class HTTPBase(SecurityBase):
    """The credentials of an Authorization header, whatever its scheme.

    Args:
        scheme: Name of the scheme in OpenAPI and, with a capital letter, in the challenge.
        **options: See `SchemeOptions`.
    """

    model: HTTPBaseModel

    def __init__(self, *, scheme: str, **options: Unpack[SchemeOptions]) -> None:
        self._describe(HTTPBaseModel(scheme=scheme), **options)

    def make_authenticate_headers(self) -> dict[str, str]:
        """Return a challenge that names the scheme."""
        return {"WWW-Authenticate": self.model.scheme.title()}

    def _accepts(self, scheme: str) -> bool:
        """Return whether credentials of `scheme` are read; here all are."""
        return bool(scheme)

    async def __call__(self, request: HTTPConnection) -> HTTPAuthorizationCredentials | None:
        """Return the credentials of this request, or `None` when they are absent and optional."""
        scheme, credentials = get_authorization_scheme_param(request.headers.get("Authorization"))
        if not credentials or not self._accepts(scheme):
            return self._require(None)
        return HTTPAuthorizationCredentials(scheme=scheme, credentials=credentials)


class _OneScheme(HTTPBase):
    """Credentials of the scheme that the model names, and of no other."""

    def _accepts(self, scheme: str) -> bool:
        return scheme.lower() == self.model.scheme


class HTTPBasic(_OneScheme):
    """The name and password of HTTP Basic authentication (RFC 7617).

    Absent credentials may be optional; credentials that cannot be decoded are always refused.

    Args:
        realm: The part of the site that the credentials are for, shown in the challenge.
        **options: See `SchemeOptions`.
    """

    def __init__(self, *, realm: str | None = None, **options: Unpack[SchemeOptions]) -> None:
        super().__init__(scheme="basic", **options)
        self.realm = realm

    def make_authenticate_headers(self) -> dict[str, str]:
        """Return a challenge with the realm, if there is one."""
        return {"WWW-Authenticate": f'Basic realm="{self.realm}"' if self.realm else "Basic"}

    # HTTPBase promises scheme and credentials; this subclass has always given name and password.
    async def __call__(self, request: HTTPConnection) -> HTTPBasicCredentials | None:  # type: ignore[override]
        """Return name and password of this request, or `None` when they are absent and optional."""
        scheme, encoded = get_authorization_scheme_param(request.headers.get("Authorization"))
        return self._require(self._decode(encoded) if self._accepts(scheme) else None)

    def _decode(self, encoded: str) -> HTTPBasicCredentials:
        try:
            username, password = b64decode(encoded).decode("ascii").split(":", 1)
        except ValueError as error:  # no base64, no ASCII or no colon
            raise self.make_not_authenticated_error() from error
        return HTTPBasicCredentials(username=username, password=password)


class HTTPBearer(_OneScheme):
    """The token of an `Authorization: Bearer` header (RFC 6750).

    Args:
        bearerFormat: How the token is made, such as `JWT`; a hint for readers of the document.
        **options: See `SchemeOptions`.
    """

    def __init__(self, *, bearerFormat: str | None = None, **options: Unpack[SchemeOptions]) -> None:
        self._describe(HTTPBearerModel(bearerFormat=bearerFormat), **options)


class HTTPDigest(_OneScheme):
    """The raw answer of an `Authorization: Digest` header (RFC 7616).

    It describes the scheme and splits the header; checking nonce and response is left to a subclass.
    """

    def __init__(self, **options: Unpack[SchemeOptions]) -> None:
        super().__init__(scheme="digest", **options)
