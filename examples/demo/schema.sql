-- AUTOINCREMENT: the id of a deleted product is never given to another one.
CREATE TABLE IF NOT EXISTS products (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    category TEXT NOT NULL,
    price_cents INTEGER NOT NULL CHECK (price_cents >= 0),
    description TEXT NOT NULL,
    picture_type TEXT -- media type of the file pictures/{id}; NULL while there is none
);

-- A product as the API shows it.
CREATE VIEW IF NOT EXISTS shown AS
SELECT id, name, category, price_cents, description,
    iif(picture_type IS NULL, NULL, printf('/products/%d/picture', id)) AS picture
FROM products;

-- Who changed what, written in the transaction of the change.
CREATE TABLE IF NOT EXISTS history (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')),
    user TEXT NOT NULL,
    action TEXT NOT NULL,
    product_id INTEGER NOT NULL
);

-- The words of names and descriptions, made anew in the background after every change.
CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY, products INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS users (
    name TEXT PRIMARY KEY,
    salt BLOB NOT NULL,
    password BLOB NOT NULL, -- scrypt of the password and the salt
    scopes TEXT NOT NULL -- separated by spaces
) WITHOUT ROWID;

-- One row: what the tokens are signed with.
CREATE TABLE IF NOT EXISTS signing (id INTEGER PRIMARY KEY CHECK (id = 1), secret TEXT NOT NULL);
