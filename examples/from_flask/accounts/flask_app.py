from functools import wraps

from flask import Flask, abort, g, request, session
from sqlalchemy.orm import Session

from .models import User, engine, find_user

app = Flask(__name__)
app.secret_key = "change me"


def get_db():
    if "db" not in g:
        g.db = Session(engine)
    return g.db


@app.teardown_appcontext
def close_db(error):
    if "db" in g:
        g.db.close()


def login_required(view):
    @wraps(view)
    def wrapped(**values):
        g.user = get_db().get(User, session.get("user_id", 0))
        if g.user is None:
            abort(401)
        return view(**values)

    return wrapped


@app.post("/login")
def login():
    user = find_user(get_db(), request.form["name"], request.form["password"])
    if user is None:
        abort(401)
    session["user_id"] = user.id
    return {"name": user.name}


@app.get("/me")
@login_required
def me():
    return {"name": g.user.name}
