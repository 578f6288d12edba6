from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, WebSocket, status
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, PlainTextResponse

from .errors import OutOfStockError
from .routers import items, pictures, users


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.opened = True
    yield
    app.state.opened = False


app = FastAPI(title="Shop", version="2.1", lifespan=lifespan)
app.add_middleware(CORSMiddleware, allow_origins=["https://shop.example"])
app.include_router(users.router)
app.include_router(items.router, prefix="/api")
app.include_router(pictures.router, prefix="/api/pictures", tags=["pictures"])


@app.exception_handler(OutOfStockError)
async def out_of_stock(request: Request, exc: OutOfStockError):
    return JSONResponse({"sold_out": exc.name}, status_code=status.HTTP_409_CONFLICT)


@app.exception_handler(RequestValidationError)
async def invalid(request: Request, exc: RequestValidationError):
    places = [".".join(map(str, error["loc"])) for error in exc.errors()]
    return JSONResponse({"invalid": places}, status_code=422)


@app.get("/opened", response_class=PlainTextResponse)
def opened(request: Request):
    return "yes" if request.app.state.opened else "no"


@app.websocket("/echo/{times}")
async def echo(websocket: WebSocket, times: int):
    await websocket.accept()
    for _ in range(times):
        await websocket.send_text(await websocket.receive_text())
    await websocket.close()
