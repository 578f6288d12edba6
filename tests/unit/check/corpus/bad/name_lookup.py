"""A name that has to be looked up in the network."""

import socket

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home(host: str) -> str:
    return socket.gethostbyname(host)  # blocks: socket.gethostbyname
