"""Cases that differ in what comes back."""

from ..wire import Request, get, post
from .case import Case

PLAIN = [
    Case("json", get("/json"), contains='{"hello":"world","ünï":["✓",1,2.5,null,true]}'.encode()),
    Case("typed json", get("/typed-json"), contains=b'{"a":1,"b":2}', headers={"content-length": "13"}),
    Case("large json", get("/large"), headers={"content-length": "100002"}),
    Case("number", get("/number"), contains=b"1"),
    Case("null", get("/nothing"), contains=b"null"),
    Case("many kinds of values", get("/kinds"), contains=b"00000000-0000-0000-0000-000000000007"),
    Case("def endpoint", get("/sync"), contains=b"a thread"),
    Case("annotated default", get("/annotated?q=xy"), contains=b'"xy"'),
    Case("annotated too long", get("/annotated?q=wxyz"), 422, b"string_too_long"),
    Case(
        "many headers from a browser",
        Request(headers=tuple((f"X-{n}", str(n)) for n in range(40)), target="/json"),
        contains=b"hello",
    ),
]
MODELS = [
    Case("response model", get("/model"), contains=b'{"name":"cup","price":"1.50","note":null}'),
    Case("annotated model", get("/annotated-model"), contains=b'{"name":"cup","price":"1.50","note":null}'),
    Case("list of models, unset values left out", get("/model-list"), contains=b'[{"name":"cup"},{"name":'),
    Case("response that breaks its model", get("/bad-model"), 500, b"Internal Server Error"),
]
STATUSES = [
    Case("created", post("/created", b""), 201, b"made"),
    Case("no content", get("/no-content"), 204),
    Case("no content, as a response", get("/no-content-response"), 204),
    Case("not modified", get("/not-modified"), 304, headers={"etag": '"1"'}),
    Case("status of a response", get("/teapot"), 418, b"short and stout"),
    Case("status without a phrase", get("/unknown-status"), 599, b"what?"),
]
HEADERS = [
    Case("headers, cookies, status of the response parameter", get("/headers"), 202, b'{"ok":1}'),
    Case(
        "header that is not ascii",
        get("/headers-sync"),
        headers={"x-latin": "caf\xe9"},
        only_sockets="the test client reads headers as UTF-8",
    ),
    Case("own content-length", get("/own-length"), contains=b"abcd", headers={"x-mixed-case": "yes"}),
    Case("own connection header", get("/close"), contains=b"bye", headers={"connection": "close"}),
]
CLASSES = [
    Case("plain text", get("/plain"), contains="grüße".encode()),
    Case("html", get("/html"), headers={"content-type": "text/html; charset=utf-8"}),
    Case("html from def", get("/html-sync"), contains=b"<h1>Sync</h1>"),
    Case(
        "own response class", get("/yaml"), contains=b"a: 1\n", headers={"content-type": "application/yaml"}
    ),
    Case("own response class, returned", get("/yaml-response"), contains=b"b: 2", headers={"x-kind": "yaml"}),
    Case("json response", get("/json-response"), 203, b"[1,2]"),
    Case("redirect", get("/redirect"), 307, headers={"location": "/json?to=%C3%BC"}),
    Case(
        "redirect as the class",
        get("/redirect-class"),
        303,
        headers={"location": "https://elsewhere.example/"},
    ),
]
METHODS = [
    Case("HEAD of its own", Request("HEAD", "/only-head"), headers={"x-head": "yes"}),
    Case("HEAD among many methods", Request("HEAD", "/many"), headers={"content-length": "22"}),
    Case("HEAD where there is only GET", Request("HEAD", "/json"), 405, headers={"allow": "GET"}),
    Case("HEAD of what is not there", Request("HEAD", "/nowhere"), 404),
    Case("OPTIONS of its own", Request("OPTIONS", "/options"), headers={"allow": "GET, OPTIONS"}),
    Case("OPTIONS where there is only GET", Request("OPTIONS", "/json"), 405),
    Case("PUT among many methods", Request("PUT", "/many", body=b"ignored"), contains=b"many methods"),
    Case("PROPFIND", Request("PROPFIND", "/custom-method"), contains=b"found"),
    Case("TRACE", Request("TRACE", "/json"), 405),
]
ROUTING = [
    Case("not found", get("/nowhere"), 404, b'{"detail":"Not Found"}'),
    Case("not found with a body", post("/nowhere", b"{}"), 404),
    Case("wrong method", post("/json", b"{}"), 405, b"Method Not Allowed", {"allow": "GET"}),
    Case("wrong method of many routes", Request("DELETE", "/request"), 200),
    Case(
        "redirect to the path with a slash",
        get("/slash?a=1"),
        307,
        headers={"location": "http://test.example/slash/?a=1"},
    ),
    Case(
        "redirect to the path without a slash",
        get("/json/"),
        307,
        headers={"location": "http://test.example/json"},
    ),
    Case("redirect of a POST", post("/orders/", b'{"name":"tea"}'), 307),
    Case(
        "mounted app",
        get("/child/where/here?x=1"),
        contains=b'["here","/child","/child/where/here","http://test.example/child/where/here?x=1"',
    ),
    Case("POST to a mounted app", post("/child/orders", b'{"name":"tea"}'), contains=b'"count":1'),
    Case("not found in a mounted app", get("/child/nowhere"), 404),
    Case("docs of a mounted app", get("/child/openapi.json"), contains=b'"title":"child"'),
    Case("error in a mounted app", get("/child/fails"), 500),
    Case("mounted path without a slash", get("/child"), 307),
    Case("raw ASGI app", get("/raw-asgi/a%20b?c"), contains=b"GET|/raw-asgi|/raw-asgi/a b|/raw-asgi/a%20b||"),
    Case("raw ASGI app with a body", post("/raw-asgi/", b"body"), contains=b"POST|/raw-asgi|"),
    Case("raw ASGI app asked for its head", Request("HEAD", "/raw-asgi/x")),
    Case("docs page", get("/docs"), contains=b"swagger"),
    Case("openapi document", get("/openapi.json"), contains=b'"title":"Kitchen"'),
]
ANSWERS = [*PLAIN, *MODELS, *STATUSES, *HEADERS, *CLASSES, *METHODS, *ROUTING]
