"""What a new catalogue begins with: a few products, two users and a secret."""

import secrets
from contextlib import closing

from .db import connect, make_tables
from .models import Category, NewProduct
from .passwords import hashed
from .settings import DATA, make_folders
from .store import INSERT, reindex

PRODUCTS = [
    ("Sencha", Category.TEA, 890, "Steamed green tea from Shizuoka."),
    ("Assam", Category.TEA, 640, "Strong black tea for the morning."),
    ("Dong Ding", Category.TEA, 1450, "Roasted oolong tea from Taiwan."),
    ("Yirgacheffe", Category.COFFEE, 1190, "Washed coffee, light roast, floral."),
    ("House espresso", Category.COFFEE, 980, "Dark roast for milk drinks."),
    ("Kyusu", Category.POTTERY, 4200, "Side-handled pot for green tea, 300 ml."),
    ("Celadon cup", Category.POTTERY, 1650, "Glazed cup for tea or coffee, 120 ml."),
]
USERS = {"owner": "catalogue:write history:read", "guest": ""}


def prepare() -> None:
    """Make the service ready: folders, tables and, the very first time, what they begin with."""
    make_folders()
    make_tables()
    passwords = fill()
    if passwords:
        reindex()
        print(f"A new catalogue in {DATA}. Log in as:")
        for name, password in passwords.items():
            print(f"  {name}  {password}  ({USERS[name] or 'may read only'})")
        print("Only their hashes are kept: these passwords are not shown again.", flush=True)


def fill() -> dict[str, str]:
    """Fill an empty database; the passwords of its users, none if it is not empty."""
    with closing(connect()) as db, db:
        db.execute("BEGIN IMMEDIATE")  # of several worker processes only one fills it
        if db.execute("SELECT count(*) FROM signing").fetchone()[0]:
            return {}
        db.execute("INSERT INTO signing VALUES (1, ?)", [secrets.token_urlsafe(32)])
        for name, category, cents, description in PRODUCTS:
            new = NewProduct(name=name, category=category, price_cents=cents, description=description)
            db.execute(INSERT, new.model_dump())
        passwords = {name: secrets.token_urlsafe(9) for name in USERS}
        for name, scopes in USERS.items():
            salt = secrets.token_bytes(16)
            db.execute(
                "INSERT INTO users VALUES (?, ?, ?, ?)", [name, salt, hashed(passwords[name], salt), scopes]
            )
        return passwords
