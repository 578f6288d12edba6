"""A session for one request. Needs requests."""

import requests

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> int:
    with requests.Session() as session:
        return session.post("http://localhost").status_code  # blocks: requests.Session.post
