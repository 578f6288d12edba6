"""The catalogue: list, read, create, change, delete."""

from typing import Annotated

from laneway import APIRouter, BackgroundTasks, Query, Response, status

from .. import store
from ..auth import Auditor, Writer
from ..db import Database
from ..feed import prices
from ..models import (
    Filters,
    HistoryEntry,
    NewProduct,
    PriceChange,
    Product,
    ProductChanges,
    ProductPage,
    Suggestion,
)
from ..settings import PICTURES
from .answers import NAME_TAKEN, NOT_FOUND, WRITERS_ONLY, ProductId

router = APIRouter(tags=["catalogue"])


@router.get("/products")
def list_products(filters: Annotated[Filters, Query()], db: Database) -> ProductPage:
    """Products that match, page by page."""
    return store.find_products(db, filters)


@router.post("/products", status_code=status.HTTP_201_CREATED, responses=WRITERS_ONLY | NAME_TAKEN)
def create_product(
    new: NewProduct, user: Writer, db: Database, response: Response, tasks: BackgroundTasks
) -> Product:
    """Put a product into the catalogue."""
    product = store.add_product(db, user.name, new)
    response.headers["Location"] = f"/products/{product.id}"
    tasks.add_task(store.reindex)
    return product


@router.get("/products/{product_id}", responses=NOT_FOUND)
def read_product(product_id: ProductId, db: Database) -> Product:
    """One product."""
    return store.get_product(db, product_id)


@router.patch("/products/{product_id}", responses=WRITERS_ONLY | NOT_FOUND | NAME_TAKEN)
def change_product(
    product_id: ProductId, changes: ProductChanges, user: Writer, db: Database, tasks: BackgroundTasks
) -> Product:
    """Change some of a product's fields; who watches is told about a new price."""
    old, new = store.change_product(db, user.name, product_id, changes)
    tasks.add_task(store.reindex)
    if new.price_cents != old.price_cents:
        change = PriceChange(
            product_id=new.id,
            name=new.name,
            category=new.category,
            old_cents=old.price_cents,
            new_cents=new.price_cents,
        )
        # Background work has lanes, too: `reindex` is a `def` and runs in a thread, `announce` is an `async def`
        # and runs on the event loop, where the watchers are.
        tasks.add_task(prices.announce, change)
    return new


@router.delete(
    "/products/{product_id}", status_code=status.HTTP_204_NO_CONTENT, responses=WRITERS_ONLY | NOT_FOUND
)
def delete_product(product_id: ProductId, user: Writer, db: Database, tasks: BackgroundTasks) -> None:
    """Take a product and its picture out of the catalogue."""
    store.delete_product(db, user.name, product_id)
    (PICTURES / str(product_id)).unlink(missing_ok=True)
    tasks.add_task(store.reindex)


@router.get("/suggestions")
def suggest_words(
    prefix: Annotated[str, Query(min_length=1, max_length=40)], db: Database
) -> list[Suggestion]:
    """Words of the catalogue that begin like that; their index is made in the background."""
    return store.suggest(db, prefix)


@router.get("/history", responses=WRITERS_ONLY)
def read_history(
    user: Auditor, db: Database, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> list[HistoryEntry]:
    """Who changed what, newest first."""
    return store.latest_changes(db, limit)
