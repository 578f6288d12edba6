"""Cases behind middleware; the name of the wrapping is in `apps/wrapped.py`."""

from ..wire import Request, get, post
from .case import Case

PAGE = ("Origin", "https://page.example")
OTHER = ("Origin", "https://other.example")
GZIP = ("Accept-Encoding", "gzip, br")


def preflight(*headers: tuple[str, str], method: str = "PUT") -> Request:
    """What a browser asks before it sends the request itself."""
    return Request("OPTIONS", "/json", (*headers, ("Access-Control-Request-Method", method)))


AROUND = ("before", "after")
FUNCTIONS = [
    Case("json", get("/json"), contains=b"hello", log=AROUND),
    Case("def endpoint", get("/sync"), contains=b"thread", log=AROUND),
    Case("stopped", get("/json?stop=1"), 403, b"stopped"),
    Case("failing", get("/json?fail=1"), 500, b"Internal Server Error"),
    Case("error without a handler", get("/unhandled"), 500, log=("before",)),
    Case("error with a handler", get("/handled"), 503, log=AROUND),
    Case("not found", get("/nowhere"), 404, log=AROUND),
    Case("wrong method", post("/json", b""), 405, log=AROUND),
    Case("stream", get("/stream"), contains=b"abbccc", log=AROUND),
    Case("file", get("/file"), contains=b"0123456789", log=AROUND),
    Case("HEAD of a file", Request("HEAD", "/file"), log=AROUND),
    Case("static file", get("/static/digits.txt"), contains=b"0123456789", log=AROUND),
    Case("mounted app", get("/child/where/here"), contains=b"/child", log=AROUND),
    Case("model", post("/orders", b'{"name":"tea"}'), contains=b"tea", log=AROUND),
    Case(
        "body in chunks",
        Request("POST", "/request-json", chunks=(b"[1,", b"2]")),
        contains=b"[1,2]",
        log=AROUND,
    ),
    Case("no content", get("/no-content"), 204, log=AROUND),
    Case("background task", get("/background-response"), log=("before", "after", "done")),
    Case("events", get("/events"), contains=b'data: {"number":2}', log=AROUND),
]
CORS = [
    Case("no origin", get("/json"), contains=b"hello"),
    Case(
        "allowed origin",
        get("/json", PAGE),
        headers={"access-control-allow-origin": PAGE[1], "vary": "Origin"},
    ),
    Case("other origin", get("/json", OTHER), contains=b"hello"),
    Case("allowed origin and a cookie", get("/headers", PAGE, ("Cookie", "a=b")), 202),
    Case("origin of an error", get("/unhandled", PAGE), 500),
    Case("origin of what is not found", get("/nowhere", PAGE), 404),
    Case("preflight", preflight(PAGE), headers={"access-control-allow-methods": "GET, PUT"}),
    Case("preflight for headers", preflight(PAGE, ("Access-Control-Request-Headers", "X-Token"))),
    Case("preflight for other headers", preflight(PAGE, ("Access-Control-Request-Headers", "X-Other")), 400),
    Case("preflight for another method", preflight(PAGE, method="DELETE"), 400, b"Disallowed CORS method"),
    Case("preflight from elsewhere", preflight(OTHER), 400, b"Disallowed CORS origin"),
    Case("OPTIONS that is no preflight", Request("OPTIONS", "/options", (PAGE,))),
    Case("stream", get("/stream", PAGE), contains=b"abbccc"),
]
OPEN_CORS = [
    Case("any origin", get("/json", OTHER), headers={"access-control-allow-origin": "*"}),
    Case("any origin and a cookie", get("/json", OTHER, ("Cookie", "a=b"))),
    Case("preflight", preflight(OTHER, method="GET")),
]
COMPRESSION = [
    Case("large reply", get("/large?size=5000", GZIP), headers={"content-encoding": "gzip"}),
    Case("large reply to who cannot read it", get("/large?size=5000"), headers={"content-length": "5002"}),
    Case("small reply", get("/json", GZIP), contains=b"hello"),
    Case("stream", get("/stream", GZIP), headers={"content-encoding": "gzip"}),
    Case("stream from def", get("/stream-sync", GZIP), headers={"content-encoding": "gzip"}),
    Case("events are not compressed", get("/events", GZIP), contains=b"data: "),
    Case("file", get("/file-class", GZIP), headers={"content-encoding": "gzip"}),
    Case("HEAD of a file", Request("HEAD", "/file", (GZIP,))),
    Case("no content", get("/no-content", GZIP), 204),
    Case("docs", get("/openapi.json", GZIP), headers={"content-encoding": "gzip"}),
]
HOSTS = [
    Case("known host", get("/json"), contains=b"hello"),
    Case("known host with a port", Request(target="/json", host="test.example:8000"), contains=b"hello"),
    Case("host of a wildcard", Request(target="/json", host="a.sub.example"), contains=b"hello"),
    Case("other host", Request(target="/json", host="evil.example"), 400, b"Invalid host header"),
]
HTTPS = [
    Case("redirect", get("/json?a=1"), 307, headers={"location": "https://test.example/json?a=1"}),
    Case("redirect of a port", Request(target="/json", host="test.example:81"), 307),
    Case("redirect of a POST", post("/orders", b'{"name":"tea"}'), 307),
]
CLASSES = [
    Case("json", get("/json"), headers={"x-stamp": "GET", "x-added": "yes"}),
    Case("state", get("/request-in-dependency"), contains=b"true", headers={"x-stamp": "GET"}),
    Case("error without a handler", get("/unhandled"), 500),
    Case("HTTP error", get("/http-error"), 404, headers={"x-stamp": "GET"}),
    Case("stream", get("/stream"), contains=b"abbccc", headers={"x-stamp": "GET"}),
    Case("file", get("/file"), headers={"x-stamp": "GET", "content-length": "30"}),
    Case("HEAD", Request("HEAD", "/many"), headers={"x-stamp": "HEAD"}),
    Case("model", post("/orders", b'{"name":"tea"}'), headers={"x-stamp": "POST"}),
    Case(
        "yield dependencies",
        get("/yields"),
        headers={"x-stamp": "GET"},
        log=("outer opens", "inner opens", "endpoint", "background", "inner closes", "outer closes"),
    ),
    Case("raw ASGI app", post("/raw-asgi/", b"body"), headers={"x-stamp": "POST"}),
]
EVERYTHING = [
    Case("json", get("/json", PAGE, GZIP), headers={"x-stamp": "GET", "x-added": "yes"}, log=AROUND),
    Case(
        "large reply", get("/large?size=5000", PAGE, GZIP), headers={"content-encoding": "gzip"}, log=AROUND
    ),
    Case("preflight", preflight(PAGE), headers={"x-stamp": "OPTIONS"}),
    Case("error", get("/unhandled", PAGE, GZIP), 500, log=("before",)),
    Case("stream", get("/stream", PAGE, GZIP), headers={"content-encoding": "gzip"}, log=AROUND),
]
WRAPPED = {
    "functions": FUNCTIONS,
    "cors": CORS,
    "open cors": OPEN_CORS,
    "gzip": COMPRESSION,
    "hosts": HOSTS,
    "https": HTTPS,
    "classes": CLASSES,
    "everything": EVERYTHING,
}
LIMITED = [
    Case("body at the limit of the app", post("/request", b"x" * 50, "text/plain")),
    Case("body over the limit of the app", post("/request", b"x" * 51, "text/plain"), 413),
    Case(
        "body in chunks over the limit of the app", Request("POST", "/request", chunks=(b"x" * 30,) * 2), 413
    ),
    Case("model over the limit", post("/orders", b'{"name":"%b"}' % (b"x" * 60)), 413),
    Case("over the limit of the app, read by nobody", post("/unread", b"x" * 51), 413),
    Case("over the limit of the app, within its route's", post("/small", b'"%b"' % (b"x" * 15))),
    Case("over the limit, for a raw ASGI app", post("/raw-asgi/", b"x" * 51), 413),
    Case("over the limit, for a mounted app", post("/child/orders", b'{"name":"%b"}' % (b"x" * 60)), 413),
    Case("no redirect to the path with a slash", get("/slash"), 404),
]
ROOTED = [
    Case("json", get("/json"), contains=b"hello"),
    Case("request", get("/request?a=1"), contains=b'"root_path":"/api"'),
    Case("redirect to the path with a slash", get("/slash"), 307),
    Case("mounted app", get("/child/where/here"), contains=b'"/api/child"'),
    Case("raw ASGI app", get("/raw-asgi/x"), contains=b"/api/raw-asgi"),
    Case("openapi document", get("/openapi.json"), contains=b'"servers":[{"url":"/api"}]'),
    Case("static file", get("/static/digits.txt"), contains=b"0123456789"),
    Case("not found", get("/nowhere"), 404),
]
