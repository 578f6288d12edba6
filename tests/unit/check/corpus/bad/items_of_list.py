"""An object out of a list."""

import time

from laneway import Laneway

app = Laneway()


class Plugin:
    def run(self) -> None:
        time.sleep(1)  # blocks: time.sleep


def plugins() -> list[Plugin]:
    return []


@app.get("/")
async def home() -> None:
    for plugin in plugins():
        plugin.run()
