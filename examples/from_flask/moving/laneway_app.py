from laneway import Laneway, Request
from laneway.middleware.sessions import SessionMiddleware
from laneway.wsgi import WSGIMiddleware

from .flask_app import create_app
from .shared_session import SharedSession

app = Laneway()
app.add_middleware(SessionMiddleware, secret_key="change me")


# What has moved.
@app.get("/teas/{number}")
def tea(request: Request, number: int):
    return {"tea": number, "for": request.session.get("name")}


# Everything else; the last line, because the first route that fits serves.
old = create_app()
old.session_interface = SharedSession()
app.mount("/", WSGIMiddleware(old))
