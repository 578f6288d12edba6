"""A Starlette route beside those with types."""

# ruff: noqa: ASYNC251

import time

from starlette.endpoints import HTTPEndpoint
from starlette.responses import Response

from laneway import Laneway

app = Laneway()


async def plain(request) -> Response:
    time.sleep(1)  # blocks: time.sleep
    return Response()


class Page(HTTPEndpoint):
    async def get(self, request) -> Response:
        time.sleep(2)  # blocks: time.sleep
        return Response()


app.add_route("/plain", plain)
app.add_route("/page", Page)
