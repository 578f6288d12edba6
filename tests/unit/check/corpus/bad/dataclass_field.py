"""A service put together from parts."""

import time
from dataclasses import dataclass

from laneway import Laneway

app = Laneway()


class Clock:
    def wait(self) -> None:
        time.sleep(1)  # blocks: time.sleep


@dataclass
class Service:
    clock: object

    def run(self) -> None:
        self.clock.wait()


@app.get("/")
async def home() -> None:
    Service(Clock()).run()
