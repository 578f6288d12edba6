"""An app written for FastAPI, in several files, served by Laneway without a change.

Both ways of starting it are tested: the command, and the hook in a program of one's own with spawned workers.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

APPS = Path(__file__).parents[1] / "data" / "fastapi_shop"
PROGRAM = """\
import laneway.fastapi.hook  # first, and at the top: spawned workers import this file, too
import uvicorn

if __name__ == "__main__":
    uvicorn.run("shop.main:app", port=0, workers=2)
"""
STARTS = {
    "command": ["-m", "laneway", "run", "--fastapi", "shop.main:app", "--port", "0"],
    "hook": ["serve.py"],
}


class Shop:
    """The served app, seen through HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, object, Message]:
        """Status, JSON (or text) and headers of a reply."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(self.url + path, body, named, method=method)
        try:
            with urlopen(request, timeout=10) as reply:
                return reply.status, content(reply.read()), reply.headers
        except HTTPError as error:
            with error:
                return error.code, content(error.read()), error.headers

    def log_in(self, name: str, password: str = "secret") -> tuple[int, object]:
        """The reply to the OAuth2 password form."""
        form = urlencode({"username": name, "password": password}).encode()
        return self.call("POST", "/token", form, content_type="application/x-www-form-urlencoded")[:2]


def content(body: bytes) -> object:
    """The JSON of a body, or its text."""
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()


def poison(directory: Path) -> Path:
    """A directory with a `fastapi` that fails when it is imported, in place of the real one."""
    package = directory / "poison" / "fastapi"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('this is not Laneway')")
    return package.parent


@pytest.fixture(scope="module", params=STARTS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The app, served in one of the ways; no process of it can import the real FastAPI."""
    directory = tmp_path_factory.mktemp(request.param)
    (directory / "serve.py").write_text(PROGRAM)
    process = subprocess.Popen(
        [sys.executable, *STARTS[request.param]],
        cwd=directory,
        env=environment(poison(directory), APPS),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Shop(address(process))
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def environment(*path: Path) -> dict[str, str]:
    """The environment with directories to import from, before all others."""
    paths = [*map(str, path), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONUNBUFFERED": "1"}


def address(process: subprocess.Popen[str]) -> str:
    """Where a server listens, as soon as it does."""
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            wait_for_port(process, int(found[1]))
            return found[0]
    raise AssertionError(f"the server ended: {said}")


def wait_for_port(process: subprocess.Popen[str], port: int) -> None:
    """Return when a port is open; uvicorn's parent process tells it before its workers listen."""
    while process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    raise AssertionError("the server ended")


def test_a_router_under_a_prefix_is_served(shop: Shop) -> None:
    """Included routers keep prefix, path parameters and response model."""
    assert shop.call("GET", "/api/items/1")[:2] == (200, {"name": "pen", "price": 1.5, "stock": 3})


def test_query_parameters_are_converted(shop: Shop) -> None:
    """Types and rules of the signature hold."""
    status, items, _ = shop.call("GET", "/api/items?limit=1")

    assert (status, items) == (200, [{"name": "pen", "price": 1.5, "stock": 3}])


def test_an_http_exception_is_the_reply(shop: Shop) -> None:
    """The detail goes out as JSON."""
    assert shop.call("GET", "/api/items/99")[:2] == (404, {"detail": "No such item"})


def test_the_apps_own_handler_sees_every_validation_error(shop: Shop) -> None:
    """RequestValidationError of `fastapi.exceptions` is what is raised."""
    assert shop.call("GET", "/api/items?limit=x")[:2] == (422, {"invalid": ["query.limit"]})


def test_the_apps_own_exception_is_handled(shop: Shop) -> None:
    """Handlers are found by exception class."""
    assert shop.call("POST", "/api/items/2/buy")[:2] == (409, {"sold_out": "ink"})


def test_the_login_form_gives_a_token(shop: Shop) -> None:
    """OAuth2PasswordRequestForm reads the form."""
    assert shop.log_in("ann") == (200, {"access_token": "token-of-ann", "token_type": "bearer"})


def test_a_wrong_password_is_refused(shop: Shop) -> None:
    """The endpoint's own error goes out."""
    assert shop.log_in("ann", "guess") == (400, {"detail": "Wrong name or password"})


def test_a_missing_token_is_refused(shop: Shop) -> None:
    """The security scheme answers before the endpoint runs."""
    status, _, headers = shop.call("GET", "/me")

    assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")


def test_the_response_model_hides_fields(shop: Shop) -> None:
    """`response_model_exclude` holds."""
    assert shop.call("GET", "/me", authorization="Bearer token-of-bob")[:2] == (200, {"name": "bob"})


def test_a_missing_scope_is_refused(shop: Shop) -> None:
    """`Security(..., scopes=...)` reaches SecurityScopes."""
    body = json.dumps({"name": "cup", "price": 2}).encode()
    reply = shop.call(
        "PUT", "/api/items/3", body, authorization="Bearer token-of-bob", content_type="application/json"
    )

    assert reply[:2] == (403, {"detail": "Needs items"})


def test_a_body_is_stored_and_a_header_set(shop: Shop) -> None:
    """Body model, status code, `Response` parameter and dependencies together."""
    body = json.dumps({"name": "cup", "price": 2}).encode()
    status, item, headers = shop.call(
        "PUT", "/api/items/3", body, authorization="Bearer token-of-ann", content_type="application/json"
    )

    assert (status, item, headers["X-Editor"]) == (201, {"name": "cup", "price": 2.0, "stock": 0}, "ann")


def test_a_file_and_a_field_arrive_in_one_form(shop: Shop) -> None:
    """Multipart forms give UploadFile and text."""
    body = (
        b'--line\r\nContent-Disposition: form-data; name="title"\r\n\r\nSun\r\n'
        b'--line\r\nContent-Disposition: form-data; name="picture"; filename="sun.png"\r\n'
        b"Content-Type: image/png\r\n\r\n12345\r\n--line--\r\n"
    )
    reply = shop.call("POST", "/api/pictures", body, content_type="multipart/form-data; boundary=line")

    assert reply[:2] == (200, {"title": "Sun", "name": "sun.png", "type": "image/png", "size": 5})


def test_the_lifespan_has_run(shop: Shop) -> None:
    """What the lifespan put in `app.state` is there."""
    assert shop.call("GET", "/opened")[:2] == (200, "yes")


def test_middleware_of_fastapis_modules_works(shop: Shop) -> None:
    """`fastapi.middleware.cors` adds its headers."""
    headers = shop.call("GET", "/opened", origin="https://shop.example")[2]

    assert headers["access-control-allow-origin"] == "https://shop.example"


def test_the_document_describes_the_app(shop: Shop) -> None:
    """OpenAPI has title, version and every path."""
    _, document, _ = shop.call("GET", "/openapi.json")

    assert isinstance(document, dict)
    assert (document["info"], sorted(document["paths"])) == (
        {"title": "Shop", "version": "2.1"},
        [
            "/api/items",
            "/api/items/-/ledger",
            "/api/items/{item_id}",
            "/api/items/{item_id}/buy",
            "/api/pictures",
            "/me",
            "/opened",
            "/token",
        ],
    )
