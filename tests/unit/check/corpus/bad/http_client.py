"""An object made in the function."""

import http.client

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> int:
    connection = http.client.HTTPConnection("localhost")
    connection.request("GET", "/")  # blocks: http.client.HTTPConnection.request
    return connection.getresponse().status  # blocks: http.client.HTTPConnection.getresponse
