"""The pages that show an API to people: Swagger UI, Redoc, and the page a login returns to.

Without arguments to the contrary they load everything from the app itself (see `asset_files`) and work without
internet. Each page carries a Content-Security-Policy made for it (see `page_policy`).
"""

import html
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic_core import to_jsonable_python
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from laneway.openapi.asset_files import ASSETS_PREFIX, FAVICON, REDOC_JS, SWAGGER_UI_CSS, SWAGGER_UI_JS
from laneway.openapi.page_policy import (
    GOOGLE_FONT_STYLES,
    inline_script_policy,
    redoc_policy,
    swagger_ui_policy,
)

swagger_ui_default_parameters: Final[dict[str, object]] = {
    "dom_id": "#swagger-ui",
    "layout": "BaseLayout",
    "deepLinking": True,
    "showExtensions": True,
    "showCommonExtensions": True,
}
"""Swagger UI's settings in every page, unless `swagger_ui_parameters` says otherwise."""

# Swagger UI would send the address of every document that is not on localhost to its vendor's validator.
_NO_VALIDATOR: Final[dict[str, object]] = {"validatorUrl": None}

_PAGE_STYLE: Final = "body { margin: 0 }"

_REDOC_FONTS: Final = GOOGLE_FONT_STYLES + "/css?family=Montserrat:300,400,700|Roboto:300,400,700"


class DocsPage(HTMLResponse):
    """An HTML page whose links to our own files also work below a `root_path`.

    A page that a user's endpoint returns is built without the request, so the prefix is put in when it is sent.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page, with the scope's `root_path` before the path of every bundled file."""
        root_path = str(scope.get("root_path", "")).rstrip("/")
        if root_path:
            await self._below(root_path)(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def _below(self, root_path: str) -> HTMLResponse:
        own_files = f'="{ASSETS_PREFIX}'.encode()
        prefixed = f'="{html.escape(root_path)}{ASSETS_PREFIX}'.encode()
        page = HTMLResponse(
            bytes(self.body).replace(own_files, prefixed), self.status_code, background=self.background
        )
        page.raw_headers = [
            *(header for header in self.raw_headers if header[0] != b"content-length"),
            (b"content-length", str(len(page.body)).encode()),
        ]
        return page


def get_swagger_ui_html(
    *,
    openapi_url: str,
    title: str,
    swagger_js_url: str = SWAGGER_UI_JS.url,
    swagger_css_url: str = SWAGGER_UI_CSS.url,
    swagger_favicon_url: str = FAVICON.url,
    oauth2_redirect_url: str | None = None,
    init_oauth: Mapping[str, object] | None = None,
    swagger_ui_parameters: Mapping[str, object] | None = None,
) -> HTMLResponse:
    """The page that shows the API in Swagger UI, where operations can be tried out.

    Args:
        openapi_url: Where the browser finds the OpenAPI document.
        title: Title of the page.
        swagger_js_url: Swagger UI's script, by default the bundled one.
        swagger_css_url: Swagger UI's style sheet, by default the bundled one.
        swagger_favicon_url: Icon of the browser tab.
        oauth2_redirect_url: Path on this origin to which an OAuth2 login returns; see
            `get_swagger_ui_oauth2_redirect_html`.
        init_oauth: Arguments for Swagger UI's `initOAuth`, such as `{"clientId": "..."}`.
        swagger_ui_parameters: Settings of Swagger UI, added to `swagger_ui_default_parameters`.
    """
    settings = {**_NO_VALIDATOR, **swagger_ui_default_parameters, **(swagger_ui_parameters or {})}
    script = "\n".join(_swagger_ui_script(openapi_url, settings, oauth2_redirect_url, init_oauth))
    head = (
        f"{_icon(swagger_favicon_url)}"
        f'<link rel="stylesheet" href="{html.escape(swagger_css_url)}">\n'
        f"<style>{_PAGE_STYLE}</style>"
    )
    body = (
        '<div id="swagger-ui"></div>\n'
        f'<script src="{html.escape(swagger_js_url)}"></script>\n'
        f"<script>{script}</script>"
    )
    policy = swagger_ui_policy(
        script, _PAGE_STYLE, js_url=swagger_js_url, css_url=swagger_css_url, favicon_url=swagger_favicon_url
    )
    return _page(title, head, body, policy)


def get_redoc_html(
    *,
    openapi_url: str,
    title: str,
    redoc_js_url: str = REDOC_JS.url,
    redoc_favicon_url: str = FAVICON.url,
    with_google_fonts: bool = True,
) -> HTMLResponse:
    """The page that shows the API in Redoc, for reading.

    Args:
        openapi_url: Where the browser finds the OpenAPI document.
        title: Title of the page.
        redoc_js_url: Redoc's script, by default the bundled one.
        redoc_favicon_url: Icon of the browser tab.
        with_google_fonts: Whether to ask Google for the fonts of Redoc's design. On by default as in FastAPI; the
            page that an app serves at `redoc_url` turns it off. Without them the browser's own fonts are used.
    """
    nonce = secrets.token_urlsafe(16)
    fonts = f'<link rel="stylesheet" href="{html.escape(_REDOC_FONTS)}">\n' if with_google_fonts else ""
    head = _icon(redoc_favicon_url) + fonts + f'<style nonce="{nonce}">{_PAGE_STYLE}</style>'
    body = (
        '<div id="redoc"></div>\n'
        f'<script nonce="{nonce}" src="{html.escape(redoc_js_url)}"></script>\n'
        f'<script nonce="{nonce}">{_redoc_script(openapi_url, nonce)}</script>'
    )
    policy = redoc_policy(
        nonce,
        openapi_url=openapi_url,
        js_url=redoc_js_url,
        favicon_url=redoc_favicon_url,
        google_fonts=with_google_fonts,
    )
    return _page(title, head, body, policy)


def get_swagger_ui_oauth2_redirect_html() -> HTMLResponse:
    """The page to which an OAuth2 login returns; it hands the result to Swagger UI and closes itself."""
    body = f"<p>Returning to the documentation.</p>\n<script>{_OAUTH2_REDIRECT_SCRIPT}</script>"
    return _page("Swagger UI: login", "", body, inline_script_policy(_OAUTH2_REDIRECT_SCRIPT))


def _page(title: str, head: str, body: str, policy: str) -> HTMLResponse:
    content = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n{head}\n</head>\n<body>\n"
        f"<noscript>This page needs JavaScript.</noscript>\n{body}\n</body>\n</html>\n"
    )
    return DocsPage(content, headers={"content-security-policy": policy, "x-content-type-options": "nosniff"})


