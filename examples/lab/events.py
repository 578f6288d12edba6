"""What the page hears of a run. Times are seconds since the run began."""

from typing import Self

from pydantic import BaseModel

from laneway.guard import Incident
from laneway.guard.advice import advice
from laneway.guard.report import shown


class Begun(BaseModel):
    """A run begins."""

    way: str
    requests: int


class Sent(BaseModel):
    """A request is on its way."""

    way: str
    number: int
    at: float


class Answered(BaseModel):
    """The answer to a request is there; its handler ran from `began` to `ended`."""

    way: str
    number: int
    at: float
    began: float
    ended: float


class Blocked(BaseModel):
    """The guard has seen the loop stand still."""

    way: str
    kind: str
    ms: int
    route: str | None
    place: str | None
    source: str
    instead: list[str]

    @classmethod
    def by(cls, incident: Incident, way: str) -> Self:
        """An incident as the page shows it."""
        return cls(
            way=way,
            kind=incident.kind,
            ms=round(incident.ms),
            route=incident.route,
            place=shown(incident.place) if incident.place else None,
            source=incident.source.partition("  #")[0],
            instead=advice(incident),
        )


class Ended(BaseModel):
    """A run is over: every answer is there and the guard has said what it saw.

    Attributes:
        seconds: From the first request to the last answer.
    """

    way: str
    seconds: float
    incidents: list[Blocked]


class Failed(BaseModel):
    """A run ended early.

    Attributes:
        reason: What went wrong, for people.
    """

    way: str
    reason: str
