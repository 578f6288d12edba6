"""socketify on its own server: its routing, requests and responses; validation by hand."""

import sys

from socketify import App, AppListenOptions, Request, Response  # type: ignore[import-untyped]

from bench.apps.work import JSON, REJECTED, greeting, item, order

# It crashes under load where nothing else holds a response whose body is still to come; its own `get_data` does, too.
unanswered: set[Response] = set()


def reply(response: Response, body: bytes) -> None:
    response.write_header("content-type", JSON).end(body)


def read_json(response: Response, request: Request) -> None:
    reply(response, greeting())


def read_item(response: Response, request: Request) -> None:
    names = ("q", "limit", "exact")
    query = {name: value for name in names if (value := request.get_query(name)) is not None}
    try:
        reply(response, item(request.get_parameter(0), query))
    except REJECTED:
        response.write_status(422).end(b"")


def create_order(response: Response, request: Request) -> None:
    parts: list[bytes] = []
    unanswered.add(response)

    def receive(received: Response, chunk: bytes | None, is_end: bool) -> None:
        if chunk is not None:
            parts.append(chunk)
        if is_end:
            unanswered.discard(received)
            try:
                reply(received, order(b"".join(parts)))
            except REJECTED:
                received.write_status(422).end(b"")

    response.on_aborted(unanswered.discard)
    response.on_data(receive)


def main(port: int) -> None:
    """Serve until the process is ended."""
    app = App()
    app.get("/json", read_json)
    app.get("/items/:item_id", read_item)
    app.post("/orders", create_order)
    app.listen(AppListenOptions(port=port, host="127.0.0.1"), lambda config: None)
    app.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
