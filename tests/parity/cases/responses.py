"""What endpoints return and what becomes of it: models, options, classes, headers, streams, files."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from calls import get, post, request
from fastapi import BackgroundTasks, Body, FastAPI, Response, status
from fastapi.encoders import jsonable_encoder
from fastapi.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    StreamingResponse,
)
from pydantic import BaseModel, ConfigDict, Field, computed_field, field_serializer, model_serializer
from starlette.background import BackgroundTask
from typing_extensions import TypedDict

app = FastAPI()
EVENTS: list[str] = []
T = TypeVar("T")
FILE = Path(tempfile.gettempdir()) / "laneway-parity.txt"
FILE.write_text("0123456789" * 10)


class Kind(Enum):
    one = 1
    two = "two"


class User(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    name: str = Field("n", serialization_alias="userName", validation_alias="name")
    email: str | None = None
    password: str = "hidden"


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    full: str = Field("f", alias="fullName")
    when: datetime | None = None
    nested: "Out | None" = None


class Rich(BaseModel):
    a: Decimal = Decimal("1.10")
    b: timedelta = timedelta(hours=1, milliseconds=5)
    c: bytes = b"abc"
    d: set[int] = {1}
    e: Kind = Kind.one
    f: Path = Path("/tmp/x")
    g: float = float("nan")
    h: UUID = UUID(int=3)
    i: datetime = datetime(2024, 1, 1, tzinfo=UTC)
    j: dict[int, date] = {1: date(2024, 1, 1)}
    k: tuple[int, str] = (1, "a")
    l: time = time(1, 2, 3)

    @computed_field
    @property
    def m(self) -> str:
        return "computed"

    @field_serializer("h")
    def short(self, value: UUID) -> str:
        return str(value)[-3:]


class Wrapped(BaseModel):
    v: int

    @model_serializer(mode="wrap")
    def wrap(self, handler: Any) -> Any:
        return {"wrapped": handler(self)}


class Orm:
    id = 4
    name = "orm"
    email = "e"
    password = "secret"
    fullName = "from attribute"
    nested = None
    when = None


@dataclass
class Data:
    x: int
    y: list["Data"] = field(default_factory=list)
    _private: int = 1


class Row(NamedTuple):
    a: int
    b: str


class Typed(TypedDict):
    id: int


class Page(BaseModel, Generic[T]):
    items: list[T]


VALUES: dict[str, Any] = {
    "none": None, "int": 1, "text": "é", "list": [1, {"a": None}], "bytes": b"abc", "set": {1}, "tuple": (1, "a"), "gen": (n for n in range(3)), "rich": Rich(), "user": User(id=1, name="x"),
    "users": [User(id=1), {"id": 2}], "dict": {"u": User(id=1), 1: 2, None: 3, Kind.one: 4}, "data": Data(1, [Data(2)]), "row": Row(1, "b"), "orm": Orm(), "decimal": Decimal(2), "decimals": [Decimal("2.50"), Decimal("NaN")], "path": PurePosixPath("a/b"),
    "ip": IPv4Address("127.0.0.1"), "nan": float("nan"), "enum": Kind.two, "bad-bytes": b"\xff", "object": object(), "exception": ValueError("x"), "big": 10**30, "delta": timedelta(days=1), "class": int, "surrogate": "\ud800",
    "complex": 1j, "true": True, "nested-nan": {"a": [float("inf")]}, "date": date(2024, 1, 2), "frozen": frozenset([1]), "wrapped": Wrapped(v=1), "dict-model-key": {"_sa_x": 1, "b": 2},
}  # fmt: skip


@app.get("/value/{name}")
async def value(name: str) -> Any:
    return VALUES[name]


@app.get("/unannotated/{name}")
async def unannotated(name: str):
    return VALUES[name]


@app.get("/value-sync/{name}")
def value_sync(name: str):
    return VALUES[name]


@app.get("/encoded/{name}")
async def encoded(name: str) -> JSONResponse:
    return JSONResponse(jsonable_encoder(VALUES[name], exclude_none=True, custom_encoder={Decimal: str}))


@app.get("/as-user/{name}", response_model=User)
async def as_user(name: str) -> Any:
    return VALUES[name]


@app.get("/as-user-sync/{name}")
def as_user_sync(name: str) -> User:
    return VALUES[name]


@app.get("/as-out/{name}", response_model=Out | None)
async def as_out(name: str) -> Any:
    return VALUES[name]


@app.get("/as-list/{name}", response_model=list[User])
async def as_list(name: str) -> Any:
    return VALUES[name]


@app.get("/as-union/{name}")
async def as_union(name: str) -> User | Out | int | None:
    return VALUES[name]


@app.get("/as-data/{name}")
async def as_data(name: str) -> Data:
    return VALUES[name]


@app.get("/as-typed", response_model=Typed)
async def as_typed() -> Any:
    return {"id": "1", "more": 2}


@app.get("/as-page")
async def as_page() -> Page[User]:
    return Page[User](items=[User(id=1)])


OUT = Out(id=1, nested=Out(id=2, fullName="x"))


@app.get("/unset", response_model=Out, response_model_exclude_unset=True)
async def unset() -> Any:
    return OUT


@app.get("/unset-sync", response_model_exclude_unset=True, response_model_by_alias=False)
def unset_sync() -> Out:
    return OUT


@app.get("/defaults", response_model=Out, response_model_exclude_defaults=True)
async def defaults() -> Any:
    return {"id": 1, "fullName": "f", "nested": {"id": 3, "fullName": "f"}}


@app.get("/nones", response_model=Out, response_model_exclude_none=True)
async def nones() -> Any:
    return OUT


@app.get("/include", response_model=Out, response_model_include={"id", "nested"})
async def include() -> Any:
    return OUT


@app.get("/exclude", response_model=Out, response_model_exclude={"nested": {"id"}, "when": True})
async def exclude() -> Any:
    return OUT


@app.get("/include-list", response_model=list[Out], response_model_include=["id"])  # type: ignore[arg-type]
async def include_list() -> Any:
    return [OUT]


@app.get("/no-model", response_model=None)
async def no_model() -> User:
    return User(id=1)


@app.post("/created", status_code=status.HTTP_201_CREATED)
async def created(response: Response, n: Annotated[int, Body(embed=True)] = 1) -> Any:
    response.headers["X-One"] = str(n)
    response.headers.append("X-Two", "a")
    response.headers.append("X-Two", "b")
    response.set_cookie("session", "é=;x", httponly=True, samesite="strict", max_age=3)
    response.delete_cookie("old", path="/x")
    return {"n": n}


@app.get("/status-sync")
def status_sync(response: Response) -> Any:
    response.status_code = 418
    response.headers["content-language"] = "de"
    return {"ok": True}


@app.get("/override-type")
async def override_type(response: Response) -> Any:
    response.headers["content-type"] = "application/vnd.x+json"
    response.headers["content-length"] = "5"
    return {"ok": True}


@app.get("/both")
async def both(response: Response) -> Any:
    response.headers["x-lost"] = "1"
    response.set_cookie("a", "b")
    return JSONResponse({"own": True}, status_code=202, headers={"x-own": "1"})


@app.get("/no-content", status_code=204)
async def no_content() -> None:
    return None


@app.delete("/no-content-value", status_code=204)
async def no_content_value():
    return {"dropped": True}


@app.get("/not-modified", status_code=304)
async def not_modified(response: Response) -> None:
    response.headers["etag"] = "x"


@app.get("/dynamic-204")
async def dynamic(response: Response) -> Any:
    response.status_code = 204
    return {"a": 1}


@app.get("/html", response_class=HTMLResponse)
async def html() -> Any:
    return "<p>é</p>"


@app.get("/html-model", response_class=HTMLResponse, response_model=User)
async def html_model() -> Any:
    return "<p>"


@app.get("/plain", response_class=PlainTextResponse)
def plain() -> Any:
    return "text"


@app.get("/plain-dict", response_class=PlainTextResponse)
def plain_dict() -> Any:
    return {"a": 1}


@app.get("/redirect-class", response_class=RedirectResponse, status_code=302)
async def redirect_class() -> str:
    return "/über?x=1"


@app.get("/redirect")
async def redirect() -> RedirectResponse:
    return RedirectResponse("/html")


@app.get("/file-class", response_class=FileResponse)
async def file_class() -> Any:
    return FILE


@app.get("/file")
async def file() -> FileResponse:
    return FileResponse(
        FILE, media_type="text/x", filename="é.txt", headers={"last-modified": "x", "etag": '"e"'}
    )


@app.get("/file-missing")
async def file_missing() -> FileResponse:
    return FileResponse("/nowhere/at/all")


class Custom(JSONResponse):
    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        return b"custom " + super().render(content)


@app.get("/custom", response_class=Custom)
async def custom() -> Any:
    return {"when": datetime(2024, 1, 1), "d": Decimal("1.5")}


@app.get("/custom-model", response_class=Custom, response_model=User, status_code=203)
def custom_model() -> Any:
    return {"id": 1}


@app.get("/raw")
async def raw_response() -> Response:
    return Response(b"\x00\xff", media_type="application/x", status_code=299)


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        for n in range(3):
            yield f"{n}é".encode()
        EVENTS.append("end of stream")

    return StreamingResponse(parts(), media_type="text/plain")


@app.get("/stream-sync")
def stream_sync() -> StreamingResponse:
    def parts() -> Iterator[str]:
        yield "a"
        yield "b"

    return StreamingResponse(parts(), status_code=206)


@app.get("/stream-breaks")
async def stream_breaks() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a"
        raise ValueError("in stream")

    return StreamingResponse(parts())


@app.get("/yielded")
async def yielded() -> AsyncIterator[User]:
    for n in range(3):
        yield User(id=n)


@app.get("/yielded-sync")
def yielded_sync() -> Iterator[dict[str, int]]:
    yield {"a": 1}
    yield {"a": 2}


@app.get("/yielded-wrong")
async def yielded_wrong() -> AsyncIterator[User]:
    yield User(id=1)
    yield {"id": "x"}  # type: ignore[misc]


@app.get("/yielded-text", response_class=StreamingResponse)
async def yielded_text() -> AsyncIterator[str]:
    yield "a"
    yield "b"


def note(text: str) -> None:
    EVENTS.append(text)


@app.post("/background")
async def background(tasks: BackgroundTasks) -> Any:
    tasks.add_task(note, "first")
    tasks.add_task(note, text="second")
    return {"queued": True}


@app.post("/background-own")
def background_own(tasks: BackgroundTasks) -> Any:
    tasks.add_task(note, "injected")
    return JSONResponse({"own": 1}, background=BackgroundTask(note, "own"))


@app.post("/background-merged")
def background_merged(tasks: BackgroundTasks) -> Any:
    tasks.add_task(note, "injected")
    return JSONResponse({"own": 1})


@app.post("/background-fails")
async def background_fails(tasks: BackgroundTasks) -> Any:
    def fail() -> None:
        raise ValueError("in background")

    tasks.add_task(fail)
    tasks.add_task(note, "not reached")
    return {"sent": True}


@app.head("/headed")
@app.get("/headed")
async def headed(response: Response) -> Any:
    response.headers["x-a"] = "1"
    return {"a": 1}


CALLS = [
    *(get(f"/value/{name}") for name in VALUES),
    *(get(f"/unannotated/{name}") for name in VALUES if name != "gen"),
    *(get(f"/value-sync/{name}") for name in VALUES if name != "gen"),
    *(get(f"/encoded/{name}") for name in VALUES if name != "gen"),
    *(get(f"/{kind}/{name}") for kind in ["as-user", "as-user-sync", "as-out", "as-union", "as-data"] for name in ["none", "int", "user", "orm", "dict", "rich", "data", "list"]),
    *(get(f"/as-list/{name}") for name in ["users", "none", "tuple", "set", "list", "user"]), get("/as-typed"), get("/as-page"),
    *(get(path) for path in ["/unset", "/unset-sync", "/defaults", "/nones", "/include", "/exclude", "/include-list", "/no-model"]),
    post("/created", {"n": 3}), post("/created", {}), post("/created", {"n": "x"}), get("/status-sync"), get("/override-type"), get("/both"), get("/no-content"), request("DELETE", "/no-content-value"), get("/not-modified"), get("/dynamic-204"),
    *(get(path) for path in ["/html", "/html-model", "/plain", "/plain-dict", "/redirect-class", "/redirect", "/file", "/file-missing", "/custom", "/custom-model", "/raw"]),
    get("/file", ("range", "bytes=2-5")), get("/file", ("range", "bytes=500-")), get("/file", ("range", "x")), request("HEAD", "/file"),
    *(get(path) for path in ["/stream", "/stream-sync", "/stream-breaks", "/yielded", "/yielded-sync", "/yielded-wrong", "/yielded-text"]),
    *(post(path, None) for path in ["/background", "/background-own", "/background-merged", "/background-fails"]),
    request("HEAD", "/headed"), request("HEAD", "/html"), request("OPTIONS", "/html"), request("PUT", "/html"),
]  # fmt: skip


def DOCUMENT() -> Any:
    """The schema belongs to what is seen."""
    return app.openapi()
