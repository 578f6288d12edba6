"""Behind nginx: what one of both takes for a request, the other does, too."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.ways.sites import DIRECT_ON_UVLOOP, ServedSite, wait_until
from tests.acceptance.ways.wire import Line, Request, get
from tests.hostile.app import make_app
from tests.hostile.attacks import ATTACKS, Attack
from tests.hostile.harness import complaints

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: nginx-light)")

CONFIGURATION = """
daemon off;
{user}
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 4g;
    upstream app {{ server 127.0.0.1:{app_port}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://app;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection "";
            proxy_request_buffering {buffering};
        }}
    }}
}}
"""
QUIET_SECONDS = 0.3  # after which nothing more is to be expected of an attack
BODY = b'{"id":7,"text":"behind nginx"}'


@dataclass(frozen=True, slots=True)
class Front:
    """A proxy, and the app behind it."""

    address: tuple[str, int]
    site: ServedSite

    def connect(self) -> Line:
        """A connection to nginx."""
        return Line(self.address)


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def accepts(address: tuple[str, int]) -> bool:
    """Whether somebody listens."""
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module", params=["on", "off"], ids=["bodies buffered", "bodies passed on"])
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Nginx in front of the direct path, over connections that stay open."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    with DIRECT_ON_UVLOOP.open(make_app()) as site:
        text = CONFIGURATION.format(
            folder=folder,
            port=port,
            app_port=site.address[1],
            buffering=request.param,
            user="user root;" if os.geteuid() == 0 else "",
        )
        path = Path(folder / "nginx.conf")
        path.write_text(text)
        process = subprocess.Popen(
            [NGINX or "nginx", "-p", str(folder), "-c", str(path)], stderr=subprocess.DEVNULL
        )
        try:
            address = ("127.0.0.1", port)
            assert wait_until(lambda: accepts(address) or process.poll() is not None)
            assert process.poll() is None, (folder / "error.log").read_text()
            yield Front(address, site)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


ORDINARY = [
    get("/items/1?q=a"),
    Request("POST", "/things", (("Content-Type", "application/json"),), BODY),
    Request("POST", "/things", (("Content-Type", "application/json"),), chunks=(BODY[:9], BODY[9:])),
    Request("POST", "/sync-things", (("Content-Type", "application/json"), ("Expect", "100-continue")), BODY),
    get("/stream/3"),
    get("/sync/4"),
    Request("HEAD", "/echo/5"),
    Request("POST", "/asgi/6", body=b"x" * 100_000),
]


def test_ordinary_requests_are_answered_in_turn(front: Front) -> None:
    """On one connection to nginx, and few from there."""
    with front.connect() as line:
        for request in ORDINARY * 5:
            line.send(request.raw)
            reply = line.reply(to_head=request.method == "HEAD")
            if reply.status == 100:
                reply = line.reply()

            assert reply.status == 200


def is_confusing(attack: Attack) -> bool:
    """Whether an attack is about where a request ends."""
    return b"smuggled" in attack.sent and attack.never == b"smuggled"


@pytest.mark.parametrize(
    "attack", [one for one in ATTACKS if is_confusing(one)], ids=lambda attack: attack.name
)
def test_no_reply_goes_to_another_request(attack: Attack, front: Front) -> None:
    """Each client's requests are answered as its own, whatever another has sent before on the same connections.

    nginx may well serve the second request: it has seen one. It must not be served to somebody else.
    """
    with complaints():
        with front.connect() as line:
            line.socket.settimeout(QUIET_SECONDS)
            try:
                line.send(attack.sent)
                line.rest()
            except (TimeoutError, ConnectionError):
                pass  # nginx waits for the rest of it
        for number in range(10, 14):
            with front.connect() as line:
                line.send(get(f"/items/{number}", ("Connection", "close")).raw)
                reply = line.reply()

                assert (reply.status, reply.body) == (200, b'{"item":%d,"q":""}' % number)
