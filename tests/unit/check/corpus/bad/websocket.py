"""A WebSocket endpoint."""

# ruff: noqa: ASYNC251

import time

from laneway import Laneway, WebSocket

app = Laneway()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    time.sleep(1)  # blocks: time.sleep
