"""Cases that differ in what is sent."""

from ..wire import Request, get, post
from .case import Case

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=cut"
NORMALISED = "the test client's library writes this target in another way"
REWRITTEN = "the test client's library writes this header in another way"

PATHS = [
    Case(
        "typed path and query",
        get("/items/7?q=tea&flag=yes"),
        contains=b'{"item_id":7,"q":"tea","flag":true}',
    ),
    Case("path that is no number", get("/items/seven"), 422, b"int_parsing"),
    Case(
        "path of a def endpoint",
        get("/sync-items/00000000-0000-0000-0000-000000000001?q=1&q=2"),
        contains=b'-000000000001",[1,2]]',
    ),
    Case("choice in the path", get("/kinds/jug/1.5"), contains=b'{"kind":"jug","size":1.5}'),
    Case("two errors in the path", get("/kinds/pot/0"), 422, b'"loc":["path","size"]'),
    Case("path parameter with slashes", get("/files/a/b//c.txt"), contains=b'"a/b//c.txt"'),
    Case("escaped slash", get("/text/a%2Fb"), 404),
    Case("escaped space and plus", get("/text/a%20b+c"), contains=b'"a b+c"'),
    Case("escaped utf-8", get("/text/%C3%BC%E2%9C%93"), contains='"ü✓"'.encode()),
    Case("escaped bytes that are no utf-8", get("/text/%ff%fe"), contains="\ufffd\ufffd".encode()),
    Case("percent that escapes nothing", get("/text/100%"), contains=b'"100%"', only_sockets=NORMALISED),
    Case("half an escape", get("/text/%4"), contains=b'"%4"', only_sockets=NORMALISED),
    Case("escaped percent", get("/text/%2541"), contains=b'"%41"', only_sockets=NORMALISED),
    Case("escaped letters of a static path", get("/j%73on"), contains=b"hello"),
    Case("escaped question mark", get("/text/a%3Fb?q=1"), contains=b'"a?b"'),
    Case("escaped newline", get("/text/a%0Ab"), contains=b'"a\\nb"'),
    Case("escaped NUL", get("/text/a%00b"), contains=b'"a\\u0000b"'),
    Case("dots in the path", get("/files/a/../b/./c"), contains=b'"a/../b/./c"', only_sockets=NORMALISED),
    Case("two slashes first", get("//json"), 404, only_sockets=NORMALISED),
    Case("semicolon", get("/text/a;v=1"), contains=b'"a;v=1"'),
    Case("colon and at", get("/text/a:b@c"), contains=b'"a:b@c"'),
    Case("braces and bars", get("/text/{a|b}"), contains=b'"{a|b}"', only_sockets=NORMALISED),
    Case("quotes and angles", get('/text/"<a>"'), contains=b'"\\"<a>\\""', only_sockets=NORMALISED),
    Case("long path", get("/files/" + "x" * 3000), contains=b"xxx"),
]
QUERIES = [
    Case("no query", get("/query"), contains=b'{"q":null,"x":"-"}'),
    Case("empty query", get("/query?"), contains=b'{"q":null,"x":"-"}', only_sockets=NORMALISED),
    Case("repeated name", get("/query?q=1&q=2&x-y=z"), contains=b'{"q":["1","2"],"x":"z"}'),
    Case("plus and escapes", get("/query?q=a+b&q=c%20d&q=e%2Bf"), contains=b'["a b","c d","e+f"]'),
    Case("utf-8 escapes", get("/query?q=%C3%BC"), contains='["ü"]'.encode()),
    Case("bytes that are no utf-8", get("/query?q=%ff"), contains="\ufffd".encode()),
    Case(
        "broken escapes", get("/query?q=%&q=%zz&q=%4"), contains=b'["%","%zz","%4"]', only_sockets=NORMALISED
    ),
    Case("no value", get("/query?q&q="), contains=b'["",""]'),
    Case("no name", get("/query?=1&q=2"), contains=b'["2"]'),
    Case("empty parts", get("/query?&&q=1&&"), contains=b'["1"]'),
    Case("semicolons", get("/query?q=1;q=2"), contains=b'["1;q=2"]'),
    Case("equals in the value", get("/query?q=a=b"), contains=b'["a=b"]'),
    Case("question mark in the value", get("/query?q=a?b"), contains=b'["a?b"]'),
    Case("escaped name", get("/query?%71=1&x%2Dy=2"), contains=b'{"q":["1"],"x":"2"}'),
    Case("escaped ampersand", get("/query?q=a%26b"), contains=b'["a&b"]'),
    Case("brackets", get("/query?q=[1]&q[]=2"), contains=b'["[1]"]', only_sockets=NORMALISED),
    Case("query model", get("/paging?skip=3"), contains=b'{"skip":3,"limit":10}'),
    Case("query model with errors", get("/paging?skip=-1&limit=x"), 422, b"greater_than_equal"),
    Case("boolean that is none", get("/items/1?flag=perhaps"), 422, b"bool_parsing"),
    Case("long query", get("/query?q=" + "y" * 3000), contains=b"yyy"),
]
HEADERS = [
    Case("header", get("/header", ("X-Token", "t"), ("User-Agent", "me")), contains=b'["t",null,"me"]'),
    Case("header in other case", get("/header", ("x-TOKEN", "t")), contains=b'["t",null,null]'),
    Case("missing header", get("/header"), 422, b'["header","x-token"]'),
    Case(
        "header sent twice",
        get("/header", ("X-Token", "t"), ("X-List", "a"), ("X-List", "b, c")),
        contains=b'["t",["a","b, c"],null]',
    ),
    Case(
        "header after spaces",
        get("/header", ("X-Token", "  \t t")),
        contains=b'["t",',
        only_sockets=REWRITTEN,
    ),
    Case("empty header", get("/header", ("X-Token", "")), contains=b'["",'),
    Case(
        "latin header",
        get("/header", ("X-Token", "caf\xe9")),
        contains="café".encode(),
        only_sockets=REWRITTEN,
    ),
    Case(
        "cookies",
        get("/cookie", ("Cookie", "session=a b; n=3; other=x")),
        contains=b'{"session":"a b","n":3}',
    ),
    Case("two cookie headers", get("/cookie", ("Cookie", "session=a"), ("Cookie", "n=4"))),
    Case("quoted cookie", get("/cookie", ("Cookie", 'session="q\\"x"')), contains=b"session"),
    Case("cookie that is no number", get("/cookie", ("Cookie", "n=x")), 422, b'["cookie","n"]'),
    Case("broken cookies", get("/cookie", ("Cookie", ";;=;session")), contains=b'{"session":null,"n":0}'),
    Case(
        "raw headers in order",
        post("/raw-headers", b"", "x/y", ("X-B", "1"), ("x-a", "2"), ("X-b", "3")),
        contains=b'["x-b","1"],["x-a","2"],["x-b","3"]',
    ),
]
BODIES = [
    Case(
        "model",
        post("/orders", b'{"name":"tea","tags":[{"label":"x"}]}'),
        contains=b'{"name":"tea","count":1,"tags":[{"label":"x","weight":1.0}]}',
    ),
    Case("model of a def endpoint", post("/sync-orders", b'{"name":"tea"}'), contains=b'"name":"tea"'),
    Case("model with errors", post("/orders", b'{"name":"t","count":"x"}'), 422, b"string_too_short"),
    Case("broken json", post("/orders", b'{"name":'), 422, b"json_invalid"),
    Case("empty body", post("/orders", b""), 422, b"missing"),
    Case("json that is no utf-8", post("/orders", b'{"name":"\xff\xff"}'), 400),
    Case("nothing said about the body", Request("POST", "/orders", body=b'{"name":"tea"}'), 422),
    Case(
        "plain text as json", post("/orders", b'{"name":"tea"}', "text/plain"), 422, b"model_attributes_type"
    ),
    Case("json with charset", post("/orders", b'{"name":"tea"}', "application/json; charset=utf-8")),
    Case("vendor json", post("/orders", b'{"name":"tea"}', "application/vnd.api+json")),
    Case(
        "model, path, query, body field",
        Request(
            "PUT",
            "/orders/3?urgent=1",
            (("Content-Type", "application/json"),),
            b'{"order":{"name":"tea"},"note":"n"}',
        ),
        contains=b'"urgent":true',
    ),
    Case(
        "any json",
        Request("PATCH", "/any", (("Content-Type", "application/json"),), b'[1,{"a":null}]'),
        contains=b'[1,{"a":null}]',
    ),
    Case("DELETE without a reply body", Request("DELETE", "/orders/3"), 204),
    Case(
        "body in chunks",
        Request(
            "POST", "/orders", (("Content-Type", "application/json"),), chunks=(b'{"na', b'me":', b'"tea"}')
        ),
        contains=b'"name":"tea"',
    ),
    Case("empty body in chunks", Request("POST", "/orders", chunks=()), 422),
    Case("body of 100 kB", post("/orders", b'{"name":"%b"}' % (b"x" * 100_000)), contains=b"xxx"),
    Case(
        "body of 300 kB in chunks",
        Request("POST", "/request-stream", chunks=(b"z" * 10_000,) * 30),
        contains=b"300000",
    ),
    Case("body over the limit of the route", post("/small", b'"123456789012345678901"'), 413),
    Case(
        "body in chunks over the limit of the route",
        Request(
            "POST",
            "/small",
            (("Content-Type", "application/json"),),
            chunks=(b'"12345678901', b'2345678901"'),
        ),
        413,
    ),
    Case("body at the limit of the route", post("/small", b'"123456789012345678"')),
    Case("GET with a body", Request("GET", "/json", body=b"body")),
    Case("body that nobody reads", post("/unread", b"x" * 5000), contains=b'"5000"'),
]
FORMS = [
    Case(
        "form", post("/form", b"user=me&tags=a&tags=b+c", FORM), contains=b'{"user":"me","tags":["a","b c"]}'
    ),
    Case("form without a field", post("/form", b"tags=a", FORM), 422, b'["body","user"]'),
    Case("form model", post("/form-model", b"user=%C3%BC&remember=on", FORM), contains='"ü"'.encode()),
    Case(
        "file",
        post(
            "/upload",
            b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
            b'Content-Type: text/plain\r\n\r\nhello\r\n--cut\r\nContent-Disposition: form-data; name="note"\r\n\r\n'
            b"n\r\n--cut--\r\n",
            MULTIPART,
        ),
        contains=b'{"name":"a.txt","type":"text/plain","size":5,"note":"n"}',
    ),
    Case(
        "two files in def",
        post(
            "/uploads",
            b"".join(
                b'--cut\r\nContent-Disposition: form-data; name="files"; filename="%d"\r\n\r\nc%d\r\n'
                % (n, n)
                for n in range(2)
            )
            + b"--cut--\r\n",
            MULTIPART,
        ),
        contains=b'[["0","c0"],["1","c1"],null]',
    ),
    Case("missing file", post("/upload", b"--cut--\r\n", MULTIPART), 422, b'["body","file"]'),
    Case("broken multipart", post("/upload", b"--wrong\r\n\r\n", MULTIPART), 400),
    Case("multipart without a boundary", post("/upload", b"--cut--\r\n", "multipart/form-data"), 400),
]
REQUESTS = [
    Case(
        "request",
        get("/request?a=1&b=%20", ("Cookie", "c=d")),
        contains=b'"url":"http://test.example/request?a=1&b=%20"',
    ),
    Case("request with a body", post("/request", b"body", "text/plain"), contains=b'"body":"body"'),
    Case("request with an odd path", get("/request?%zz=%"), contains=b"%zz", only_sockets=NORMALISED),
    Case(
        "request to another port",
        Request(target="/request", host="test.example:81"),
        contains=b'"base":"http://test.example:81/"',
    ),
    Case("HEAD of the request", Request("HEAD", "/request")),
    Case("path as it was sent", get("/echo/a%2Fb%20c"), contains=b'"raw":"/echo/a%2Fb%20c"'),
    Case("json of the request", post("/request-json", b'{"a":1}'), contains=b'{"json":{"a":1},"again":7}'),
    Case("broken json of the request", post("/request-json", b"{"), 500),
    Case("stream of the request", post("/request-stream", b"x" * 70_000), contains=b"70000"),
    Case("form of the request", post("/request-form", b"b=1&a=2", FORM), contains=b'["a","b"]'),
    Case(
        "request in def, with a model",
        post("/request-sync", b'{"name":"tea"}'),
        contains=b'["application/json","tea","/request-sync"]',
    ),
    Case(
        "state of the lifespan", get("/scope-state"), contains=b'{"seen before":null,"from lifespan":"yes"}'
    ),
    Case("state set by a dependency", get("/request-in-dependency"), contains=b"true"),
]
INPUTS = [*PATHS, *QUERIES, *HEADERS, *BODIES, *FORMS, *REQUESTS]
