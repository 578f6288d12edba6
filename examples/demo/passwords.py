"""Passwords: kept as scrypt hashes, compared in constant time."""

import hashlib
import hmac
import sqlite3

NOBODY = (b"\0" * 16, b"", "")  # no password has an empty hash


def hashed(password: str, salt: bytes) -> bytes:
    """The hash that is kept; costs 16 MB and some 50 ms on purpose."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def scopes_of(db: sqlite3.Connection, name: str, password: str) -> list[str] | None:
    """What the user may do; None if there is no such user or the password is wrong."""
    row = db.execute("SELECT salt, password, scopes FROM users WHERE name = ?", [name]).fetchone()
    salt, kept, scopes = row or NOBODY  # an unknown name takes as long as a known one
    return scopes.split() if hmac.compare_digest(hashed(password, salt), kept) else None
