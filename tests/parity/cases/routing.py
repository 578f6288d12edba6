"""Paths, methods, slashes, mounts, root paths, hosts, URLs, and what tools read from the list of routes."""

from typing import Any

from calls import get, post, request
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import PlainTextResponse
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.staticfiles import StaticFiles
from starlette.routing import Host, Mount, Route

app = FastAPI(servers=[{"url": "/first"}])
EVENTS: list[str] = []


@app.get("/items")
async def items() -> str:
    return "items"


@app.post("/items", name="make item", status_code=201)
async def make(request: Request) -> str:
    return str(request.url_for("items"))


@app.get("/items/")
async def slashed() -> str:
    return "slashed"


@app.get("/only/")
async def only() -> str:
    return "only"


@app.post("/bare")
async def bare() -> str:
    return "bare"


@app.get("/users/me")
async def me() -> str:
    return "me"


@app.get("/users/{user_id}")
async def user(user_id: str, request: Request) -> Any:
    return [
        user_id,
        str(request.url_for("user", user_id="a b")),
        str(request.url),
        str(request.base_url),
        request.scope["root_path"],
        request.scope["path"],
    ]


@app.get("/users/late")
async def late() -> str:
    return "never"


@app.put("/users/{user_id}")
@app.patch("/users/{other}", name="patched")
async def two(user_id: str | None = None, other: str | None = None) -> Any:
    return [user_id, other]


@app.api_route("/any", methods=["GET", "POST", "options", "TRACE", "X-CUSTOM"])
async def any_method(request: Request) -> str:
    return request.method


@app.get("/a-{b}.{c}")
async def mixed(b: str, c: str) -> Any:
    return [b, c]


@app.get("/deep/{rest:path}/end")
async def deep(rest: str) -> str:
    return rest


@app.get("/{first}/{second}/fallback")
async def fallback(first: str, second: str) -> Any:
    return [first, second]


def classic(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"classic {request.path_params}")


app.add_route("/classic/{x:int}", classic, methods=["GET", "POST"])
app.router.routes.append(Route("/appended", classic, name="appended"))
app.add_api_route("/added", items, methods=["GET", "DELETE"], name="added", include_in_schema=False)
sub = FastAPI(title="Sub")


@sub.get("/hello")
async def hello(request: Request) -> Any:
    return [
        request.scope["root_path"],
        request.scope["path"],
        str(request.url_for("hello")),
        request.app.title,
    ]


@sub.get("/")
async def sub_root() -> str:
    return "sub root"


app.mount("/sub", sub, name="sub")
app.mount("/static", StaticFiles(directory=__file__.rpartition("/")[0]), name="static")
router = APIRouter(prefix="/r", tags=["r"])


@router.get("")
async def empty() -> str:
    return "empty"


@router.get("/x/{n}")
def x(n: int) -> int:
    return n


inner = APIRouter()


@inner.get("/inner")
def inner_get() -> str:
    return "inner"


router.include_router(inner, prefix="/i")
router.mount("/mounted", Route("/{path:path}", classic))
app.include_router(router)
app.include_router(router, prefix="/again", tags=["again"], deprecated=True, include_in_schema=True)


@router.get("/later")
def later() -> str:
    return "later"


app.router.routes.append(Mount("/m", routes=[Route("/one", classic)], name="m"))
app.router.routes.append(Host("{tenant}.example.org", app=sub, name="tenant"))


@app.get("/tools")
async def tools(request: Request) -> Any:
    return [
        [
            *(r.path, sorted(r.methods or ()), r.name, r.tags, r.unique_id, r.operation_id, r.path_format),
            *(r.path_regex.pattern, str(r.response_model), r.status_code, r.include_in_schema, r.deprecated),
            *(r.summary, r.description, r.response_description, r.endpoint.__name__, str(r.body_field)),
            *(
                r.response_field and r.response_field.name,
                r.operation_id,
                [p.name for p in r.dependant.path_params],
            ),
            *(
                getattr(r.response_class, "value", r.response_class).__name__,
                len(r.dependencies),
                r.callbacks,
            ),
            *(r.responses, r.openapi_extra, r.response_model_by_alias, r.response_model_exclude_unset),
            *(isinstance(r.original_route, APIRoute), r.original_route.path),
        ]
        for r in iter_route_contexts(request.app.routes)
        if isinstance(r.original_route, APIRoute)
    ]


@app.get("/tools-starlette")
async def tools_starlette(request: Request) -> Any:
    found = iter_route_contexts(request.app.routes)
    return [[type(r.original_route).__name__, r.path, r.name, r.methods and sorted(r.methods)] for r in found]


@app.get("/urls")
async def urls(request: Request) -> Any:
    found = [
        app.url_path_for(name, **params)
        for name, params in [
            ("x", {"n": 1}),
            ("inner_get", {}),
            ("make item", {}),
            ("patched", {"other": "o"}),
            ("sub:hello", {}),
            ("static", {"path": "a.txt"}),
            ("m", {"path": "/z"}),
            ("appended", {}),
        ]
    ]
    return [*found, str(request.url_for("static", path="/x.js")), str(request.url_for("sub:hello"))]


@app.get("/no-url")
async def no_url(request: Request) -> Any:
    return str(request.url_for("unknown", a=1))


CALLS = [
    *(get(path) for path in ["/items", "/items/", "/only", "/only/", "/bare", "/bare/", "/users/me", "/users/late", "/users/", "/users", "/users/a%20b", "/users/a/b", "/users/ü", "/a-b.c", "/a-b", "/a-b.c.d", "/deep/a/b/end", "/deep//end", "/deep/end", "/x/y/fallback", "/users/y/fallback", "/classic/5", "/classic/x", "/appended", "/added", "/sub", "/sub/", "/sub/hello", "/sub/hello/", "/sub/none", "/sub/docs-none", "/sub/openapi.json", "/static/routing.py/none", "/static/none", "/static", "/r", "/r/", "/r/x/1", "/r/x/y", "/r/i/inner", "/again/r", "/again/r/x/2", "/again/r/i/inner", "/r/later", "/again/r/later", "/m/one", "/m", "/m/", "/urls", "/tools", "/tools-starlette", "/no-url", "//items", "/ITEMS", "", "/docs-none", "/openapi.json", "/items?x=1#y"]),
    get("/only?a=1&b=%20"), post("/items", None), post("/bare", None), post("/bare/", None), request("PUT", "/users/5"), request("PATCH", "/users/5"), request("DELETE", "/users/5"), request("DELETE", "/items"), request("HEAD", "/items"), request("OPTIONS", "/items"), *(request(m, "/any") for m in ["GET", "OPTIONS", "TRACE", "X-CUSTOM", "PUT", "get"]), request("POST", "/classic/1"), request("PUT", "/classic/1"), request("POST", "/static/routing.py"),
    get("/users/1", root_path="/proxy"), get("/proxy/users/1", root_path="/proxy"), get("/sub/hello", root_path="/proxy"), get("/proxy/sub/hello", root_path="/proxy"), get("/openapi.json", root_path="/proxy"), get("/only", root_path="/proxy"), get("/proxy/only", root_path="/proxy"),
    request("GET", "/hello", host="acme.example.org"), request("GET", "/items", host="acme.example.org"), get("/users/1", ("x-forwarded-host", "other"), ("x-forwarded-proto", "https")), get("/users/1", scheme="https", server=("h", 8443)), request("GET", "/users/1", host=""),
]  # fmt: skip


def DOCUMENT() -> Any:
    """The schema belongs to what is seen."""
    return [app.openapi(), sub.openapi()]
