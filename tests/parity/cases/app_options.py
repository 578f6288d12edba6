"""Options of the app: documents, docs pages, servers, default responses, ids, customised schemas."""

from enum import Enum
from typing import Any

from calls import get, post, request
from fastapi import APIRouter, Body, Depends, FastAPI, Header, Path, Query
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, ORJSONResponse, PlainTextResponse, UJSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

_ = ORJSONResponse, UJSONResponse


class Tags(Enum):
    items = "items"
    users = "users"


class Message(BaseModel):
    """A message."""

    message: str = Field(examples=["hi"], description="Text")


def identify(route: APIRoute) -> str:
    return f"{route.tags[0] if route.tags else 'none'}-{route.name}"


async def common(x_trace: str | None = Header(None, description="Trace")) -> None:
    return None


app = FastAPI(
    title="Options",
    summary="s",
    description="# d",
    version="2.0",
    terms_of_service="https://example.com",
    contact={"name": "c", "email": "c@example.com"},
    license_info={"name": "MIT", "identifier": "MIT"},
    openapi_tags=[{"name": "items", "description": "d"}],
    servers=[{"url": "/v1", "description": "one"}],
    dependencies=[Depends(common)],
    default_response_class=PlainTextResponse,
    responses={404: {"description": "none", "model": Message}, "4XX": {"description": "any"}},
    generate_unique_id_function=identify,
    openapi_url="/api/schema.json",
    docs_url="/documentation",
    redoc_url=None,
    deprecated=True,
    swagger_ui_parameters={"deepLinking": False},
    separate_input_output_schemas=False,
    root_path_in_servers=False,
    redirect_slashes=False,
    callbacks=[],
    openapi_external_docs={"url": "https://example.com"},
    strict_content_type=False,
)
invoices = APIRouter()


@invoices.post("{$callback_url}/paid/{$request.body.id}", name="paid")
def paid(body: Message) -> None: ...


@app.webhooks.post("new-thing")
def new_thing(body: Message) -> None:
    """Sent when there is one."""


@app.get(
    "/items/{item_id}",
    tags=[Tags.items, "x"],
    responses={200: {"content": {"image/png": {}}}, 202: {"model": list[Message]}},
    openapi_extra={"x-a": 1, "parameters": [{"name": "q2", "in": "query"}]},
)
async def read(
    item_id: int = Path(title="T", examples=[1], openapi_examples={"a": {"value": 2}}),
    q: str | None = Query(None, alias="item-query", deprecated=True, include_in_schema=False),
) -> str:
    """Summary line.

    More.
    \f
    Hidden.
    """  # noqa: D301  # a real form feed
    return f"text {item_id}"


@app.post(
    "/message",
    response_model=Message,
    status_code=201,
    response_description="Made",
    summary="Make",
    operation_id="own_id",
    callbacks=invoices.routes,
    deprecated=False,
)
async def make(message: Message = Body(openapi_examples={"one": {"value": {"message": "x"}}})) -> Any:
    return HTMLResponse("<p>")


@app.get("/raw-items/", include_in_schema=False)
async def raw_items() -> Any:
    return "é"


@app.get("/my-docs", include_in_schema=False)
async def my_docs() -> HTMLResponse:
    return get_swagger_ui_html(
        openapi_url="/x.json",
        title="T</title>",
        swagger_js_url="/s.js",
        swagger_css_url="/s.css",
        swagger_favicon_url="/f.png",
        init_oauth={"a": 1},
    )


@app.get("/my-redoc", include_in_schema=False)
async def my_redoc() -> HTMLResponse:
    return get_redoc_html(openapi_url="/x.json", title="T", redoc_js_url="/r.js", with_google_fonts=False)


sub = FastAPI(openapi_url=None, default_response_class=HTMLResponse)


@sub.get("/x")
def sub_x() -> str:
    return "sub"


app.mount("/sub", sub)
customised = FastAPI()


@customised.get("/x")
def customised_x() -> str:
    return "x"


def custom_openapi() -> dict[str, Any]:
    if customised.openapi_schema:
        return customised.openapi_schema
    schema = get_openapi(title="Custom", version="9", routes=customised.routes, description="d")
    schema["info"]["x-logo"] = {"url": "l"}
    customised.openapi_schema = schema
    return schema


customised.openapi = custom_openapi  # type: ignore[method-assign]
app.mount("/customised", customised)
CALLS = [
    *(get(path) for path in ["/api/schema.json", "/openapi.json", "/docs", "/redoc", "/items/1", "/items/x", "/items/1/", "/raw-items/", "/raw-items", "/none", "/sub/x", "/sub/docs", "/sub/openapi.json", "/customised/openapi.json", "/items/1?item-query=z"]),
    post("/message", {"message": "m"}), request("POST", "/message", b'{"message": "m"}'), post("/message", {}),
]  # fmt: skip


def DOCUMENT() -> Any:
    """The schemas belong to what is seen."""
    return [
        app.openapi(),
        customised.openapi(),
        [route.operation_id for route in app.routes if isinstance(route, APIRoute)],
    ]
