import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Annotated

from laneway import BackgroundTasks, Depends, HTTPException, Laneway
from laneway.jobs import Job, jobs_router

FOLDER = os.environ.get("FOLDER", "var")

app = Laneway(jobs=f"sqlite:///{FOLDER}/jobs.db", background="durable")


def shop() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{FOLDER}/shop.db", check_same_thread=False)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, title TEXT)")
        with connection:  # commits, or rolls back if anything raises
            yield connection


Shop = Annotated[sqlite3.Connection, Depends(shop, scope="function")]


def save(title: str, shop: Shop) -> int:
    number = shop.execute("INSERT INTO orders (title) VALUES (?)", [title]).lastrowid
    return number or 0


@app.job()
def confirm(number: int, shop: Shop) -> str:
    (title,) = shop.execute("SELECT title FROM orders WHERE id = ?", [number]).fetchone()
    return f"{title} is on its way"


@app.post("/orders")
async def order(number: Annotated[int, Depends(save)], title: str) -> Job[str]:
    job = await confirm.enqueue(number, after="commit")
    if title == "nothing":
        raise HTTPException(422, "Nothing can be ordered")  # no order, and no job
    return job


@app.job()
async def thank(name: str) -> None:
    print(f"thank you, {name}", flush=True)


@app.post("/thanks")
async def thanks(name: str, tasks: BackgroundTasks) -> str:
    tasks.add_task(thank, name)  # a job: enqueued before the reply is sent
    tasks.add_task(print, f"{name} was thanked", flush=True)  # no job: runs here, after the reply
    return "soon"


app.include_router(jobs_router(app.jobs), prefix="/jobs")
