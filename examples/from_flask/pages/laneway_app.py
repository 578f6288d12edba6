from pathlib import Path
from typing import Annotated

from laneway import Form, HTTPException, Laneway, Request
from laneway.flashing import flash, flashes
from laneway.middleware.sessions import SessionMiddleware
from laneway.responses import RedirectResponse
from laneway.staticfiles import StaticFiles
from laneway.templating import Jinja2Templates

HERE = Path(__file__).parent

app = Laneway()
app.add_middleware(SessionMiddleware, secret_key="change me")
app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")


def shop(request: Request):
    return {"shop_name": "Teas", "style": request.url_for("static", path="style.css")}


templates = Jinja2Templates(HERE / "templates", context_processors=[shop, flashes])


def money(cents: int):
    return f"{cents / 100:.2f}"


templates.env.filters["money"] = money


@app.get("/")
def home(request: Request):
    context = {"name": request.session.get("name", "you"), "price": 450}
    return templates.TemplateResponse(request, "home.html", context)


@app.post("/login")
def login(request: Request, name: Annotated[str, Form()]):
    request.session["name"] = name
    flash(request, "You are logged in.", "info")
    return RedirectResponse(request.url_for("home"), 303)


@app.post("/logout")
def logout(request: Request):
    request.session.pop("name", None)
    return RedirectResponse(request.url_for("home"), 303)


@app.exception_handler(404)
def not_found(request: Request, error: HTTPException):
    return templates.TemplateResponse(request, "404.html", status_code=404)