def _icon(url: str) -> str:
    return f'<link rel="icon" href="{html.escape(url)}">\n'


def _script_json(value: object) -> str:
    """JSON that cannot end the <script> element it stands in, nor open a comment there."""
    text = json.dumps(to_jsonable_python(value))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _script_string(text: str) -> str:
    """A JavaScript string in single quotes, the form in which tools look for the page's URLs."""
    return "'" + _script_json(text)[1:-1].replace("'", "\\u0027") + "'"


def _swagger_ui_script(
    openapi_url: str,
    settings: Mapping[str, object],
    oauth2_redirect_url: str | None,
    init_oauth: Mapping[str, object] | None,
) -> Iterator[str]:
    yield "const ui = SwaggerUIBundle({"
    yield f"url: {_script_string(openapi_url)},"
    for name, value in settings.items():
        yield f"{_script_json(name)}: {_script_json(value)},"
    if oauth2_redirect_url:
        yield f"oauth2RedirectUrl: window.location.origin + {_script_string(oauth2_redirect_url)},"
    yield "presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],"
    yield "});"
    if init_oauth:
        yield f"ui.initOAuth({_script_json(init_oauth)});"


def _redoc_script(openapi_url: str, nonce: str) -> str:
    options = _script_json({"nonce": nonce})
    return f"Redoc.init({_script_json(openapi_url)}, {options}, document.getElementById('redoc'));"


# The other half of Swagger UI's login: it opens a window, leaves its state and two callbacks in
# `swaggerUIRedirectOauth2`, and waits for the page that the identity provider returns to.
_OAUTH2_REDIRECT_SCRIPT: Final = """
"use strict";
function answer() {
  const fragment = window.location.hash.slice(1);
  const text = /code|token|error/.test(fragment) ? fragment : window.location.search;
  return Object.fromEntries(new URLSearchParams(text));
}
function report(login, level, message) {
  login.errCb({ authId: login.auth.name, source: "auth", level, message });
}
function refusal({ error, error_description, error_uri }) {
  if (!error) return "The identity provider returned no code.";
  const parts = [`[${error}]`, error_description, error_uri && `More: ${error_uri}`];
  return parts.filter(Boolean).join(" ");
}
function exchange(login, params, isValid) {
  const { auth, redirectUrl } = login;
  if (!isValid) {
    report(login, "warning", "The returned state is not the one sent: this login may not be yours.");
  }
  if (!params.code) return report(login, "error", refusal(params));
  delete login.state;
  auth.code = params.code;
  login.callback({ auth, redirectUrl });
}
function finish(login) {
  const { auth, redirectUrl, state } = login;
  const params = answer();
  const isValid = params.state === state;
  const byCode = ["accessCode", "authorizationCode", "authorization_code"].includes(auth.schema.get("flow"));
  if (byCode && !auth.code) exchange(login, params, isValid);
  else login.callback({ auth, token: params, isValid, redirectUrl });
  window.close();
}
if (window.opener && window.opener.swaggerUIRedirectOauth2) {
  finish(window.opener.swaggerUIRedirectOauth2);
} else {
  document.querySelector("p").textContent = "This page ends a login started from the documentation page.";
}
"""
