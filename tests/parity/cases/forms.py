"""Forms and files, alone, in models, beside a request read by hand."""

from typing import Annotated, Any

from calls import form, get, multipart, post, raw
from fastapi import FastAPI, File, Form, Header, Query, Request, UploadFile
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile as StarletteUploadFile

app = FastAPI()


@app.post("/login")
async def login(
    username: Annotated[str, Form()],
    password: Annotated[str, Form(min_length=3)],
    age: Annotated[int | None, Form()] = None,
    tags: Annotated[list[str], Form()] = [],
    remember: bool = Form(False),
) -> Any:
    return [username, password, age, tags, remember]


class Data(BaseModel):
    model_config = {"extra": "forbid"}
    name: str
    count: int = Field(1, alias="how-many")
    tags: list[str] = []
    note: str | None = None


@app.post("/model")
async def model(data: Annotated[Data, Form()]) -> Any:
    return data


class WithFile(BaseModel):
    title: str
    upload: UploadFile | None = None


@app.post("/model-file")
async def model_file(data: Annotated[WithFile, Form(media_type="multipart/form-data")]) -> Any:
    return [data.title, data.upload and data.upload.filename]


@app.post("/upload")
async def upload(file: UploadFile, note: Annotated[str, Form()] = "none") -> Any:
    content = await file.read()
    await file.seek(0)
    again = await file.read(2)
    return [
        file.filename,
        file.content_type,
        file.size,
        len(content),
        again.decode(),
        note,
        dict(file.headers),
    ]


@app.post("/upload-sync")
def upload_sync(file: UploadFile) -> Any:
    return [file.file.read().decode(), isinstance(file, StarletteUploadFile), type(file).__name__]


@app.post("/bytes")
async def file_bytes(file: Annotated[bytes, File()], other: Annotated[bytes | None, File()] = None) -> Any:
    return [len(file), other]


@app.post("/many")
async def many(files: list[UploadFile], raws: Annotated[list[bytes], File()] = []) -> Any:
    return [[file.filename for file in files], [raw.decode() for raw in raws]]


@app.post("/optional")
async def optional(file: UploadFile | None = None, x_key: Annotated[str | None, Header()] = None) -> Any:
    return [file and file.filename, x_key]


@app.post("/by-hand")
async def by_hand(request: Request, q: Annotated[str, Query()] = "") -> Any:
    values = await request.form()
    return [[(name, getattr(value, "filename", value)) for name, value in values.multi_items()], q]


@app.post("/both")
async def both(request: Request, a: Annotated[str, Form()]) -> Any:
    values = await request.form()
    return [a, list(values.multi_items())]


@app.post("/body-after-form")
async def body_after(request: Request, a: Annotated[str, Form()]) -> Any:
    return [a, len(await request.body())]


A_FILE = ("file", b"content", "a.txt", "text/plain")
CALLS = [
    form("/login", {"username": "u", "password": "secret"}),
    form("/login", {"username": "u", "password": "s", "age": "x"}),
    form("/login", {}),
    form("/login", {"username": "", "password": "", "age": ""}),
    form("/login", {"username": ["a", "b"], "password": "secret", "tags": ["x", "y"], "remember": "on"}),
    raw("/login", b"username=%ff&password=a+b%20c&age=%31", type="application/x-www-form-urlencoded"),
    raw("/login", b"username=u;password=abc&&=&x", type="application/x-www-form-urlencoded; charset=latin-1"),
    multipart("/login", ("username", b"u"), ("password", "sécret".encode()), ("tags", b"1"), ("tags", b"2")),
    multipart("/login", ("username", b"\xff"), ("password", b"abcd"), ("age", b"1", "age.txt", "text/plain")),
    post("/login", {"username": "u", "password": "secret"}),
    raw("/login", b"", type=None), raw("/login", b"", type="multipart/form-data"), raw("/login", b"x", type="multipart/form-data; boundary=BOUND"),
    raw("/login", b"--BOUND\r\nbroken", type="multipart/form-data; boundary=BOUND"), raw("/login", b"--BOUND\r\nContent-Disposition: x\r\n\r\n1\r\n--BOUND--", type="multipart/form-data; boundary=BOUND"),
    form("/model", {"name": "n", "how-many": "3", "tags": ["a", "b"]}), form("/model", {"name": "n", "count": "3", "more": "x"}), form("/model", {}), form("/model", {"name": "", "note": ""}), form("/model", [("name", "a"), ("name", "b"), ("evil", "1"), ("evil", "2")]),
    multipart("/model-file", ("title", b"t"), ("upload", b"x", "u.bin", "application/octet-stream")), multipart("/model-file", ("title", b"t")), multipart("/model-file", ("upload", b"x")),
    multipart("/upload", A_FILE), multipart("/upload", A_FILE, ("note", b"hi")), multipart("/upload", ("file", b"text only")), multipart("/upload"), multipart("/upload", ("file", b"", "", "text/plain")), multipart("/upload", ("file", b"", "empty.txt", "text/plain")),
    form("/upload", {"file": "x"}), post("/upload", {"file": "x"}), multipart("/upload", ("file", b"x" * 2_000_000, "ü\"é.txt", "text/plain"), label="large"), multipart("/upload-sync", A_FILE),
    multipart("/bytes", A_FILE), multipart("/bytes", ("file", b"\xff\x00", "b", "x/y"), ("other", b"o", "o", "x/y")), multipart("/bytes", ("file", b"text")), multipart("/bytes"),
    multipart("/many", ("files", b"1", "1.txt", "text/plain"), ("files", b"2", "2.txt", "text/plain"), ("raws", b"r", "r", "x/y")), multipart("/many", ("files", b"1")), multipart("/many"),
    multipart("/optional"), multipart("/optional", A_FILE), raw("/optional", b"", ("x-key", "k"), type=None), multipart("/optional", ("file", b"")),
    form("/by-hand?q=1", {"a": "1", "b": "2"}), multipart("/by-hand", A_FILE, ("a", b"1")), post("/by-hand", {"a": 1}),
    form("/both", {"a": "1", "b": "2"}), form("/both", {}), form("/body-after-form", {"a": "1"}), multipart("/body-after-form", ("a", b"1")), get("/both"),
]  # fmt: skip


def DOCUMENT() -> Any:
    """The schema belongs to what is seen."""
    return app.openapi()
