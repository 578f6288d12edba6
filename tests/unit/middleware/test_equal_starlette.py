"""A native layer sends what Starlette's class sends, message by message."""

import base64
import json
from typing import Any

import itsdangerous
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .asked import answering, both, scope_of

SETTINGS = settings(
    deadline=None, database=None, derandomize=True, max_examples=150, suppress_health_check=list(HealthCheck)
)
ORIGINS = ["https://a.example", "https://b.example", "http://sub.a.example", "null", "", "https://ä.example"]
METHODS = ["GET", "POST", "OPTIONS", "DELETE", "QUERY", "get"]
FIELDS = st.lists(
    st.sampled_from(
        [
            (b"vary", b"Cookie"),
            (b"vary", b"Origin"),
            (b"access-control-allow-origin", b"https://c.example"),
            (b"access-control-allow-credentials", b"no"),
            (b"content-type", b"application/json"),
            (b"x-one", b"1"),
        ]
    ),
    max_size=4,
)


def maybe(values: list[str], name: bytes) -> st.SearchStrategy[list[tuple[bytes, bytes]]]:
    """None, one or two fields with one of some values."""
    field = st.sampled_from(values).map(lambda value: (name, value.encode("latin-1")))
    return st.lists(field, max_size=2)


@st.composite
def cors_options(draw: Any) -> dict[str, Any]:
    return {
        "allow_origins": draw(st.sampled_from([(), ["*"], ORIGINS[:2], ["*", ORIGINS[0]]])),
        "allow_origin_regex": draw(st.sampled_from([None, r"https?://sub\..*"])),
        "allow_methods": draw(st.sampled_from([("GET",), ["*"], ["PUT", "DELETE"]])),
        "allow_headers": draw(st.sampled_from([(), ["*"], ["X-Token", "X-Other"]])),
        "allow_credentials": draw(st.booleans()),
        "allow_private_network": draw(st.booleans()),
        "expose_headers": draw(st.sampled_from([(), ["X-One", "X-Two"]])),
        "max_age": draw(st.sampled_from([0, 600])),
    }


@st.composite
def cors_requests(draw: Any) -> Scope:
    headers = [
        *draw(maybe(ORIGINS, b"origin")),
        *draw(maybe(METHODS, b"access-control-request-method")),
        *draw(maybe(["x-token", "X-Token, x-one", "accept", ""], b"access-control-request-headers")),
        *draw(maybe(["true"], b"access-control-request-private-network")),
    ]
    return scope_of(draw(st.sampled_from(METHODS)), headers)


@SETTINGS
@given(cors_options(), cors_requests(), FIELDS)
def test_cors(options: dict[str, Any], scope: Scope, fields: list[tuple[bytes, bytes]]) -> None:
    """Every origin, every option, every kind of request."""
    native, starlette = both(
        CORSMiddleware, options, lambda: answering(200, fields, [b"body"]), lambda: dict(scope)
    )

    assert native == starlette


ACCEPTED = ["gzip", "gzip, br", "br", "", "identity", "x-gzip", "gzip;q=0", "GZIP", "*"]
TYPES = ["application/json", "text/plain; charset=utf-8", "image/png", "audio/ogg", "Text/Event-Stream", ""]
TYPES += ["application/grpc+proto", "video/mp4;x=1"]
CODINGS = ["gzip", "br", "identity"]
PARTS = st.lists(
    st.one_of(st.binary(max_size=20), st.integers(0, 900).map(lambda size: b"word " * size)),
    min_size=1,
    max_size=4,
)


@st.composite
def gzip_responses(draw: Any) -> tuple[int, list[tuple[bytes, bytes]], list[bytes]]:
    parts = draw(PARTS)
    headers = [
        *draw(maybe(TYPES, b"content-type")),
        *draw(maybe(CODINGS, b"content-encoding"))[:1] * draw(st.booleans()),
        *draw(maybe(["Origin", "Accept-Encoding"], b"vary")),
    ]
    if draw(st.booleans()):
        headers.append((b"content-length", b"%d" % sum(map(len, parts))))
    return draw(st.sampled_from([200, 200, 206, 404])), headers, parts


