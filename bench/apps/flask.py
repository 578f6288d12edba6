"""Flask: its routing, requests and responses; validation by hand."""

from flask import Flask, Response, request

from bench.apps.work import JSON, REJECTED, greeting, item, order

app = Flask("bench")


@app.get("/json")
def read_json() -> Response:
    return Response(greeting(), content_type=JSON)


@app.get("/items/<item_id>")
def read_item(item_id: str) -> Response:
    return Response(item(item_id, request.args), content_type=JSON)


@app.post("/orders")
def create_order() -> Response:
    return Response(order(request.get_data()), content_type=JSON)


def rejected(error: Exception) -> Response:
    return Response(status=422)


for kind in REJECTED:
    app.register_error_handler(kind, rejected)
