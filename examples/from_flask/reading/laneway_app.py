from typing import Annotated

from pydantic import BaseModel

from laneway import Cookie, Form, Header, HTTPException, Laneway, Query, Request, Response, UploadFile
from laneway.responses import HTMLResponse, JSONResponse, PlainTextResponse

app = Laneway()


@app.get("/search")
def search(q: str, page: int = 1, tag: Annotated[list[str], Query()] = []):
    return {"q": q, "page": page, "tags": tag}


@app.post("/form")
def form(name: Annotated[str, Form()], age: Annotated[int | None, Form()] = None):
    return {"name": name, "age": age}


class Tea(BaseModel):
    name: str
    price: float


@app.post("/json")
def from_json(tea: Tea):
    return {"name": tea.name, "price": tea.price}


@app.post("/upload")
def upload(file: UploadFile):
    return {"name": file.filename, "size": len(file.file.read())}


@app.post("/raw")
async def raw(request: Request):
    return {"size": len(await request.body())}


@app.get("/client")
def client(
    x_token: Annotated[str | None, Header()] = None,
    theme: Annotated[str, Cookie()] = "light",
):
    return {"token": x_token, "theme": theme}


@app.get("/request")
def about(request: Request):
    return {
        "method": request.method,
        "path": request.url.path,
        "url": str(request.url),
        "host": request.url.netloc,
        "secure": request.url.scheme == "https",
        "endpoint": request.scope["route"].name,
    }


@app.get("/theme/{name}")
def theme(name: str, response: Response):
    response.set_cookie("theme", name)
    return {"theme": name}


@app.get("/text", response_class=PlainTextResponse)
def text():
    return "plain"


@app.get("/page", response_class=HTMLResponse)
def page():
    return "<h1>Tea</h1>"


@app.get("/list")
def listed():
    return [1, 2, 3]


@app.get("/secret")
def secret():
    raise HTTPException(403)


@app.get("/missing")
def missing():
    raise HTTPException(404, "There is no such tea.")


class TeaError(Exception):
    pass


@app.get("/cold")
def cold():
    raise TeaError("The tea is cold.")


@app.exception_handler(TeaError)
def handle_tea(request: Request, error: TeaError):
    return JSONResponse({"error": str(error)}, 409)


@app.exception_handler(404)
def not_found(request: Request, error: HTTPException):
    return JSONResponse({"error": "not found"}, 404)
