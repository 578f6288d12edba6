"""A hash that is slow on purpose."""

import hashlib

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home(password: str) -> str:
    salt = b"salt"
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 9)  # blocks: hashlib.pbkdf2_hmac
    return digest.hex()
