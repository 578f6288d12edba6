"""The demo: a catalogue of tea, coffee and pottery. Serve it with `laneway run examples/demo/main.py`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from anyio.to_thread import run_sync

from laneway import Laneway, Request
from laneway.responses import FileResponse, JSONResponse

from .errors import CatalogueError
from .routers import account, export, live, pictures, products
from .seed import prepare

START_PAGE = Path(__file__).with_name("start.html")
DESCRIPTION = """
A small but real service: products with search and pages, logins with scopes, pictures, live prices, exports.

Reading needs no login. To write, press **Authorize** and log in as `owner`, with the password that the first start
printed. No client id or secret is needed.
"""
TAGS = [
    {"name": "catalogue", "description": "Products: search, read, write."},
    {"name": "pictures", "description": "Upload and show."},
    {
        "name": "live",
        "description": "Prices as they change; also on a WebSocket, `/prices/{category}?token=…`.",
    },
    {"name": "export", "description": "Everything, as a stream."},
    {"name": "account", "description": "Tokens."},
]


@asynccontextmanager
async def lifespan(app: Laneway) -> AsyncIterator[None]:
    """Before the first request: folders, tables, first products and users."""
    await run_sync(prepare)
    yield


app = Laneway(title="Catalogue", version="1.0", description=DESCRIPTION, openapi_tags=TAGS, lifespan=lifespan)
for part in (products, pictures, live, export, account):
    app.include_router(part.router)


@app.exception_handler(CatalogueError)
async def explain(request: Request, error: CatalogueError) -> JSONResponse:
    """The catalogue's errors, as the other errors look."""
    return JSONResponse({"detail": str(error)}, error.status)


@app.get("/", include_in_schema=False)
async def start() -> FileResponse:
    """The page that tells what to try."""
    return FileResponse(START_PAGE)
