"""Reading an attribute for the first time."""

import time
from functools import cached_property

from laneway import Laneway

app = Laneway()


class Report:
    @cached_property
    def text(self) -> str:
        time.sleep(1)  # blocks: time.sleep
        return "x"


@app.get("/")
async def home() -> str:
    return Report().text
