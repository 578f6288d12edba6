"""The Content-Security-Policy of the documentation pages.

With our own files a page may run one script file, one inline script known by its hash, and nothing from elsewhere.
Files of the user's choice (a CDN, another version of Swagger UI) are allowed by their origin, and because nobody
tested how they style themselves, inline styles are allowed beside them.

No page sets `frame-ancestors`: editors and portals show `/docs` in frames; an app that minds can add the header.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from laneway.openapi.asset_files import is_bundled

SELF: Final = "'self'"
INLINE: Final = "'unsafe-inline'"
GOOGLE_FONT_STYLES: Final = "https://fonts.googleapis.com"
GOOGLE_FONT_FILES: Final = "https://fonts.gstatic.com"

# What every page starts from: nothing is allowed, and neither <base> nor a form can send the page's data elsewhere.
_NOTHING: Final = {"default-src": ["'none'"], "base-uri": ["'none'"], "form-action": ["'none'"]}

# Characters of scheme, host and port. Anything else (`;`, `,`, space) could smuggle in a directive.
_SAFE_ORIGIN: Final = re.compile(r"[a-zA-Z0-9.:\-\[\]_]+")


def content_security_policy(directives: Mapping[str, Iterable[str]]) -> str:
    """The header value for directives, on top of a policy that allows nothing.

    Example:
        `{"img-src": ["'self'"]}` gives `default-src 'none'; base-uri 'none'; form-action 'none'; img-src 'self'`.
    """
    merged = {**_NOTHING, **directives}
    return "; ".join(f"{name} {' '.join(dict.fromkeys(sources))}" for name, sources in merged.items())


def hash_source(text: str) -> str:
    """The source expression that allows exactly this inline script or style (CSP Level 3, 2.3.1)."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def nonce_source(nonce: str) -> str:
    """The source expression that allows elements carrying the nonce."""
    return f"'nonce-{nonce}'"


def origins(*urls: str) -> list[str]:
    """The origins, beyond the page's own, that URLs point to; for `data:` and the like the scheme."""
    return [origin for url in urls if (origin := _origin(url))]


def _origin(url: str) -> str:
    scheme, host, *_ = urlsplit(url)
    if not _SAFE_ORIGIN.fullmatch(scheme + host):
        return ""
    if not host:
        return f"{scheme}:" if scheme else ""
    return f"{scheme}://{host}" if scheme else host


def swagger_ui_policy(script: str, style: str, *, js_url: str, css_url: str, favicon_url: str) -> str:
    """The policy of a Swagger UI page.

    Args:
        script: The inline script, as text.
        style: The inline style, as text.
        js_url: Swagger UI's script file.
        css_url: Swagger UI's style sheet.
        favicon_url: The page's icon.
    """
    own_files = is_bundled(js_url) and is_bundled(css_url)
    return content_security_policy(
        {
            "script-src": [SELF, hash_source(script), *origins(js_url)],
            # A hash switches 'unsafe-inline' off, so it is one or the other.
            "style-src": [SELF, hash_source(style) if own_files else INLINE, *origins(css_url)],
            # Descriptions may hold pictures; a picture that an operation returns is shown from a blob: URL.
            "img-src": [SELF, "data:", "blob:", "https:", *origins(favicon_url)],
            "media-src": [SELF, "blob:"],
            "font-src": [SELF, "data:", *([] if own_files else ["https:"])],
            # "Try it out" calls the servers, and the login the token URLs, that the document names.
            "connect-src": ["*"],
        }
    )


def redoc_policy(nonce: str, *, openapi_url: str, js_url: str, favicon_url: str, google_fonts: bool) -> str:
    """The policy of a Redoc page.

    Args:
        nonce: Value carried by both scripts of the page and by every style element Redoc adds.
        openapi_url: The document to show.
        js_url: Redoc's script file.
        favicon_url: The page's icon.
        google_fonts: Whether the page links Google's fonts.
    """
    own_files = is_bundled(js_url)
    return content_security_policy(
        {
            "script-src": [nonce_source(nonce), *origins(js_url)],
            # A nonce switches 'unsafe-inline' off, so it is one or the other.
            "style-src": [
                SELF,
                nonce_source(nonce) if own_files else INLINE,
                *([GOOGLE_FONT_STYLES] * google_fonts),
            ],
            "img-src": [SELF, "data:", "https:", *origins(favicon_url)],
            "font-src": [SELF, "data:", *([GOOGLE_FONT_FILES] * google_fonts)],
            "connect-src": [SELF, *origins(openapi_url)],
            # The search index is built in a worker that Redoc starts from a blob.
            "worker-src": ["blob:"],
        }
    )


def inline_script_policy(script: str) -> str:
    """The policy of a page that runs one inline script and loads nothing."""
    return content_security_policy({"script-src": [hash_source(script)]})
