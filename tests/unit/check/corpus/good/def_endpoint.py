"""A `def` endpoint with a `def` dependency."""

import time

from laneway import Depends, Laneway

app = Laneway()


def user() -> str:
    time.sleep(1)
    return "ann"


@app.get("/")
def home(name: str = Depends(user)) -> str:
    time.sleep(1)
    return name
