"""HTTP/2 with `laneway run --http2`, asked by curl; HTTP/1.1 stays on the direct path."""

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from .server_process import make_certificate, running
from .ways.wire import get

if find_spec("zttp") is None:
    pytest.skip('needs zttp (pip install "laneway[http2]")', allow_module_level=True)

CLEAR = "--http2-prior-knowledge"


def through_curl(*arguments: str) -> str:
    """What curl prints."""
    done = subprocess.run(["curl", "-sS", *arguments], capture_output=True, text=True, timeout=20, check=True)
    return done.stdout


def test_both_versions_are_spoken_without_tls(tmp_path: Path) -> None:
    """The first bytes tell."""
    with running(tmp_path, "--http2") as server:
        assert json.loads(through_curl(CLEAR, server.url))["version"] == "2"
        assert json.loads(through_curl("--http1.1", server.url))["version"] == "1.1"


def test_both_versions_are_spoken_over_tls(tmp_path: Path) -> None:
    """As client and server agree in the handshake."""
    certificate, key = make_certificate(tmp_path)
    options = ("--http2", "--ssl-certfile", str(certificate), "--ssl-keyfile", str(key))
    with running(tmp_path, *options) as server:
        trust = ("--cacert", str(certificate))
        assert json.loads(through_curl("--http2", *trust, server.url))["version"] == "2"
        assert json.loads(through_curl("--http1.1", *trust, server.url))["version"] == "1.1"


def test_http_1_stays_on_the_direct_path(tmp_path: Path) -> None:
    """Its limits hold, and its replies are the same."""
    with running(tmp_path, "--http2", "--limit-target", "50") as server:
        reply = server.ask("/" + "x" * 60)

        assert (reply.status, reply.body) == (414, b"The target is longer than 50 bytes.")
        assert server.ask(get("/fast")).body == b'{"a":1}'


def test_the_limit_of_bodies_holds(tmp_path: Path) -> None:
    """It is checked on the way through ASGI."""
    with running(tmp_path, "--http2", "--limit-body", "1000") as server:
        sent = ("-o", "/dev/null", "-w", "%{http_code}", "--data-binary")
        assert through_curl(CLEAR, *sent, "x" * 1000, f"{server.url}/echo") == "200"
        assert through_curl(CLEAR, *sent, "x" * 1001, f"{server.url}/echo") == "413"


@pytest.mark.parametrize("sent", [b"", b"PRI * HTTP/2.0\r\n"])
def test_a_connection_that_never_begins_is_closed(tmp_path: Path, sent: bytes) -> None:
    """Before it has said what it speaks."""
    with running(tmp_path, "--http2", "--timeout-first-request", "0.3") as server, server.connect() as line:
        line.send(sent)

        assert line.rest() == b""


def test_a_stream_is_finished_before_the_end(tmp_path: Path) -> None:
    """Graceful stop is uvicorn's there."""
    with running(tmp_path, "--http2") as server:
        with subprocess.Popen(
            ["curl", "-sS", CLEAR, f"{server.url}/slow?seconds=1"], stdout=subprocess.PIPE
        ) as client:
            server.wait_for("slow begins")
            server.stop()
            assert client.communicate()[0] == b'"done"'
        assert server.status() == 0


def test_requests_are_logged(tmp_path: Path) -> None:
    """In the form that is asked for."""
    with running(tmp_path, "--http2", "--access-log-format", "json") as server:
        through_curl(CLEAR, f"{server.url}/fast")
        line = json.loads(server.wait_for(r'\{"time".*\}\n'))

    assert (line["path"], line["version"], line["status"]) == ("/fast", "2", 200)
