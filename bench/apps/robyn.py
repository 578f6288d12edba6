"""Robyn on its own server: its routing, requests and responses; validation by hand."""

import sys

from robyn import Headers, Request, Response, Robyn

from bench.apps.work import JSON, REJECTED, greeting, item, order

app = Robyn(__file__)


def reply(body: bytes) -> Response:
    return Response(200, Headers({"content-type": JSON}), body)


@app.get("/json")  # type: ignore[untyped-decorator]
async def read_json(request: Request) -> Response:
    return reply(greeting())


@app.get("/items/:item_id")  # type: ignore[untyped-decorator]
async def read_item(request: Request) -> Response:
    query = {name: values[0] for name, values in request.query_params.to_dict().items()}
    try:
        return reply(item(request.path_params["item_id"], query))
    except REJECTED:
        return Response(422, Headers({}), b"")


@app.post("/orders")  # type: ignore[untyped-decorator]
async def create_order(request: Request) -> Response:
    body = request.body
    try:
        return reply(order(body if isinstance(body, bytes) else body.encode()))
    except REJECTED:
        return Response(422, Headers({}), b"")


if __name__ == "__main__":
    app.start(host="127.0.0.1", port=int(sys.argv[1]))
