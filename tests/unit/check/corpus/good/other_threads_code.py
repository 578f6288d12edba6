"""Methods that look like waiting but are the library's own way of not waiting."""

import asyncio
import socket

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> bytes:
    loop = asyncio.get_running_loop()
    connection = socket.socket()
    connection.setblocking(False)
    await loop.sock_connect(connection, ("127.0.0.1", 80))
    await loop.sock_sendall(connection, b"x")
    return await loop.sock_recv(connection, 10)
