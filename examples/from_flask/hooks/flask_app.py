import sqlite3
from time import perf_counter

from flask import Flask, abort, current_app, g, request

app = Flask(__name__)
log = []


@app.before_request
def start_clock():
    g.start = perf_counter()


@app.before_request
def find_user():
    g.user = request.headers.get("X-User")


@app.before_request
def refuse_robots():
    if "robot" in request.headers.get("User-Agent", ""):
        abort(403)


@app.after_request
def show_time(response):
    response.headers["X-Seconds"] = f"{perf_counter() - g.start:.3f}"
    return response


def get_db():
    if "db" not in g:
        g.db = sqlite3.connect(":memory:")
    return g.db


@app.teardown_request
def close_db(error):
    if "db" in g:
        g.db.close()
        log.append("closed")


@app.get("/user")
def user():
    return {"user": g.user}


@app.get("/sum")
def sum_of():
    return {"sum": get_db().execute("SELECT 1 + 2").fetchone()[0]}


app.config["SHOP"] = "Teas"


@app.get("/shop")
def shop():
    return {"shop": current_app.config["SHOP"]}
