"""The session of an ORM. Needs sqlalchemy."""

from collections.abc import Iterator
from typing import Annotated

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from laneway import Depends, Laneway

app = Laneway()
engine = create_engine("sqlite://")
make_session = sessionmaker(engine)


def session() -> Iterator[Session]:
    with make_session() as opened:
        yield opened


@app.get("/")
async def home(opened: Annotated[Session, Depends(session)]) -> None:
    opened.execute(text("select 1"))  # blocks: sqlalchemy.Session.execute


@app.get("/own")
async def own() -> None:
    with make_session() as opened:
        opened.commit()  # blocks: sqlalchemy.Session.commit


@app.get("/engine")
async def raw() -> None:
    with engine.connect() as connection:  # blocks: sqlalchemy.Engine.connect
        connection.commit()  # blocks: sqlalchemy.Connection.commit
