"""What all security schemes share: their options, their description and their refusal."""

from typing import ClassVar, TypedDict, TypeVar

from laneway.exceptions import HTTPException
from laneway.openapi.security_schemes import SecurityBase as SecurityBaseModel

Credentials = TypeVar("Credentials")


class SchemeOptions(TypedDict, total=False):
    """Keyword options of every security scheme, documented once."""

    scheme_name: str | None  # key in the document's `securitySchemes`; the class name when absent
    description: str | None  # text shown with the scheme in the docs pages
    auto_error: bool  # True (default): answer 401 without credentials; False: hand `None` to the endpoint


class SecurityBase:
    """A dependency that stands in the OpenAPI document as a security scheme.

    Attributes:
        model: The scheme as OpenAPI describes it.
        scheme_name: The key of the scheme in the document.
        auto_error: Whether absent credentials are refused or handed on as `None`.
    """

    model: SecurityBaseModel
    scheme_name: str
    auto_error: bool = True

    _challenge: ClassVar[str] = "Bearer"  # RFC 9110 section 11.6.1 asks every 401 for a challenge

    def _describe(
        self,
        model: SecurityBaseModel,
        *,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        """Take the scheme's `model` and the options of `SchemeOptions`."""
        model.description = description
        self.model = model
        self.scheme_name = scheme_name or type(self).__name__
        self.auto_error = auto_error

    def make_authenticate_headers(self) -> dict[str, str]:
        """Return the headers that tell a refused client how to authenticate."""
        return {"WWW-Authenticate": self._challenge}

    def make_not_authenticated_error(self) -> HTTPException:
        """Return the error raised without valid credentials; override it to answer differently."""
        return HTTPException(401, "Not authenticated", self.make_authenticate_headers())

    def _require(self, credentials: Credentials | None) -> Credentials | None:
        """Return the credentials; without any, raise the error unless `auto_error` is off."""
        if credentials is None and self.auto_error:
            raise self.make_not_authenticated_error()
        return credentials
