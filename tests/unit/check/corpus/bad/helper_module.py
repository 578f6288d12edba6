"""Two functions down, in another module."""

# ruff: noqa: I001

from laneway import Laneway

import helpers

app = Laneway()


@app.get("/")
async def home(amount: int) -> int:
    return helpers.convert(amount)
