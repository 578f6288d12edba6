"""The files behind the documentation pages, served from the package itself.

Swagger UI and Redoc lie in `assets/`, written there by `scripts/vendor_docs.py`, so the pages work without internet.
Only the gzip form is stored: every browser asks for it, and the four files take 0.8 MB instead of 3 MB. A client that
refuses gzip gets them unpacked on request.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

ASSETS_PREFIX: Final = "/_laneway/assets/"
ASSETS_ROUTE: Final = ASSETS_PREFIX + "{path:path}"
ASSETS_FOLDER: Final = Path(__file__).parent / "assets"

JAVASCRIPT: Final = "text/javascript; charset=utf-8"
CSS: Final = "text/css; charset=utf-8"
SVG: Final = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file that a documentation page loads.

    Attributes:
        package: npm package the file comes from; `laneway` for our own.
        version: Version of that package; part of the URL, so that browsers may keep a file for ever.
        name: File name, unique within the package.
        media_type: Value of `Content-Type`.
        packed: Whether the file is stored as `<name>.gz`.
    """

    package: str
    version: str
    name: str
    media_type: str
    packed: bool = True

    @property
    def path(self) -> str:
        """The path below `ASSETS_PREFIX`, such as `redoc@2.5.4/redoc.standalone.js`."""
        return f"{self.package}@{self.version}/{self.name}"

    @property
    def url(self) -> str:
        """The URL path of the file in an app without `root_path`."""
        return ASSETS_PREFIX + self.path

    @property
    def file(self) -> Path:
        """Where the file is stored."""
        return ASSETS_FOLDER / self.package / (self.name + ".gz" if self.packed else self.name)


SWAGGER_UI_VERSION: Final = "5.35.0"
REDOC_VERSION: Final = "2.5.4"

SWAGGER_UI_JS: Final = Asset("swagger-ui-dist", SWAGGER_UI_VERSION, "swagger-ui-bundle.js", JAVASCRIPT)
SWAGGER_UI_CSS: Final = Asset("swagger-ui-dist", SWAGGER_UI_VERSION, "swagger-ui.css", CSS)
REDOC_JS: Final = Asset("redoc", REDOC_VERSION, "redoc.standalone.js", JAVASCRIPT)
FAVICON: Final = Asset("laneway", "1", "favicon.svg", SVG, packed=False)

ASSETS: Final = (SWAGGER_UI_JS, SWAGGER_UI_CSS, REDOC_JS, FAVICON)
_BY_PATH: Final = {asset.path: asset for asset in ASSETS}

# A year, the longest age RFC 9111 caches are asked to honour; the URL changes with the version.
_CACHE_FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StoredAsset:
    """An asset in memory: the stored bytes and the digest that names them."""

    asset: Asset
    content: bytes
    digest: str

    def etag(self, packed: bool) -> str:
        """A strong validator; the packed and the unpacked form need different ones (RFC 9110, 8.8.3)."""
        return f'"{self.digest}-gzip"' if packed else f'"{self.digest}"'

    def body(self, packed: bool) -> bytes:
        """The bytes to send, unpacked when the client does not take gzip."""
        return gzip.decompress(self.content) if self.asset.packed and not packed else self.content


@lru_cache(maxsize=len(ASSETS))
def load_asset(asset: Asset) -> StoredAsset:
    """The asset's bytes, read from disk on first use only."""
    content = asset.file.read_bytes()
    return StoredAsset(asset, content, hashlib.sha256(content).hexdigest()[:32])


def asset_url(asset: Asset, root_path: str = "") -> str:
    """The URL path of an asset as a browser sees it.

    Args:
        asset: The file wanted.
        root_path: `root_path` of the request's scope: the part of the URL that a proxy or a mount took off.
    """
    return root_path.rstrip("/") + asset.url


def is_bundled(url: str) -> bool:
    """Whether a URL names one of our own files, under any `root_path` of this origin."""
    return url.startswith("/") and any(url.endswith(asset.url) for asset in ASSETS)


async def asset_endpoint(request: Request) -> Response:
    """Answer a request for `ASSETS_ROUTE` with the file, 304 if the client has it, or 404."""
    asset = _BY_PATH.get(request.path_params["path"])
    if asset is None:
        return PlainTextResponse("Not Found", status_code=404)
    return await to_thread.run_sync(_asset_response, asset, request)


def _asset_response(asset: Asset, request: Request) -> Response:
    stored = load_asset(asset)
    packed = asset.packed and _accepts_gzip(request.headers.get("accept-encoding", ""))
    headers = _asset_headers(stored, packed)
    if _is_known(request.headers.get("if-none-match", ""), headers["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(stored.body(packed), media_type=asset.media_type, headers=headers)


def _asset_headers(stored: StoredAsset, packed: bool) -> dict[str, str]:
    headers = {
        "cache-control": _CACHE_FOR_EVER,
        "etag": stored.etag(packed),
        "x-content-type-options": "nosniff",
    }
    if stored.asset.packed:
        headers["vary"] = "accept-encoding"
    if packed:
        headers["content-encoding"] = "gzip"
    return headers


def _accepts_gzip(accept_encoding: str) -> bool:
    """Whether `Accept-Encoding` names gzip, or everything, with a weight above zero."""
    weights: dict[str, float] = {}
    for item in accept_encoding.split(","):
        coding, _, parameter = item.partition(";")
        weights[coding.strip().lower()] = _weight(parameter)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(parameter: str) -> float:
    try:
        return float(parameter.strip().lower().removeprefix("q=") or 1)
    except ValueError:
        return 0.0


def _is_known(if_none_match: str, etag: str) -> bool:
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in known or "*" in known
