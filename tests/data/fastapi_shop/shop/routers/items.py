from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, HTTPException, Path, Query, Response

from ..errors import OutOfStockError
from ..security import Editor
from ..store import Item, OpenStore, store

router = APIRouter(prefix="/items", tags=["items"], responses={404: {"description": "No such item"}})
sold: list[str] = []


@router.get("")
def list_items(shelf: OpenStore, limit: Annotated[int, Query(ge=1, le=10)] = 10) -> list[Item]:
    return list(shelf.items.values())[:limit]


@router.get("/{item_id}")
async def read_item(item_id: Annotated[int, Path(ge=1)], shelf: OpenStore) -> Item:
    if item_id not in shelf.items:
        raise HTTPException(404, "No such item")
    return shelf.items[item_id]


@router.put("/{item_id}", status_code=201)
def put_item(item_id: int, item: Item, editor: Editor, shelf: OpenStore, response: Response) -> Item:
    shelf.items[item_id] = item
    response.headers["X-Editor"] = editor.name
    return item


@router.post("/{item_id}/buy")
async def buy(item_id: int, shelf: OpenStore, background: BackgroundTasks):
    item = shelf.items[item_id]
    if not item.stock:
        raise OutOfStockError(item.name)
    background.add_task(sold.append, item.name)
    return {"bought": item.name}


@router.get("/-/ledger")
async def ledger():
    return {"sold": sold, "closed": store.closed}
