"""Header fields that tell browsers to be careful."""

from collections.abc import Mapping

from starlette.types import ASGIApp

from laneway.middleware.native.arriving import Arriving
from laneway.middleware.native.fields import put_new
from laneway.middleware.native.filters import Filter
from laneway.middleware.native.hooks import Hook, PassOn
from laneway.types import RawHeaders


class SecurityHeadersMiddleware(Hook, PassOn):
    """Adds header fields to every reply, unless the reply has its own.

    Args:
        app: What lies within.
        content_type_options: `X-Content-Type-Options`: browsers believe the content type.
        frame_options: `X-Frame-Options`: who may show a page in a frame.
        referrer_policy: `Referrer-Policy`: what other sites learn of the page a user came from.
        opener_policy: `Cross-Origin-Opener-Policy`: which pages share a window's opener. None by default: it breaks
            logins in a pop-up, such as those of the docs page.
        content_security_policy: `Content-Security-Policy`: what pages may load. None by default: it depends on them.
        permissions_policy: `Permissions-Policy`: what pages may use (camera, location). None by default.
        hsts_seconds: `Strict-Transport-Security`: how long browsers come by TLS only. 0 by default: once said, it
            cannot be taken back for browsers that have heard it.
        hsts_subdomains: Whether that holds for all subdomains.
        hsts_preload: Whether the domain may enter the lists that browsers bring along.
        other: Further fields by name.

    Example:
        app.add_middleware(SecurityHeadersMiddleware, hsts_seconds=31_536_000)
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        content_type_options: str | None = "nosniff",
        frame_options: str | None = "DENY",
        referrer_policy: str | None = "strict-origin-when-cross-origin",
        opener_policy: str | None = None,
        content_security_policy: str | None = None,
        permissions_policy: str | None = None,
        hsts_seconds: int = 0,
        hsts_subdomains: bool = False,
        hsts_preload: bool = False,
        other: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(app)
        fields = {
            "X-Content-Type-Options": content_type_options,
            "X-Frame-Options": frame_options,
            "Referrer-Policy": referrer_policy,
            "Cross-Origin-Opener-Policy": opener_policy,
            "Content-Security-Policy": content_security_policy,
            "Permissions-Policy": permissions_policy,
            "Strict-Transport-Security": _hsts(hsts_seconds, hsts_subdomains, hsts_preload),
            **(other or {}),
        }
        self._filter = _Adding(
            [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in fields.items()
                if value
            ]
        )

    def open(self, request: Arriving) -> Filter:
        """What adds the fields; the same for every request."""
        return self._filter


def _hsts(seconds: int, subdomains: bool, preload: bool) -> str | None:
    if not seconds:
        return None
    return f"max-age={seconds}{'; includeSubDomains' * subdomains}{'; preload' * preload}"


class _Adding(Filter):
    def __init__(self, fields: RawHeaders) -> None:
        self._fields = fields

    def begin(self, status: int, headers: RawHeaders) -> bool:
        for name, value in self._fields:
            put_new(headers, name, value)
        return False
