"""Requests to a design's route, made by hypothesis."""

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

from .designs import Color, Design, Item, Parameter


@dataclass(frozen=True)
class Sent:
    """One request as a server hands it over."""

    path: str
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: tuple[bytes, ...]

    def scope(self, method: str) -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": self.query,
            "root_path": "",
            "headers": [(b"host", b"test"), *self.headers],
            "client": ("127.0.0.1", 1),
            "server": ("test", 80),
        }


FITTING: dict[Any, list[str]] = {
    int: ["4", "10", "007"],
    float: ["0.5", "4", "1e0"],
    bool: ["true", "on", "0"],
}
FITTING |= {Color: ["red"], list[int]: ["1"], tuple[int, ...]: ["1"], list[int] | None: ["5"]}
FITTING |= {int | None: ["3"], Literal["a", "b"]: ["a"]}
TEXTS = ["a", "abc", "5"]
VALUES = [
    *("1", "-5", "007", " 4", "4.0", "0.1", "1e3", "nan", "abc", "a", "", "true", "on", "no", "null", "None"),
    *("red", "blue", "é", "漢", "%41", "a+b", "a b", "[1]", "1,2", "\x00", "9" * 30),
]
ODD_PARTS = [
    *(
        b"a",
        b"a=",
        b"=1",
        b"",
        b"a=1;b=2",
        b"a=%ff",
        b"a=%zz",
        b"b=%C3%A9",
        b"a=\xe9",
        b"a==",
        b"%61=1",
        b"a=+1",
    ),
    *(b"second=2", b"A=1", b"zz=1"),
]
JSON_BODIES = [
    b'{"name": "n"}',
    b'{"name": "n", "price": "2.5", "tags": ["t"], "owner": {"id": "3"}}',
    b'{"name": 5}',
    b'{"name": "n", "name": "m"}',
    b'{"item": null}',
    b'[{"name": "n"}, {"name": 1}]',
    *(b"[]", b"[1, 2]", b'["1"]', b"{}", b"null", b"5", b'"text"', b"1e400", b"NaN", b"1" * 40, b"-0.0"),
    *(
        b"",
        b" ",
        b"{",
        b"\xff",
        b'"\\ud800"',
        b"\xef\xbb\xbf{}",
        b"[1,]",
        b"{'a': 1}",
        b'{"a": 1}x',
        b'"\x01"',
    ),
    '{"name": "é"}'.encode("utf-16"),
    '{"name": "漢"}'.encode(),
]
FITTING_JSON: dict[Any, str] = {
    Item: '{"name": "n"}',
    Item | None: '{"name": "n", "price": "2.5", "owner": {"id": 3}}',
    list[Item]: '[{"name": "n"}]',
    dict[str, int]: '{"a": "1"}',
    int: "5",
    list[int]: "[1, 2]",
}
CONTENT_TYPES = [
    *(
        b"application/json",
        b"application/json; charset=utf-8",
        b"application/problem+json",
        b"Application/JSON",
    ),
    *(b"text/plain", b"application/x-www-form-urlencoded", b"", b"json", b"application/json, text/plain"),
]


@st.composite
def requests(draw: st.DrawFn, design: Design) -> Sent:
    """A request to the design's route: often a fitting one, sometimes with a fault, sometimes strange."""
    careful = draw(st.booleans())
    values = {
        parameter: draw(sent_values(parameter, careful=careful)) for parameter in design.all_parameters()
    }

    def pairs(place: str) -> list[tuple[str, str]]:
        return [(one.key, value) for one, sent in values.items() if one.place == place for value in sent]

    parts = [draw(query_part(key, value)) for key, value in pairs("query")]
    parts += [] if careful else draw(st.lists(st.sampled_from(ODD_PARTS), max_size=3))
    headers = [(key.lower().encode(), as_header(value)) for key, value in pairs("header")]
    if cookies := pairs("cookie"):
        separator = draw(st.sampled_from(["; ", ";", " ; "]))
        headers.append((b"cookie", as_header(separator.join(f"{key}={value}" for key, value in cookies))))
    content_type = b"application/json" if careful else draw(st.sampled_from([*CONTENT_TYPES, None]))
    if design.has_body and content_type is not None:
        headers.append((b"content-type", content_type))
    body = draw(bodies(design, careful=careful)) if design.has_body else ()
    return Sent(draw(paths(design)), b"&".join(parts), tuple(headers), body)


@st.composite
def paths(draw: st.DrawFn, design: Design) -> str:
    """A path of the route, mostly with values that fit."""
    in_path = [parameter for parameter in design.parameters if parameter.place == "path"]
    fitting = [FITTING.get(parameter.annotation, TEXTS) for parameter in in_path]
    return "/".join(["/r", *(draw(st.sampled_from(texts * 4 + VALUES[:10])) for texts in fitting)])


def sent_values(parameter: Parameter, *, careful: bool) -> st.SearchStrategy[list[str]]:
    """What a request gives for a parameter: mostly one value that fits."""
    fitting = FITTING.get(parameter.annotation, TEXTS)
    if careful:
        return st.lists(st.sampled_from(fitting), min_size=1, max_size=1)
    return st.lists(st.sampled_from([*fitting * 3, *VALUES]), max_size=2)


@st.composite
def query_part(draw: st.DrawFn, key: str, value: str) -> bytes:
    """`name=value`, escaped as browsers and as libraries do."""
    escape = draw(st.sampled_from([quote, quote_plus]))
    return f"{escape(key)}={escape(value)}".encode()


def as_header(value: str) -> bytes:
    return value.encode("latin-1", "replace")


@st.composite
def bodies(draw: st.DrawFn, design: Design, *, careful: bool) -> tuple[bytes, ...]:
    """The body in the pieces in which it arrives."""
    whole = fitting_body(design, embed=draw(st.booleans())) if careful else draw(st.sampled_from(JSON_BODIES))
    cut = draw(st.integers(0, len(whole)))
    return draw(st.sampled_from([(whole,), (whole[:cut], whole[cut:])]))


def fitting_body(design: Design, *, embed: bool) -> bytes:
    """A body that fits if `embed` is what the route asks for."""
    fields = {
        one.key: FITTING_JSON.get(one.annotation, '"t"')
        for one in design.all_parameters()
        if one.place == "body"
    }
    if embed or len(fields) > 1:
        return ("{" + ", ".join(f'"{key}": {value}' for key, value in fields.items()) + "}").encode()
    return "".join(fields.values()).encode()
