from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, Field


class Item(BaseModel):
    name: str = Field(min_length=1)
    price: float = Field(gt=0)
    stock: int = 0


class Store:
    def __init__(self) -> None:
        self.items = {1: Item(name="pen", price=1.5, stock=3), 2: Item(name="ink", price=4)}
        self.closed = 0


store = Store()


def open_store() -> Iterator[Store]:
    yield store
    store.closed += 1


OpenStore = Annotated[Store, Depends(open_store)]
