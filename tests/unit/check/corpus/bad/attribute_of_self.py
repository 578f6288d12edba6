"""What `__init__` stored."""

import threading

from laneway import Laneway

app = Laneway()


class Gate:
    def __init__(self) -> None:
        self.opened = threading.Event()

    def pass_through(self) -> None:
        self.opened.wait()  # blocks: threading.Event.wait


gate = Gate()


@app.get("/")
async def home() -> None:
    Gate().pass_through()
