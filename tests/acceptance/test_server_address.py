"""Where `laneway run` listens, with whom it speaks, and whom it believes."""

import json
import re
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from laneway.exceptions import LanewayError
from laneway.server.checking import check
from laneway.server.options import RunOptions

from .server_process import COMMAND, environment, make_certificate, over_tls, running, wait_until
from .ways.wire import Line, get

ASKED = b"GET /fast HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


def through_curl(folder: Path, *arguments: str) -> dict[str, object]:
    """The JSON that curl gets."""
    done = subprocess.run(
        ["curl", "-sS", *arguments], cwd=folder, capture_output=True, text=True, timeout=20, check=True
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


# -- inherited sockets


@pytest.mark.parametrize(
    ("family", "workers"),
    [(socket.AF_INET, "2"), (socket.AF_INET6, "1"), (socket.AF_UNIX, "1")],
    ids=["IPv4", "IPv6", "Unix"],
)
def test_a_socket_can_be_inherited(tmp_path: Path, family: socket.AddressFamily, workers: str) -> None:
    """As systemd passes it: bound and listening, under a number."""
    with socket.socket(family) as listening:
        place = {socket.AF_INET: ("127.0.0.1", 0), socket.AF_INET6: ("::1", 0)}.get(
            family, str(tmp_path / "s")
        )
        listening.bind(place)
        listening.listen()
        with (
            running(
                tmp_path,
                "--fd",
                str(listening.fileno()),
                "--workers",
                workers,
                pass_fds=(listening.fileno(),),
            ),
            socket.socket(family) as client,
        ):
            client.settimeout(10)
            client.connect(listening.getsockname())
            client.sendall(ASKED)

            assert client.makefile("rb").read().endswith(b'{"a":1}')


def test_clients_wait_in_an_inherited_socket_while_the_server_restarts(tmp_path: Path) -> None:
    """Which is what socket activation is for: nobody is refused."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.fileno()
        with running(tmp_path, "--fd", str(number), pass_fds=(number,)):
            pass
        with Line(listening.getsockname()) as waiting:
            waiting.send(get("/fast").raw)
            with running(tmp_path, "--fd", str(number), pass_fds=(number,)):
                assert waiting.reply().status == 200


def test_a_number_without_a_socket_is_named(tmp_path: Path) -> None:
    """With the way out."""
    (tmp_path / "main.py").write_text("")
    done = subprocess.run(
        [*COMMAND, "--fd", "77"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.returncode == 1
    assert (
        "cannot listen on file descriptor 77: bad file descriptor; systemd's first socket is --fd 3"
        in done.stderr
    )


# -- proxies

FORWARDED = ("-H", "X-Forwarded-For: 192.0.2.7", "-H", "X-Forwarded-Proto: https")


@pytest.mark.parametrize(
    ("trusted", "sent", "client"),
    [
        ("127.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.0/8,127.0.0.0/8", "192.0.2.7", "192.0.2.7"),
        ("*", "192.0.2.7, 10.0.0.1", "192.0.2.7"),
        ("127.0.0.1,10.0.0.1", "198.51.100.1, 192.0.2.7, 10.0.0.1", "192.0.2.7"),
        ("127.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
        ("192.0.2.1", "192.0.2.7", "127.0.0.1"),
        ("", "192.0.2.7", "127.0.0.1"),
    ],
)
def test_only_a_trusted_proxy_is_believed(tmp_path: Path, trusted: str, sent: str, client: str) -> None:
    """The nearest address that is none of theirs counts; what is before it anyone may have written."""
    with running(tmp_path, "--forwarded-allow-ips", trusted) as server:
        seen = through_curl(
            tmp_path, "-H", f"X-Forwarded-For: {sent}", "-H", "X-Forwarded-Proto: https", server.url
        )

        assert seen["client"] == client
        assert seen["scheme"] == ("http" if client == "127.0.0.1" else "https")
        server.wait_for(rf'INFO:     {re.escape(client)}:\d+ - "GET / HTTP')


def test_a_proxy_over_ipv6_is_believed(tmp_path: Path) -> None:
    """Addresses are compared, not how they are written."""
    with running(tmp_path, "--host", "::1", "--forwarded-allow-ips", "0:0:0:0:0:0:0:1") as server:
        assert through_curl(tmp_path, "-g", *FORWARDED, server.url)["client"] == "192.0.2.7"


@pytest.mark.parametrize("direct", ["--direct", "--no-direct"])
@pytest.mark.parametrize(("trusted", "client"), [("127.0.0.1", None), ("*", "192.0.2.7")])
def test_a_proxy_on_a_unix_socket_has_no_address(
    tmp_path: Path, direct: str, trusted: str, client: str | None
) -> None:
    """Only `*` means it, as under uvicorn."""
    with running(tmp_path, "--uds", "app.sock", "--forwarded-allow-ips", trusted, direct):
        seen = through_curl(tmp_path, "--unix-socket", "app.sock", *FORWARDED, "http://x/")

        assert seen["client"] == client


# -- TLS


def test_https_is_served(tmp_path: Path) -> None:
    """The scheme is known to the app."""
    certificate, key = make_certificate(tmp_path)
    with running(tmp_path, "--ssl-certfile", str(certificate), "--ssl-keyfile", str(key)) as server:
        assert server.url.startswith("https://")
        assert through_curl(tmp_path, "--cacert", str(certificate), server.url)["scheme"] == "https"


def test_a_key_may_have_a_password(tmp_path: Path) -> None:
    """Given in the environment."""
    certificate, key = make_certificate(tmp_path, "-passout", "pass:secret")
    options = ("--ssl-certfile", str(certificate), "--ssl-keyfile", str(key))
    with running(tmp_path, *options, LANEWAY_SSL_KEYFILE_PASSWORD="secret") as server:
        assert through_curl(tmp_path, "--cacert", str(certificate), f"{server.url}/fast") == {"a": 1}


def test_clients_may_have_to_show_a_certificate(tmp_path: Path) -> None:
    """Of an authority that the server knows."""
    certificate, key = make_certificate(tmp_path)
    files = (
        "--ssl-certfile",
        str(certificate),
        "--ssl-keyfile",
        str(key),
        "--ssl-ca-certs",
        str(certificate),
    )
    with running(tmp_path, *files, "--ssl-cert-reqs", "required") as server:
        shown = ("--cert", str(certificate), "--key", str(key), "--cacert", str(certificate))
        assert through_curl(tmp_path, *shown, f"{server.url}/fast") == {"a": 1}
        with pytest.raises(subprocess.CalledProcessError):
            through_curl(tmp_path, "--cacert", str(certificate), f"{server.url}/fast")


def test_old_versions_of_tls_are_refused(tmp_path: Path) -> None:
    """Those before the one that is asked for."""
    certificate, key = make_certificate(tmp_path)
    options = ("--ssl-certfile", str(certificate), "--ssl-keyfile", str(key), "--ssl-version", "1.3")
    with running(tmp_path, *options) as server:
        with pytest.raises(ssl.SSLError):
            over_tls(server, certificate, maximum_version=ssl.TLSVersion.TLSv1_2)
        with over_tls(server, certificate) as line:
            assert line.version() == "TLSv1.3"


def test_a_slow_client_over_tls_gets_all_of_it(tmp_path: Path) -> None:
    """Byte by byte in, and 4 MB out in small reads."""
    certificate, key = make_certificate(tmp_path)
    with (
        running(tmp_path, "--ssl-certfile", str(certificate), "--ssl-keyfile", str(key)) as server,
        over_tls(server, certificate) as line,
    ):
        for byte in b"GET /large?size=4194304 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n":
            line.sendall(bytes([byte]))
        size, part = 0, b"x"
        while part:
            part = line.recv(16384)
            size += part.count(b"x")
            time.sleep(0.0005)

        assert size >= 4194304


def test_a_client_that_speaks_no_tls_disturbs_nobody(tmp_path: Path) -> None:
    """Its connection is closed; nothing is logged but what uvicorn logs, too."""
    certificate, key = make_certificate(tmp_path)
    with running(tmp_path, "--ssl-certfile", str(certificate), "--ssl-keyfile", str(key)) as server:
        with server.connect() as line:
            line.send(ASKED)
            line.rest()

        assert through_curl(tmp_path, "--cacert", str(certificate), f"{server.url}/fast") == {"a": 1}
        assert "Traceback" not in server.said


def test_what_tls_cannot_use_is_named(tmp_path: Path) -> None:
    """Before the server starts, with the option and the reason."""
    certificate, key = make_certificate(tmp_path, "-passout", "pass:secret")
    (tmp_path / "text").write_text("no key")
    wrong: list[tuple[dict[str, object], str]] = [
        ({"ssl_keyfile": key}, "--ssl-keyfile belongs to a certificate; add --ssl-certfile"),
        ({"ssl_certfile": tmp_path / "none"}, "--ssl-certfile .*/none is no file"),
        ({"ssl_certfile": certificate, "ssl_keyfile": key}, "is there a password\\? --ssl-keyfile-password"),
        ({"ssl_certfile": tmp_path / "text"}, "--ssl-certfile and --ssl-keyfile cannot be used"),
        ({"ssl_certfile": certificate, "ssl_cert_reqs": "required"}, "add --ssl-ca-certs"),
    ]
    for options, message in wrong:
        with pytest.raises(LanewayError, match=message):
            check(RunOptions(**options))  # type: ignore[arg-type]


# -- HTTP/2


def test_what_http2_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its installation."""
    monkeypatch.setattr("laneway.server.checking.find_spec", lambda name: None)

    with pytest.raises(
        LanewayError, match=r'--http2 needs zttp; get it with: pip install "laneway\[http2\]"'
    ):
        check(RunOptions(http2=True))


# -- what is said at the start


def test_the_start_says_what_is_served_directly(tmp_path: Path) -> None:
    """And what is not."""
    app = (
        "from laneway import Laneway, WebSocket\n"
        "app = Laneway()\n"
        "@app.get('/')\nasync def home() -> int: return 1\n"
        "@app.websocket('/talk')\nasync def talk(socket: WebSocket) -> None: ...\n"
        "app.mount('/old', Laneway())\n"
    )
    with running(tmp_path, app=app) as server:
        server.wait_for(r"Direct path: on; through ASGI: mount /old, WebSockets\n")


@pytest.mark.parametrize(
    ("options", "app", "why"),
    [
        (["--no-direct"], "from laneway import Laneway\napp = Laneway()\n", "--no-direct"),
        (
            [],
            "from starlette.applications import Starlette\napp = Starlette()\n",
            "the app is a Starlette, not a Laneway",
        ),
        ([], "from laneway import Laneway\napp = Laneway(root_path='/x')\n", "the app has a root_path"),
    ],
)
def test_the_start_says_why_nothing_is_served_directly(
    tmp_path: Path, options: list[str], app: str, why: str
) -> None:
    """In the words of the options."""
    with running(tmp_path, *options, app=app) as server:
        server.wait_for(rf"Direct path: off: {why}\n")


# -- reload


def test_a_restart_by_reload_keeps_the_address(tmp_path: Path) -> None:
    """The new code answers on the direct path, and the old process is gone."""
    with running(tmp_path, "--reload") as server:
        old = int(server.ask("/pid").body)
        (tmp_path / "main.py").write_text((tmp_path / "main.py").read_text().replace('{"a": 1}', '{"a": 2}'))

        assert wait_until(lambda: server.ask("/fast").body == b'{"a":2}', 20)
        assert not Path(f"/proc/{old}").exists()
        server.stop(signal.SIGINT)
        assert server.status() == 0