@SETTINGS
@given(
    gzip_responses(),
    maybe(ACCEPTED, b"accept-encoding"),
    st.sampled_from([{}, {"minimum_size": 10, "compresslevel": 1}, {"thread_minimum_size": 100}]),
)
def test_gzip(
    response: tuple[int, list[tuple[bytes, bytes]], list[bytes]],
    accepted: list[tuple[bytes, bytes]],
    options: dict[str, Any],
) -> None:
    """Whole bodies and streams, of all types and sizes, for all kinds of clients; in a thread as well."""
    native, starlette = both(
        GZipMiddleware, options, lambda: answering(*response), lambda: scope_of("GET", accepted)
    )

    assert native == starlette


HOSTS = ["a.example", "A.example:80", "www.a.example", "x.b.example", "b.example", "evil.example", "", "a b"]
HOSTS += ["a.example:x", "[::1]", "[::1]:80", "[nonsense]", "a.example.", "a.example/evil", "user@a.example"]


@SETTINGS
@given(
    st.sampled_from([None, ["*"], ["a.example"], ["www.a.example"], ["*.b.example", "[::1]"], []]),
    st.booleans(),
    maybe(HOSTS, b"host"),
)
def test_trusted_hosts(allowed: list[str] | None, redirect: bool, host: list[tuple[bytes, bytes]]) -> None:
    """All that can stand in Host."""
    native, starlette = both(
        TrustedHostMiddleware,
        {"allowed_hosts": allowed, "www_redirect": redirect},
        lambda: answering(200, [], [b"body"]),
        lambda: scope_of("GET", host, path="/some path"),
    )

    assert native == starlette


@SETTINGS
@given(st.sampled_from(["http", "https"]), maybe([*HOSTS, "a.example:8080", "a.example:443"], b"host"))
def test_https_redirects(scheme: str, host: list[tuple[bytes, bytes]]) -> None:
    """All that can stand in Host, with and without TLS."""
    native, starlette = both(
        HTTPSRedirectMiddleware,
        {},
        lambda: answering(200, [], [b"body"]),
        lambda: scope_of("GET", host, scheme=scheme, path="/ä"),
    )

    assert native == starlette


# -- sessions

SECRET = "not a secret"


def signed(content: object, secret: str = SECRET) -> str:
    """The cookie of a session."""
    data = base64.b64encode(json.dumps(content).encode())
    return itsdangerous.TimestampSigner(secret).sign(data).decode()


COOKIES = {
    "none": None,
    "full": f"session={signed({'a': 1, 'b': [2]})}",
    "empty": f"session={signed({})}",
    "forged": f"session={signed({'a': 1}, 'another')}",
    "nonsense": "session=nonsense",
    "another": "other=1",
    "after another": f"other=1; session={signed({'a': 1})}",
}


async def untouched(request: Request) -> object:
    return None


async def reads(request: Request) -> object:
    return [request.session.get("a"), "a" in request.session, len(request.session), sorted(request.session)]


async def writes(request: Request) -> object:
    request.session["n"] = request.session.get("n", 0) + 1
    return None


async def clears(request: Request) -> object:
    request.session.clear()
    return None


async def pops(request: Request) -> object:
    return [request.session.pop("a", None), request.session.setdefault("b", 5)]


async def updates(request: Request) -> object:
    request.session.update(x=1)
    session = request.session
    session |= {"y": 2}
    return dict(session)


async def deletes(request: Request) -> object:
    if "a" in request.session:
        del request.session["a"]
    return list(request.session.items())


async def from_the_scope(request: Request) -> object:
    session = request.scope["session"]
    return [
        dict(session),
        {**session},
        json.dumps(session),
        list(session.keys()),
        list(session.values()),
        session == {"a": 1},
        session != {},
        repr(session),
        session | {"z": 1},
        {"z": 1} | session,
        list(reversed(session)),
        session.copy(),
        bool(session),
    ]


USES = [untouched, reads, writes, clears, pops, updates, deletes, from_the_scope]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"max_age": None, "https_only": True, "domain": "a.example"},
    {"same_site": "none", "path": "/x", "partitioned": True},
]


def using(use: Any) -> ASGIApp:
    """An app that uses the session."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse(await use(Request(scope)))(scope, receive, send)

    return app


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("cookie", COOKIES)
@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_sessions(use: Any, cookie: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way to use a session, with every kind of cookie."""
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda _: 2_000_000_000)
    value = COOKIES[cookie]
    headers = [(b"cookie", value.encode())] if value else []

    native, starlette = both(
        SessionMiddleware,
        {"secret_key": SECRET, **options},
        lambda: using(use),
        lambda: scope_of("GET", headers),
    )

    assert native == starlette
