"""OpenID Connect, found through its discovery document."""

# ruff: noqa: N803 - arguments are named as in FastAPI and OpenAPI

from typing import Unpack

from starlette.requests import HTTPConnection

from laneway.openapi.security_schemes import OpenIdConnect as OpenIdConnectModel
from laneway.security.base import SchemeOptions, SecurityBase


class OpenIdConnect(SecurityBase):
    """The whole Authorization header, described as OpenID Connect.

    It never fetches `openIdConnectUrl`; checking the token is left to a subclass or to the endpoint.

    Args:
        openIdConnectUrl: Address of the provider's discovery document.
        **options: See `SchemeOptions`.
    """

    model: OpenIdConnectModel

    def __init__(self, *, openIdConnectUrl: str, **options: Unpack[SchemeOptions]) -> None:
        self._describe(OpenIdConnectModel(openIdConnectUrl=openIdConnectUrl), **options)

    async def __call__(self, request: HTTPConnection) -> str | None:
        """Return the header of this request, or `None` when it is absent and optional."""
        return self._require(request.headers.get("Authorization") or None)
