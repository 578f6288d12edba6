"""API keys in a query parameter, a header or a cookie."""

from typing import ClassVar, Unpack

from starlette.requests import HTTPConnection

from laneway.openapi.security_schemes import APIKey, APIKeyIn
from laneway.security.base import SchemeOptions, SecurityBase


class APIKeyBase(SecurityBase):
    """An API key in a place of your choice; a subclass reads it and calls `check_api_key`."""

    model: APIKey

    # No registered scheme fits an API key, so the challenge has a name of its own.
    _challenge = "APIKey"

    def __init__(
        self,
        location: APIKeyIn,
        name: str,
        description: str | None,
        scheme_name: str | None,
        auto_error: bool,
    ) -> None:
        model = APIKey.model_validate({"in": location, "name": name})
        self._describe(model, scheme_name=scheme_name, description=description, auto_error=auto_error)

    def check_api_key(self, api_key: str | None) -> str | None:
        """Return the key, refusing an absent or empty one."""
        return self._require(api_key or None)


class _PlacedAPIKey(APIKeyBase):
    """An API key whose place is given by the class."""

    _location: ClassVar[APIKeyIn]

    def __init__(self, *, name: str, **options: Unpack[SchemeOptions]) -> None:
        model = APIKey.model_validate({"in": self._location, "name": name})
        self._describe(model, **options)


class APIKeyQuery(_PlacedAPIKey):
    """The API key from the query parameter `name`.

    Example:
        `Depends(APIKeyQuery(name="key"))` gives `"abc"` for `GET /items?key=abc`.
    """

    _location = APIKeyIn.query

    async def __call__(self, request: HTTPConnection) -> str | None:
        """Return the key of this request, or `None` when it is absent and optional."""
        return self.check_api_key(request.query_params.get(self.model.name))


class APIKeyHeader(_PlacedAPIKey):
    """The API key from the header `name`.

    Example:
        `Depends(APIKeyHeader(name="X-Key"))` gives `"abc"` for the header `X-Key: abc`.
    """

    _location = APIKeyIn.header

    async def __call__(self, request: HTTPConnection) -> str | None:
        """Return the key of this request, or `None` when it is absent and optional."""
        return self.check_api_key(request.headers.get(self.model.name))


class APIKeyCookie(_PlacedAPIKey):
    """The API key from the cookie `name`.

    Example:
        `Depends(APIKeyCookie(name="session"))` gives `"abc"` for the header `Cookie: session=abc`.
    """

    _location = APIKeyIn.cookie

    async def __call__(self, request: HTTPConnection) -> str | None:
        """Return the key of this request, or `None` when it is absent and optional."""
        return self.check_api_key(request.cookies.get(self.model.name))
