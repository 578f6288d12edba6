"""Cases with streams and files."""

from ..wire import Request, get
from .case import Case

OPENS = ("outer opens", "inner opens")
CLOSES = ("inner closes", "outer closes")

STREAMS = [
    Case("stream", get("/stream"), contains=b"abbccc", headers={"x-stream": "yes"}),
    Case("stream from def", get("/stream-sync"), contains=b"one two"),
    Case(
        "stream with a length",
        get("/stream-with-length"),
        contains=b"abbccc",
        headers={"content-length": "6"},
    ),
    Case("large stream", get("/stream-large"), contains=b"00039"),
    Case("empty stream", get("/stream-empty")),
    Case("stream that fails before its first part", get("/stream-fails-first"), aborts=True),
    Case("stream that fails in its middle", get("/stream-fails"), aborts=True),
    Case(
        "stream within dependencies",
        get("/stream-with-dependency"),
        contains=b"outer, inner",
        log=(*OPENS, "streamed", *CLOSES),
    ),
    Case("lines", get("/lines"), contains=b'{"number":0}\n{"number":1}\n'),
    Case("lines from def", get("/lines-sync"), contains=b'{"number":2}\n'),
    Case(
        "lines within dependencies",
        get("/lines-with-dependency"),
        contains=b"outer, inner",
        log=(*OPENS, "streamed", *CLOSES),
    ),
    Case("raw parts", get("/raw"), contains=b"raw bytes"),
    Case("raw parts from def", get("/raw-sync"), contains=b"raw text"),
    Case("events", get("/events"), contains=b'data: {"number":2}\n\n'),
    Case("events from def", get("/events-sync"), contains=b"event: tick\n"),
    Case("events resumed", get("/events-resumed", ("Last-Event-ID", "41")), contains=b"41"),
    Case("HEAD of a stream", Request("HEAD", "/stream"), 405),
]
FILES = [
    Case("file", get("/file"), contains=b"0123456789" * 3, headers={"content-length": "30"}),
    Case("HEAD of a file", Request("HEAD", "/file"), headers={"content-length": "30"}),
    Case("file with a name", get("/file-download"), headers={"x-file": "1"}),
    Case("file as the class", get("/file-class"), headers={"content-length": "262144"}),
    Case("missing file", get("/file-missing"), 500),
    Case(
        "range of a file",
        get("/file", ("Range", "bytes=2-5")),
        206,
        b"2345",
        {"content-range": "bytes 2-5/30"},
    ),
    Case("HEAD of a range of a file", Request("HEAD", "/file", (("Range", "bytes=2-5"),)), 206),
    Case("last bytes of a file", get("/file", ("Range", "bytes=-3")), 206, b"789"),
    Case("open range of a file", get("/file-class", ("Range", "bytes=262140-")), 206, b"\xfc\xfd\xfe\xff"),
    Case("range beyond the file", get("/file", ("Range", "bytes=90-")), 416),
    Case("range that is none", get("/file", ("Range", "lines=1")), 400),
    Case("range if it is unchanged", get("/file", ("Range", "bytes=0-1"), ("If-Range", '"other"')), 200),
    Case("static file", get("/static/digits.txt"), contains=b"0123456789"),
    Case("HEAD of a static file", Request("HEAD", "/static/digits.txt"), headers={"content-length": "30"}),
    Case("range of a static file", get("/static/digits.txt", ("Range", "bytes=1-2")), 206, b"12"),
    Case("static index", get("/static/"), contains=b"Static"),
    Case("static folder without a slash", get("/static"), 307),
    Case("missing static file", get("/static/none"), 404, b"Nowhere"),
    Case(
        "static file that is unchanged",
        get("/static/digits.txt", ("If-Modified-Since", "Sat, 01 Jan 2028 00:00:00 GMT")),
        304,
    ),
    Case("static file outside of the folder", get("/static/..%2f..%2fetc/passwd"), 404),
    Case("POST to a static file", Request("POST", "/static/digits.txt"), 405),
]
STREAMED = [*STREAMS, *FILES]
