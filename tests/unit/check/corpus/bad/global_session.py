"""A session of the module. Needs requests."""

import requests

from laneway import Laneway

app = Laneway()
session = requests.Session()


@app.get("/")
async def home() -> int:
    return session.get("http://localhost").status_code  # blocks: requests.Session.get
