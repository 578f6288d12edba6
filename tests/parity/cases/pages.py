"""Templates, static files, settings, server-sent events."""

import os
from collections.abc import AsyncIterable, Iterable
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any

from calls import get, request
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict

EVENTS: list[str] = []
FOLDER = Path(mkdtemp())
(FOLDER / "page.html").write_text(
    "<a href=\"{{ url_for('static', path='/a.css') }}\">{{ name }} {{ request.url.path }}</a>"
)
(FOLDER / "a.css").write_text("a {}")
(FOLDER / "index.html").write_text("index")
os.utime(FOLDER / "a.css", (1, 1))
os.utime(FOLDER / "index.html", (1, 1))
os.environ["PARITY_NAME"] = "from environment"
app = FastAPI()
templates = Jinja2Templates(directory=FOLDER)
app.mount("/static", StaticFiles(directory=FOLDER), name="static")
app.mount("/site", StaticFiles(directory=FOLDER, html=True), name="site")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PARITY_")
    name: str
    size: int = 3


@lru_cache
def settings() -> Settings:
    EVENTS.append("settings read")
    return Settings()  # type: ignore[call-arg]


class Item(BaseModel):
    name: str


@app.get("/page/{name}", response_class=HTMLResponse)
async def page(request: Request, name: str) -> Any:
    return templates.TemplateResponse(
        request, "page.html", {"name": name}, status_code=203, headers={"x-page": "1"}
    )


@app.get("/settings")
async def read_settings(found: Annotated[Settings, Depends(settings)]) -> Any:
    return found


@app.get("/settings-direct")
def direct(found: Annotated[Settings, Depends(Settings)]) -> Any:
    return found


@app.get("/events", response_class=EventSourceResponse)
async def events() -> AsyncIterable[Item]:
    yield Item(name="a\nb")
    yield Item(name="c")


@app.get("/events-sync", response_class=EventSourceResponse)
def events_sync() -> Iterable[Any]:
    yield ServerSentEvent(data={"a": 1}, event="e", id="1", retry=5)
    yield ServerSentEvent(comment="c")
    yield {"plain": 2}
    yield "text"
    yield ServerSentEvent(raw_data="r1\nr2")


@app.get("/items", response_model=None)
async def items() -> AsyncIterable[Item]:
    yield Item(name="x")


CALLS = [get("/page/<b>"), get("/settings"), get("/settings"), get("/settings-direct"), get("/settings-direct?size=x&name=y"), get("/static/a.css"), get("/static/../runner.py"), get("/static/"), get("/static/none"), get("/site/"), get("/site"), get("/site/none"), request("HEAD", "/static/a.css"), request("POST", "/static/a.css"), get("/events"), get("/events-sync"), get("/events", ("last-event-id", "3")), get("/items")]  # fmt: skip
