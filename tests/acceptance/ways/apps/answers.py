"""Endpoints that differ in what they return."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from laneway import APIRouter, Response, status
from laneway.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
)

router = APIRouter()


class Item(BaseModel):
    """What most endpoints return."""

    name: str
    price: Decimal = Decimal("1.50")
    secret: str = Field(default="hidden", exclude=True)
    note: str | None = None


class YamlResponse(Response):
    """A response class of the app's own."""

    media_type = "application/yaml"

    def render(self, content: Any) -> bytes:
        """One line per key."""
        return "".join(f"{key}: {value}\n" for key, value in content.items()).encode()


@router.get("/json")
async def json() -> Any:
    return {"hello": "world", "ünï": ["✓", 1, 2.5, None, True]}


@router.get("/typed-json")
async def typed_json() -> dict[str, int]:
    return {"a": 1, "b": 2}


@router.get("/large")
async def large(size: int = 100_000) -> str:
    return "x" * size


@router.get("/number")
async def number() -> int:
    return 1


@router.get("/nothing")
async def nothing() -> None:
    return None


@router.get("/kinds")
def kinds() -> Any:
    return {
        "uuid": UUID(int=7),
        "when": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "decimal": Decimal("1.10"),
        "set": {1},
        "bytes": b"abc",
    }


@router.get("/sync")
def sync() -> dict[str, str]:
    return {"from": "a thread"}


@router.get("/model", response_model=Item)
async def model() -> Any:
    return {"name": "cup", "more": "than the model has"}


@router.get("/annotated-model")
async def annotated_model() -> Item:
    return Item(name="cup")


@router.get("/model-list", response_model=list[Item], response_model_exclude_unset=True)
async def model_list() -> Any:
    return [Item(name="cup"), Item(name="jug", note="old")]


@router.get("/bad-model", response_model=Item)
async def bad_model() -> Any:
    return {"price": "cheap"}


@router.post("/created", status_code=status.HTTP_201_CREATED)
async def created() -> dict[str, bool]:
    return {"made": True}


@router.get("/no-content", status_code=204)
async def no_content() -> None:
    return None


@router.get("/no-content-response", status_code=204, response_class=Response)
async def no_content_response() -> Response:
    return Response(status_code=204)


@router.get("/not-modified", status_code=304)
async def not_modified(response: Response) -> None:
    response.headers["etag"] = '"1"'


@router.get("/headers")
async def headers(response: Response) -> dict[str, int]:
    response.headers["X-One"] = "1"
    response.headers.append("X-Two", "2a")
    response.headers.append("X-Two", "2b")
    response.set_cookie("session", "abc", httponly=True, max_age=60)
    response.set_cookie("theme", "dark", path="/x", samesite="strict")
    response.delete_cookie("old")
    response.status_code = 202
    return {"ok": 1}


@router.get("/headers-sync")
def headers_sync(response: Response) -> dict[str, int]:
    response.headers["x-latin"] = "caf\xe9"
    return {"ok": 1}


@router.get("/own-length")
async def own_length() -> Response:
    return Response(b"abcd", headers={"content-length": "4", "X-Mixed-Case": "yes"})


@router.get("/close")
async def close() -> Response:
    return Response(b"bye", headers={"connection": "close"})


@router.get("/teapot")
async def teapot() -> Response:
    return PlainTextResponse("short and stout", status_code=418)


@router.get("/unknown-status")
async def unknown_status() -> Response:
    return PlainTextResponse("what?", status_code=599)


@router.get("/plain", response_class=PlainTextResponse)
async def plain() -> str:
    return "grüße"


@router.get("/html", response_class=HTMLResponse)
async def html() -> str:
    return "<h1>Grüße</h1>"


@router.get("/html-sync", response_class=HTMLResponse)
def html_sync() -> str:
    return "<h1>Sync</h1>"


@router.get("/yaml", response_class=YamlResponse)
async def yaml() -> Any:
    return {"a": 1}


@router.get("/yaml-response")
async def yaml_response() -> Response:
    return YamlResponse({"b": 2}, headers={"x-kind": "yaml"})


@router.get("/json-response")
async def json_response() -> Response:
    return JSONResponse([1, 2], status_code=203)


@router.get("/redirect")
async def redirect() -> Response:
    return RedirectResponse("/json?to=ü")


@router.get("/redirect-class", response_class=RedirectResponse, status_code=303)
async def redirect_class() -> str:
    return "https://elsewhere.example/"


@router.get("/slash/")
async def slash() -> str:
    return "with a slash"


@router.head("/only-head")
async def only_head(response: Response) -> None:
    response.headers["x-head"] = "yes"


@router.api_route("/many", methods=["GET", "HEAD", "OPTIONS", "PUT"], include_in_schema=False)
async def many() -> dict[str, str]:
    return {"for": "many methods"}


@router.options("/options")
async def options(response: Response) -> None:
    response.headers["allow"] = "GET, OPTIONS"


@router.api_route("/custom-method", methods=["PROPFIND", "PURGE"], include_in_schema=False)
async def custom_method() -> str:
    return "found"


@router.get("/annotated")
async def annotated(q: Annotated[str, Field(max_length=3)] = "abc") -> str:
    return q
