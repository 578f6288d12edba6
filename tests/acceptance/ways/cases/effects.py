"""Cases whose work shows beside the reply, and those with errors."""

from ..wire import get
from .case import Case

OPENS = ("outer opens", "inner opens")
CLOSES = ("inner closes", "outer closes")

DEPENDENCIES = [
    Case("four dependencies", get("/four-deps?a=10"), contains=b'{"sum":19}'),
    Case("four dependencies of a def endpoint", get("/four-deps-sync?d=0"), contains=b'{"sum":7}'),
    Case("error in a dependency's parameter", get("/four-deps?c=x"), 422, b'["query","c"]'),
    Case(
        "yield dependencies",
        get("/yields"),
        contains=b"outer, inner",
        log=(*OPENS, "endpoint", "background", *CLOSES),
    ),
    Case(
        "yield dependencies of a def endpoint",
        get("/yields-sync"),
        contains=b"outer, inner",
        log=(*OPENS, "endpoint", "background", *CLOSES),
    ),
    Case(
        "yield dependency with the scope of the function",
        get("/yields-function-scope"),
        log=("outer opens", "outer closes", "background"),
    ),
    Case(
        "yield dependencies and an error",
        get("/yields-error"),
        500,
        log=(*OPENS, "inner closes", "outer sees UnheardError", "outer closes"),
    ),
    Case(
        "yield dependencies and an HTTP error",
        get("/yields-http-error"),
        409,
        b"outer, inner",
        log=(*OPENS, "inner closes", "outer sees HTTPException", "outer closes"),
    ),
    Case("error after yield", get("/fails-after-yield"), contains=b'"sent"', log=("about to fail",)),
    Case("error swallowed by a dependency", get("/swallowed"), 500),
    Case("HTTP error in a dependency", get("/dependency-fails"), 401, headers={"www-authenticate": "Basic"}),
]
BACKGROUND = [
    Case("background tasks", get("/background"), contains=b"sent before", log=("slow", "threaded")),
    Case("background task of a response", get("/background-response"), contains=b"true", log=("done",)),
    Case("background task that fails", get("/background-fails"), contains=b"sent", log=("failing",)),
    Case("context of a background task", get("/log-of-context"), contains=b"sent", log=("endpoint",)),
]
ERRORS = [
    Case("HTTP error", get("/http-error"), 404, b'{"detail":{"why":"asked for"}}', {"x-why": "asked"}),
    Case("HTTP error of another status", get("/http-error?status=599"), 599),
    Case("HTTP error in def", get("/http-error-sync"), 403, b'{"detail":"Forbidden"}'),
    Case("HTTP error without a body", get("/http-error-no-body"), 304, headers={"etag": '"2"'}),
    Case("error with a handler", get("/handled"), 503, b"out of tea: again", {"retry-after": "9"}),
    Case("error with a handler in def", get("/handled-sync"), 503, b"out of tea: in a thread"),
    Case("error without a handler", get("/unhandled"), 500, b"Internal Server Error"),
    Case("error without a handler in def", get("/unhandled-sync"), 500, b"Internal Server Error"),
    Case("group of errors", get("/unhandled-group"), 500, b"Internal Server Error"),
    Case("own validation error", get("/own-validation-error"), 422, b'"msg":"No"'),
]
RUNNING = [
    Case(
        "what helpers find",
        get("/helpers"),
        contains=b'{"library":"asyncio","name":true,"deadline":true,'
        b'"cancelled":false,"loop":true,"task id":true}',
    ),
    Case("endpoint that awaits", get("/awaits?times=10"), contains=b"10"),
    Case("endpoint that awaits nothing", get("/awaits?times=0"), contains=b"0"),
    Case("endpoint that sleeps", get("/sleeps"), contains=b"0.02"),
    Case("endpoint with a task group", get("/groups"), contains=b"[0,1,4]"),
    Case("endpoint that uses a thread", get("/to-thread"), contains=b"4"),
    Case("context variable", get("/context?value=a"), contains=b"nothing"),
    Case("context variable set by a dependency", get("/context-dependency"), contains=b"set by a dependency"),
]
EFFECTS = [*DEPENDENCIES, *BACKGROUND, *ERRORS, *RUNNING]
