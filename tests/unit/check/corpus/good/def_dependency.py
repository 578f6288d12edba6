"""Only the dependency blocks, in a thread."""

import time

from laneway import Depends, Laneway

app = Laneway()


def user() -> str:
    time.sleep(1)
    return "ann"


@app.get("/")
async def home(name: str = Depends(user)) -> str:
    return name
