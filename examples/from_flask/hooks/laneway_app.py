import sqlite3
from time import perf_counter
from typing import Annotated

from laneway import Depends, Header, HTTPException, Laneway, Request


def find_user(request: Request, x_user: Annotated[str | None, Header()] = None):
    request.state.user = x_user


def refuse_robots(user_agent: Annotated[str, Header()] = ""):
    if "robot" in user_agent:
        raise HTTPException(403)


app = Laneway(dependencies=[Depends(find_user), Depends(refuse_robots)])
log = []


@app.middleware("http")
async def show_time(request: Request, call_next):
    start = perf_counter()
    response = await call_next(request)
    response.headers["X-Seconds"] = f"{perf_counter() - start:.3f}"
    return response


def get_db():
    db = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        yield db
    finally:
        db.close()
        log.append("closed")


Database = Annotated[sqlite3.Connection, Depends(get_db)]


@app.get("/user")
def user(request: Request):
    return {"user": request.state.user}


@app.get("/sum")
def sum_of(db: Database):
    return {"sum": db.execute("SELECT 1 + 2").fetchone()[0]}


app.state.shop = "Teas"


@app.get("/shop")
def shop(request: Request):
    return {"shop": request.app.state.shop}
