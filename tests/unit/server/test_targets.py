"""Request lines that llhttp has not seen: read only where it would read the same."""

import httptools
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from laneway import APIRouter
from laneway.server.direct.refusal import RefusedError
from laneway.server.direct.target import Target, Targets

router = APIRouter()


@router.get("/")
async def root() -> None: ...


@router.get("/a b/{part}")
async def spaced(part: str) -> str:
    return part


@router.post("/items")
@router.get("/items")
async def items() -> None: ...


@router.get("/items/{item}")
async def item(item: str) -> str:
    return item


def targets(limit: int = 1000) -> Targets:
    made = Targets(limit)
    made.renew(router.table(Route), None)
    return made


def seen_by_llhttp(line: bytes) -> Target | None:
    """What the same line means when llhttp reads it; None when it refuses it."""
    urls: list[bytes] = []

    class Events:
        def on_url(self, url: bytes) -> None:
            urls.append(url)

    parser = httptools.HttpRequestParser(Events())
    try:
        parser.feed_data(line + b"\r\nHost: a\r\n\r\n")
        if parser.get_http_version() != "1.1":
            return None
        return targets().of_url(parser.get_method(), b"".join(urls))
    except (httptools.HttpParserError, httptools.HttpParserUpgrade, RefusedError):
        return None


def facts(target: Target) -> tuple[object, ...]:
    route = target.found.route if target.found is not None else None
    params = target.found.params if target.found is not None else None
    return target.method, target.path, target.raw_path, target.query, route, params


pieces = st.sampled_from(
    ["GET", "POST", "HEAD", "get", "FOO", " ", "  ", "\t", "/", "//", "items", "a%20b", "%2F", "%", "?", "a=1", "&",
     "#", "*", "http://a/items", "\"<>`{}|\\^", "\x7f", "\x00", "\r", "\n", "é", "HTTP/1.1", " HTTP/1.1", " HTTP/1.0"]
)  # fmt: skip
lines = st.lists(pieces, min_size=1, max_size=8).map(lambda parts: "".join(parts).encode("latin-1"))


@settings(max_examples=2000, deadline=None, database=None, derandomize=True)
@given(lines | lines.map(lambda line: b"GET /" + line + b" HTTP/1.1"))
@example(b"GET /items?a=1 HTTP/1.1")
@example(b"GET /items/%2Fx?a=%20 HTTP/1.1")
@example(b"GET /items/x#y HTTP/1.1")
@example(b"GET  /items HTTP/1.1")
@example(b"GET /items?a b HTTP/1.1")
def test_a_line_is_read_as_llhttp_reads_it_or_left_to_it(line: bytes) -> None:
    own = targets().of_line(line)

    if own is not None:
        theirs = seen_by_llhttp(line)
        assert theirs is not None
        assert facts(own) == facts(theirs)


def test_lines_of_static_paths_are_kept_when_they_come_again() -> None:
    made = targets()

    first = made.of_line(b"GET /items HTTP/1.1")
    again = made.of_line(b"GET /items HTTP/1.1")

    assert again is first
    assert made.lines == {b"GET /items HTTP/1.1": first}


def test_a_query_is_not_kept_with_its_path() -> None:
    made = targets()

    made.of_line(b"GET /items?a=1 HTTP/1.1")
    other = made.of_line(b"GET /items HTTP/1.1")

    assert other is not None
    assert other.query == b""


@pytest.mark.parametrize(
    "line",
    [b"GET  /items HTTP/1.1", b"GET /items? HTTP/1.1 HTTP/1.1", b"GET/items  HTTP/1.1", b"GET? / HTTP/1.1"],
)
def test_a_line_with_spaces_elsewhere_is_left_to_llhttp(line: bytes) -> None:
    assert targets().of_line(line) is None


@pytest.mark.parametrize("line", [b"GET /items?a=1 HTTP/1.1", b"GET /items/7 HTTP/1.1", b"GET /no HTTP/1.1"])
def test_lines_that_may_be_any_number_are_not(line: bytes) -> None:
    made = targets()

    assert made.of_line(line) is not None
    assert made.lines == {}


def test_a_query_belongs_to_one_request() -> None:
    made = targets()
    made.of_line(b"GET /items?a=1 HTTP/1.1")

    later = made.of_line(b"GET /items?b=2 HTTP/1.1")
    bare = made.of_line(b"GET /items HTTP/1.1")

    assert later is not None
    assert bare is not None
    assert (later.query, bare.query) == (b"b=2", b"")


def test_without_a_table_everything_goes_through_asgi() -> None:
    made = targets()
    made.of_line(b"GET /items HTTP/1.1")

    made.renew(None, None)

    target = made.of_line(b"GET /items HTTP/1.1")
    assert target is not None
    assert target.found is None


def test_a_long_target_is_refused_with_414() -> None:
    with pytest.raises(RefusedError) as caught:
        targets(limit=10).of_url(b"GET", b"/" + b"x" * 10)

    assert caught.value.status == 414
    assert "10 bytes" in caught.value.text


def test_a_long_line_is_left_to_the_parser() -> None:
    assert targets(limit=10).of_line(b"GET /items/1234567 HTTP/1.1") is None


def test_a_url_means_its_path() -> None:
    target = targets().of_url(b"GET", b"http://other/items?a=1")

    assert (target.path, target.query) == ("/items", b"a=1")
    assert target.found is not None


def test_head_is_left_to_asgi() -> None:
    assert targets().of_url(b"HEAD", b"/items").found is None


def direct(*build: str) -> bool:
    """Whether `GET /items/7` is served by its plan in an app that declares these, in this order."""
    app = APIRouter()
    for one in build:
        if one == "item":
            app.add_api_route("/items/{item}", item, methods=["GET"])
        elif one == "same path":
            app.add_api_route("/items/{item}", item, methods=["PUT"])
        elif one == "literal beside":
            app.add_api_route("/items/me", items, methods=["GET"])
        elif one == "number":
            app.add_api_route("/items/{item:int}", item, methods=["GET"])
        else:
            app.mount(one, PlainTextResponse("mounted"))
    made = Targets(1000)
    made.renew(app.table(Route), None)
    target = made.of_line(b"GET /items/7 HTTP/1.1")
    return target is not None and target.found is not None


@pytest.mark.parametrize(
    "build",
    [
        ("item",),
        ("same path", "item", "literal beside"),
        ("number",),
        ("/static", "item"),
        ("/item", "item"),
        ("item", "/items"),
    ],
)
def test_a_route_that_no_other_can_win_over_is_served_directly(build: tuple[str, ...]) -> None:
    assert direct(*build)


@pytest.mark.parametrize("build", [("/items", "item"), ("", "item"), ("/{any}", "item"), ("same path",)])
def test_one_that_a_mount_before_may_win_over_is_not(build: tuple[str, ...]) -> None:
    assert not direct(*build)
