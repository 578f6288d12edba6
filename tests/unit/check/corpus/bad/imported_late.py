"""A library that is imported when it is needed, perhaps not yet."""

# ruff: noqa: ASYNC210

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> int:
    import requests

    return requests.get("http://localhost").status_code  # blocks: requests.get
