"""What is said about a request: the server as the client addressed it, the method, the URL."""

import pytest
from starlette.types import Scope

from laneway.telemetry.attributes import (
    KNOWN_METHODS,
    http_attributes,
    known_methods,
    server_attributes,
    url_attributes,
    websocket_attributes,
)


def request_to(host: str | None, scheme: str = "http") -> Scope:
    headers = [] if host is None else [(b"host", host.encode())]
    return {"type": "http", "scheme": scheme, "headers": headers, "server": ("10.0.0.1", 8000), "path": "/"}


@pytest.mark.parametrize(
    ("host", "scheme", "address", "port"),
    [
        ("shop.example", "http", "shop.example", 80),
        ("shop.example", "https", "shop.example", 443),
        ("shop.example:8443", "https", "shop.example", 8443),
        ("[2001:db8::1]", "http", "2001:db8::1", 80),
        ("[2001:db8::1]:81", "http", "2001:db8::1", 81),
        (None, "http", "10.0.0.1", 8000),
    ],
)
def test_the_server_is_the_one_that_the_client_addressed(
    host: str | None, scheme: str, address: str, port: int
) -> None:
    assert server_attributes(request_to(host, scheme)) == {"server.address": address, "server.port": port}


def test_an_unknown_scheme_has_no_port_of_its_own() -> None:
    assert server_attributes(request_to("shop.example", "coap")) == {"server.address": "shop.example"}


@pytest.mark.parametrize(
    "host", ["", "shop.example:x", "shop.example:99999", "[x", "me:pw@shop.example", "a/b", "a?b"]
)
def test_a_malformed_host_says_nothing(host: str) -> None:
    """It must neither fail the request nor be recorded."""
    assert server_attributes(request_to(host)) == {}


def test_a_server_without_address_says_nothing() -> None:
    assert server_attributes({"type": "http", "headers": [], "server": None}) == {}


def test_the_query_is_there_only_if_it_was_sent() -> None:
    assert url_attributes({"path": "/a", "query_string": b""}) == {"url.path": "/a"}
    assert url_attributes({"path": "/a", "query_string": b"sig=1"})["url.query"] == "sig=REDACTED"


def test_the_protocol_version_is_there_only_if_the_server_knows_it() -> None:
    assert http_attributes({}, "GET") == {"url.scheme": "http", "http.request.method": "GET"}
    assert http_attributes({"http_version": "2"}, "GET")["network.protocol.version"] == "2"


def test_a_websocket_is_no_http_request() -> None:
    assert websocket_attributes({"scheme": "wss"}) == {
        "url.scheme": "wss",
        "network.protocol.name": "websocket",
    }


def test_the_methods_of_http_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KNOWN_METHODS, raising=False)

    assert {"GET", "QUERY", "TRACE"} < known_methods()
    assert "PROPFIND" not in known_methods()


def test_the_environment_may_list_other_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KNOWN_METHODS, " PROPFIND , GET,")

    assert known_methods() == {"PROPFIND", "GET"}


def test_an_empty_list_of_methods_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KNOWN_METHODS, " , ")

    assert "GET" in known_methods()
