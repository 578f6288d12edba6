"""An app for the browser tests: the documentation endpoints over a hand-written document, and what it describes.

Built on Starlette alone, so that a failure here is one of the pages.
"""

from typing import Any, ClassVar
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from laneway.openapi.docs import get_redoc_html, get_swagger_ui_html
from laneway.openapi.docs_routes import DOCS_ASSETS, docs_endpoints

ITEM = {
    "title": "Item",
    "type": "object",
    "required": ["name", "price"],
    "properties": {
        "name": {"type": "string", "title": "Name", "examples": ["Lamp"]},
        "price": {"type": "number", "exclusiveMinimum": 0, "title": "Price"},
        "tags": {"type": "array", "items": {"type": "string"}, "title": "Tags", "default": []},
    },
}
ITEM_REF = {"$ref": "#/components/schemas/Item"}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Catalogue",
        "version": "1.2.0",
        "description": "A small shop.\n\n## Rules\n\nPrices are in **cents**; see `GET /items/{item_id}`.",
    },
    "tags": [{"name": "items", "description": "Everything on the shelf."}],
    "paths": {
        "/items/{item_id}": {
            "get": {
                "tags": ["items"],
                "summary": "Read item",
                "operationId": "read_item",
                "parameters": [
                    {
                        "name": "item_id",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "integer", "minimum": 1},
                    },
                    {"name": "q", "in": "query", "schema": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
                ],
                "responses": {"200": _answer("The item", ITEM_REF), "404": {"description": "No such item"}},
            }
        },
        "/items": {
            "post": {
                "tags": ["items"],
                "summary": "Create item",
                "operationId": "create_item",
                "requestBody": {"required": True, "content": {"application/json": {"schema": ITEM_REF}}},
                "responses": {"201": _answer("The new item", ITEM_REF)},
                "security": [{"login": []}],
            }
        },
        "/old": {
            "delete": {
                "tags": ["admin"],
                "summary": "Forget everything",
                "operationId": "forget",
                "deprecated": True,
                "responses": {"204": {"description": "Gone"}},
            }
        },
    },
    "components": {
        "schemas": {"Item": ITEM},
        "securitySchemes": {
            "login": {
                "type": "oauth2",
                "flows": {
                    "authorizationCode": {
                        "authorizationUrl": "/authorize",
                        "tokenUrl": "/token",
                        "scopes": {},
                    },
                },
            }
        },
    },
}


class Settings:
    """The attributes of an application that the documentation endpoints read."""

    title = "Catalogue"
    openapi_url = "/openapi.json"
    docs_url = "/docs"
    redoc_url = "/redoc"
    root_path_in_servers = True
    swagger_ui_oauth2_redirect_url = "/docs/oauth2-redirect"
    swagger_ui_init_oauth: ClassVar = {"clientId": "browser-test"}
    swagger_ui_parameters = None

    def openapi(self) -> dict[str, Any]:
        """The document above."""
        return DOCUMENT


async def read_item(request: Request) -> Response:
    """The operation that "Try it out" calls."""
    return JSONResponse({"name": f"Item {request.path_params['item_id']}", "price": 250, "tags": ["shelf"]})


async def authorize(request: Request) -> Response:
    """An identity provider that says yes without asking."""
    query = request.query_params
    answer = urlencode({"code": "let-me-in", "state": query["state"]})
    return RedirectResponse(f"{query['redirect_uri']}?{answer}")


async def token(request: Request) -> Response:
    """Exchange the code for a token, or refuse."""
    body = (await request.body()).decode()
    if "code=let-me-in" not in body:
        return JSONResponse({"error": "invalid_grant"}, status_code=400)
    return JSONResponse({"access_token": "secret", "token_type": "bearer"})


async def handmade_swagger_ui(request: Request) -> Response:
    """A page as users make it themselves, with the default files."""
    return get_swagger_ui_html(
        openapi_url=request.scope.get("root_path", "") + "/openapi.json", title="By hand"
    )


async def handmade_redoc(request: Request) -> Response:
    """A page as users make it themselves, with the default files and fonts."""
    return get_redoc_html(openapi_url=request.scope.get("root_path", "") + "/openapi.json", title="By hand")


async def injected(request: Request) -> Response:
    """A page whose settings try to break out of the script they stand in."""
    evil = "</script><script>window.broken = true</script>"
    page: HTMLResponse = get_swagger_ui_html(
        openapi_url="/openapi.json", title=f"</title>{evil}", swagger_ui_parameters={"custom": evil}
    )
    return page


def documented_app() -> Starlette:
    """The app, once at the root and once mounted at `/shop/v1`."""
    routes = [
        Route("/items/{item_id:int}", read_item),
        Route("/authorize", authorize),
        Route("/token", token, methods=["POST"]),
        Route("/by-hand/docs", handmade_swagger_ui),
        Route("/by-hand/redoc", handmade_redoc),
        Route("/injected", injected),
        *(Route(path, endpoint) for path, endpoint in docs_endpoints(Settings())),
        DOCS_ASSETS,
    ]
    return Starlette(routes=[Mount("/shop/v1", routes=routes), *routes])
