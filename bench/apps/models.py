"""Models and plain functions that every peer shares, raw ASGI included."""

from hashlib import sha256
from typing import Annotated

from pydantic import BaseModel, Field

PERMISSIONS = ("read", "write")
EVENTS = 10  # of one stream
WAIT_SECONDS = 0.1  # what a waiting client waits for
HOLD_SECONDS = 5.0  # the same where memory is looked at meanwhile
LARGE = bytes(range(256)) * 400  # 100 kB


class Order(BaseModel):
    """What the POST scenario sends."""

    name: str
    price: Annotated[float, Field(gt=0)]
    quantity: Annotated[int, Field(ge=1)] = 1
    tags: list[str] = []


class Receipt(BaseModel):
    """What the POST scenario answers."""

    id: int
    name: str
    total: float
    tags: list[str]


class Document(BaseModel):
    """What the 100 kB scenario sends."""

    title: str
    text: str


class Entry(BaseModel):
    """What each of the 1,000 routes reads or answers."""

    id: int
    title: str
    note: str | None = None


def receipt_for(order: Order) -> Receipt:
    """Return the receipt of `order`."""
    return Receipt(id=7, name=order.name, total=order.price * order.quantity, tags=order.tags)


def fingerprint(name: str) -> str:
    """Return a digest: short work that a proof over bytecode cannot call free of blocking."""
    return sha256(name.encode()).hexdigest()
