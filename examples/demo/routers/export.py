"""The whole catalogue, sent while it is read: memory does not grow with it."""

import csv
import io
from collections.abc import Iterable, Iterator

from laneway import APIRouter
from laneway.responses import StreamingResponse

from ..db import StreamDatabase
from ..models import Product
from ..store import all_products

router = APIRouter(prefix="/export", tags=["export"])


@router.get("/products.jsonl")
def export_json_lines(db: StreamDatabase) -> Iterable[Product]:
    """One JSON object per line; an endpoint that yields is all it takes."""
    yield from all_products(db)


@router.get("/products.csv", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}})
def export_csv(db: StreamDatabase) -> StreamingResponse:
    """A table for a spreadsheet."""
    headers = {"Content-Disposition": 'attachment; filename="products.csv"'}
    return StreamingResponse(csv_lines(all_products(db)), media_type="text/csv", headers=headers)


def csv_lines(products: Iterable[Product]) -> Iterator[str]:
    """The lines of the table, its header first."""
    yield csv_line(Product.model_fields)
    for product in products:
        yield csv_line(product.model_dump().values())


def csv_line(values: Iterable[object]) -> str:
    """One line, quoted where it must be."""
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()
