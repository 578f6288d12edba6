"""SQLModel tables behind a session per request, as its guide has it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from calls import get, post, request
from fastapi import Depends, FastAPI, HTTPException, Query
from sqlalchemy.pool import StaticPool
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine, select

EVENTS: list[str] = []
engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    SQLModel.metadata.create_all(engine)
    yield


app = FastAPI(lifespan=lifespan)


class TeamBase(SQLModel):
    name: str = Field(index=True)


class Team(TeamBase, table=True):
    id: int | None = Field(default=None, primary_key=True)
    heroes: list["Hero"] = Relationship(back_populates="team")


class HeroBase(SQLModel):
    name: str
    age: int | None = Field(default=None, ge=0)
    team_id: int | None = Field(default=None, foreign_key="team.id")


class Hero(HeroBase, table=True):
    id: int | None = Field(default=None, primary_key=True)
    secret_name: str = "secret"
    team: Team | None = Relationship(back_populates="heroes")


class HeroPublic(HeroBase):
    id: int


class HeroUpdate(SQLModel):
    name: str | None = None
    age: int | None = None


class TeamPublic(TeamBase):
    id: int
    heroes: list[HeroPublic] = []


def session() -> Iterator[Session]:
    with Session(engine) as opened:
        try:
            yield opened
        except HTTPException:
            EVENTS.append("rollback")
            opened.rollback()
            raise
    EVENTS.append("closed")


Db = Annotated[Session, Depends(session)]


@app.post("/teams", response_model=TeamPublic)
def make_team(team: TeamBase, db: Db) -> Any:
    made = Team.model_validate(team)
    db.add(made)
    db.commit()
    db.refresh(made)
    return made


@app.post("/heroes", response_model=HeroPublic, status_code=201)
def make_hero(hero: HeroBase, db: Db) -> Hero:
    made = Hero.model_validate(hero)
    db.add(made)
    db.commit()
    db.refresh(made)
    return made


@app.get("/heroes")
def heroes(db: Db, offset: int = 0, limit: Annotated[int, Query(le=100)] = 100) -> list[HeroPublic]:
    return db.exec(select(Hero).offset(offset).limit(limit)).all()  # type: ignore[return-value]


@app.get("/heroes/{hero_id}", response_model=HeroPublic)
async def hero(hero_id: int, db: Db) -> Any:
    if (found := db.get(Hero, hero_id)) is None:
        raise HTTPException(404, "Hero not found")
    return found


@app.get("/teams/{team_id}")
def team(team_id: int, db: Db) -> TeamPublic:
    return db.get(Team, team_id)  # type: ignore[return-value]


@app.patch("/heroes/{hero_id}", response_model=HeroPublic)
def change(hero_id: int, update: HeroUpdate, db: Db) -> Any:
    found = db.get(Hero, hero_id)
    assert found is not None
    found.sqlmodel_update(update.model_dump(exclude_unset=True))
    db.add(found)
    db.commit()
    db.refresh(found)
    return found


CALLS = [
    post("/teams", {"name": "a"}), post("/heroes", {"name": "h", "team_id": 1}), post("/heroes", {"name": "h", "age": -1}), post("/heroes", {}), get("/heroes"), get("/heroes?limit=101"), get("/heroes/1"), get("/heroes/9"), get("/heroes/x"), get("/teams/1"), get("/teams/9"), post("/heroes/1", {"age": 3}, method="PATCH"), post("/heroes/9", {"age": 3}, method="PATCH"), request("DELETE", "/heroes/1"),
]  # fmt: skip


def DOCUMENT() -> Any:
    """The schema belongs to what is seen."""
    return app.openapi()
