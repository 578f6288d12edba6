"""Every query of the catalogue."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from .db import connect
from .errors import NameTakenError, ProductNotFoundError
from .models import Filters, HistoryEntry, NewProduct, Product, ProductChanges, ProductPage, Suggestion

MATCHES = """
    FROM shown
    WHERE (:search = '' OR instr(lower(name || ' ' || description), lower(:search)))
    AND (:category IS NULL OR category = :category)
    AND (:max_price_cents IS NULL OR price_cents <= :max_price_cents)
"""
PAGE = """
    ORDER BY CASE :sort WHEN 'name' THEN lower(name) WHEN 'price' THEN price_cents END, id
    LIMIT :limit OFFSET :offset
"""
COUNT_MATCHES = f"SELECT count(*) {MATCHES}"
SELECT_PAGE = f"SELECT * {MATCHES} {PAGE}"
INSERT = """
    INSERT INTO products (name, category, price_cents, description)
    VALUES (:name, :category, :price_cents, :description)
"""
UPDATE = """
    UPDATE products SET name = :name, category = :category, price_cents = :price_cents, description = :description
    WHERE id = :id
"""


def find_products(db: sqlite3.Connection, filters: Filters) -> ProductPage:
    """The products that match, one page of them."""
    values = filters.model_dump()
    total = db.execute(COUNT_MATCHES, values).fetchone()[0]
    return ProductPage(total=total, items=[Product(**row) for row in db.execute(SELECT_PAGE, values)])


def all_products(db: sqlite3.Connection) -> Iterator[Product]:
    """Every product, read as it is asked for."""
    for row in db.execute("SELECT * FROM shown ORDER BY id"):
        yield Product(**row)


def get_product(db: sqlite3.Connection, product_id: int) -> Product:
    """One product.

    Raises:
        ProductNotFoundError: There is none with that id.
    """
    row = db.execute("SELECT * FROM shown WHERE id = ?", [product_id]).fetchone()
    if row is None:
        raise ProductNotFoundError(f"There is no product {product_id}.")
    return Product(**row)


def write(db: sqlite3.Connection, query: str, values: dict[str, object]) -> int:
    """Insert or update a product; the id of the inserted one.

    Raises:
        NameTakenError: Another product has that name.
    """
    try:
        return db.execute(query, values).lastrowid or 0
    except sqlite3.IntegrityError:
        raise NameTakenError(f"There is a product called {values['name']!r} already.") from None


def add_product(db: sqlite3.Connection, user: str, new: NewProduct) -> Product:
    """Put a product into the catalogue."""
    product_id = write(db, INSERT, new.model_dump())
    note(db, user, "create", product_id)
    return get_product(db, product_id)


def change_product(
    db: sqlite3.Connection, user: str, product_id: int, changes: ProductChanges
) -> tuple[Product, Product]:
    """The product before and after the changes."""
    db.execute("BEGIN IMMEDIATE")  # so that nobody else writes between our reading and our writing
    before = get_product(db, product_id)
    write(db, UPDATE, before.model_dump() | changes.model_dump(exclude_none=True))
    note(db, user, "change", product_id)
    return before, get_product(db, product_id)


def delete_product(db: sqlite3.Connection, user: str, product_id: int) -> None:
    """Take a product out of the catalogue."""
    if not db.execute("DELETE FROM products WHERE id = ?", [product_id]).rowcount:
        raise ProductNotFoundError(f"There is no product {product_id}.")
    note(db, user, "delete", product_id)


def picture_type(db: sqlite3.Connection, product_id: int) -> str:
    """The media type of a product's picture.

    Raises:
        ProductNotFoundError: There is no such product, or it has no picture.
    """
    row = db.execute("SELECT picture_type FROM products WHERE id = ?", [product_id]).fetchone()
    if row is None or row["picture_type"] is None:
        raise ProductNotFoundError(f"There is no picture of product {product_id}.")
    return str(row["picture_type"])


def set_picture(db: sqlite3.Connection, user: str, product_id: int, media_type: str) -> Product:
    """Note that a product has a picture of that type."""
    db.execute("UPDATE products SET picture_type = ? WHERE id = ?", [media_type, product_id])
    note(db, user, "picture", product_id)
    return get_product(db, product_id)


def note(db: sqlite3.Connection, user: str, action: str, product_id: int) -> None:
    """Write down who did what."""
    db.execute("INSERT INTO history (user, action, product_id) VALUES (?, ?, ?)", [user, action, product_id])


def latest_changes(db: sqlite3.Connection, limit: int) -> list[HistoryEntry]:
    """The latest changes, newest first."""
    rows = db.execute("SELECT at, user, action, product_id FROM history ORDER BY id DESC LIMIT ?", [limit])
    return [HistoryEntry(**row) for row in rows]


def reindex() -> None:
    """Make the words of the catalogue anew.

    Runs in the background, after the reply: if it is lost in a crash, the next change repeats it.
    """
    with closing(connect()) as db, db:
        db.execute("DELETE FROM words")  # begins the transaction, so that what is read next is the latest
        texts = [f"{row['name']} {row['description']}" for row in db.execute("SELECT * FROM products")]
        counts = Counter(word for text in texts for word in set(re.findall(r"\w{3,}", text.lower())))
        db.executemany("INSERT INTO words VALUES (?, ?)", counts.items())


def suggest(db: sqlite3.Connection, prefix: str) -> list[Suggestion]:
    """The ten most used words that begin like that."""
    query = "SELECT * FROM words WHERE substr(word, 1, length(?1)) = ?1 ORDER BY products DESC, word LIMIT 10"
    return [Suggestion(**row) for row in db.execute(query, [prefix.lower()])]
