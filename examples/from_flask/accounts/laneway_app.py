from typing import Annotated

from sqlalchemy.orm import Session

from laneway import Depends, Form, HTTPException, Laneway, Request
from laneway.middleware.cors import CORSMiddleware
from laneway.middleware.sessions import SessionMiddleware

from .models import User, engine, find_user

app = Laneway()
app.add_middleware(SessionMiddleware, secret_key="change me")
app.add_middleware(CORSMiddleware, allow_origins=["https://shop.example"])


def get_db():
    with Session(engine) as db:
        yield db


Database = Annotated[Session, Depends(get_db)]


def current_user(request: Request, db: Database) -> User:
    user = db.get(User, request.session.get("user_id", 0))
    if user is None:
        raise HTTPException(401)
    return user


LoggedIn = Annotated[User, Depends(current_user)]


@app.post("/login")
def login(request: Request, db: Database, name: Annotated[str, Form()], password: Annotated[str, Form()]):
    user = find_user(db, name, password)
    if user is None:
        raise HTTPException(401)
    request.session["user_id"] = user.id
    return {"name": user.name}


@app.get("/me")
def me(user: LoggedIn):
    return {"name": user.name}
