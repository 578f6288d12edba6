"""Endpoints that differ in what they read."""

import enum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from laneway import (
    APIRouter,
    Body,
    Cookie,
    Depends,
    File,
    Form,
    Header,
    Path,
    Query,
    Request,
    UploadFile,
)

router = APIRouter()


class Kind(enum.StrEnum):
    """A choice."""

    CUP = "cup"
    JUG = "jug"


class Tag(BaseModel):
    """Part of an order."""

    label: str
    weight: float = 1.0


class Order(BaseModel):
    """What is posted."""

    name: str = Field(min_length=2)
    count: int = 1
    tags: list[Tag] = []


class Paging(BaseModel):
    """A query as a model."""

    skip: int = Field(default=0, ge=0)
    limit: int = 10


class Login(BaseModel):
    """A form as a model."""

    user: str
    remember: bool = False


@router.get("/items/{item_id}")
async def read_item(item_id: int, q: str | None = None, flag: bool = False) -> Any:
    return {"item_id": item_id, "q": q, "flag": flag}


@router.get("/sync-items/{item_id}")
def read_item_sync(item_id: UUID, q: Annotated[tuple[int, ...], Query()] = (1,)) -> Any:
    return [item_id, q]


@router.get("/kinds/{kind}/{size}")
async def read_kind(kind: Kind, size: Annotated[float, Path(gt=0)]) -> Any:
    return {"kind": kind, "size": size}


@router.get("/files/{path:path}")
async def read_path(path: str) -> Any:
    return {"path": path}


@router.get("/text/{text}")
async def read_text(text: str) -> Any:
    return {"text": text}


@router.get("/query")
async def read_query(
    q: Annotated[list[str] | None, Query()] = None, x: Annotated[str, Query(alias="x-y")] = "-"
) -> Any:
    return {"q": q, "x": x}


@router.get("/paging")
async def read_paging(paging: Annotated[Paging, Query()]) -> Any:
    return paging


@router.get("/header")
async def read_header(
    x_token: Annotated[str, Header()],
    x_list: Annotated[list[str] | None, Header()] = None,
    user_agent: Annotated[str | None, Header()] = None,
) -> Any:
    return [x_token, x_list, user_agent]


@router.get("/cookie")
async def read_cookie(
    session: Annotated[str | None, Cookie()] = None, n: Annotated[int, Cookie()] = 0
) -> Any:
    return {"session": session, "n": n}


@router.post("/orders")
async def post_order(order: Order) -> Order:
    return order


@router.post("/sync-orders")
def post_order_sync(order: Order) -> Order:
    return order


@router.put("/orders/{number}")
async def put_order(
    number: int, order: Order, urgent: bool = False, note: Annotated[str, Body()] = ""
) -> Any:
    return {"number": number, "order": order, "urgent": urgent, "note": note}


@router.patch("/any")
async def patch_any(value: Annotated[Any, Body()]) -> Any:
    return value


@router.delete("/orders/{number}", status_code=204)
async def delete_order(number: int) -> None:
    assert number


@router.post("/small", max_body_size=20)
async def post_small(value: Annotated[Any, Body()]) -> Any:
    return value


@router.post("/form")
async def post_form(user: Annotated[str, Form()], tags: Annotated[tuple[str, ...], Form()] = ()) -> Any:
    return {"user": user, "tags": tags}


@router.post("/form-model")
def post_form_model(login: Annotated[Login, Form()]) -> Any:
    return login


@router.post("/upload")
async def post_upload(file: UploadFile, note: Annotated[str, Form()] = "") -> Any:
    content = await file.read()
    return {"name": file.filename, "type": file.content_type, "size": len(content), "note": note}


@router.post("/uploads")
def post_uploads(files: list[UploadFile], raw: Annotated[bytes | None, File()] = None) -> Any:
    return [[file.filename, file.file.read().decode()] for file in files] + [raw]


# -- the request itself


@router.api_route("/request", methods=["GET", "POST", "PUT", "HEAD", "DELETE"], include_in_schema=False)
async def read_request(request: Request) -> Any:
    scope = request.scope
    return {
        "method": request.method,
        "url": str(request.url),
        "base": str(request.base_url),
        "path": scope["path"],
        "raw_path": scope["raw_path"].decode("latin-1"),
        "query": scope["query_string"].decode("latin-1"),
        "root_path": scope["root_path"],
        "http_version": scope["http_version"],
        "scheme": scope["scheme"],
        "cookies": request.cookies,
        "path_params": request.path_params,
        "params": request.query_params.multi_items(),
        "client": type(request.client).__name__,
        "body": (await request.body()).decode("latin-1"),
    }


@router.api_route("/echo/{rest:path}", methods=["GET", "POST"], include_in_schema=False)
async def echo(rest: str, request: Request) -> Any:
    return {"rest": rest, "path": request.url.path, "raw": request.scope["raw_path"].decode("latin-1")}


@router.post("/raw-headers")
async def raw_headers(request: Request) -> Any:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers.raw]


@router.post("/request-json")
async def request_json(request: Request) -> Any:
    return {"json": await request.json(), "again": len(await request.body())}


@router.post("/request-stream")
async def request_stream(request: Request) -> Any:
    size = 0
    async for part in request.stream():
        size += len(part)
    return size


@router.post("/request-form")
async def request_form(request: Request) -> Any:
    async with request.form() as form:
        return sorted(form.keys())


@router.post("/request-sync")
def request_sync(request: Request, order: Order) -> Any:
    return [request.headers["content-type"], order.name, request.url.path]


@router.post("/unread")
async def unread(request: Request) -> Any:
    return request.headers.get("content-length")


@router.get("/scope-state")
async def scope_state(request: Request) -> Any:
    first = getattr(request.state, "seen", None)
    request.state.seen = True
    return {"seen before": first, "from lifespan": request.state.started}


async def mark(request: Request) -> None:
    request.state.marked = True


@router.get("/request-in-dependency", dependencies=[Depends(mark)])
async def request_in_dependency(request: Request) -> Any:
    return request.state.marked
