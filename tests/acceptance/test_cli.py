"""The command line as its users have it: real processes, real sockets, real terminals."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from laneway.cli import main

COMMAND = [sys.executable, "-m", "laneway"]
APP = """\
from laneway import Depends, Laneway, Request

app = Laneway(title="Shop")

async def user() -> str:
    return "ann"

@app.get("/")
async def home(request: Request) -> dict[str, object]:
    return {
        "version": 1,
        "client": request.client and request.client.host,
        "scheme": request.url.scheme,
        "root_path": request.scope["root_path"],
    }

@app.get("/items/{item_id}")
def read_item(item_id: int, user: str = Depends(user)) -> int:
    return abs(item_id)
"""


def environment(**extra: str) -> dict[str, str]:
    """The environment without options of ours, and with these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LANEWAY_")}
    # Pydantic's plugins have nothing to do with us, and some read pyproject.toml as well.
    return inherited | {"PYDANTIC_DISABLE_PLUGINS": "__all__", "COLUMNS": "120"} | extra


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory with an app in main.py."""
    (tmp_path / "main.py").write_text(APP)
    return tmp_path


def laneway(project: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The finished command."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=project,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def refusal(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Runs a command that fails before it imports the app; gives what it says, in one line."""
    monkeypatch.chdir(project)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["laneway", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code
        return " ".join(re.sub("[│╭╮╰╯─]", " ", capsys.readouterr().err).split())

    return run


class Served:
    """A server that runs.

    Attributes:
        url: Where it listens.
        said: Its standard output so far.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""
        self.url = self.wait_until_ready()

    def wait_until_ready(self) -> str:
        """The address that the server prints next."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if match := re.search(r"Laneway serves \S+ on (\S+)", line):
                return match[1]
        raise AssertionError(f"the server ended: {self.said}")

    def get(self, path: str = "/", **headers: str) -> object:
        """The JSON of a reply."""
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)


@contextmanager
def serving(project: Path, *arguments: str, **env: str) -> Iterator[Served]:
    """A server on a free port, stopped afterwards as Ctrl+C does."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=project,
        env=environment(**({"LANEWAY_PORT": "0"} | env)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Served(process)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_run_serves_the_app_on_a_free_port(project: Path) -> None:
    """`--port 0` prints the address that was bound."""
    with serving(project, "run", "--port", "0") as server:
        assert server.get("/items/3") == 3


def test_run_prints_what_it_serves(project: Path) -> None:
    """The import string, also when nobody gave one."""
    with serving(project, "run") as server:
        assert f"Laneway serves main:app on {server.url}" in server.said


def test_run_takes_a_file(project: Path) -> None:
    """As `make demo` does."""
    (project / "shop").mkdir()
    (project / "main.py").rename(project / "shop" / "service.py")

    with serving(project, "run", "shop/service.py") as server:
        assert server.get("/items/3") == 3


def test_run_takes_the_app_from_the_project_file(project: Path) -> None:
    """`[tool.laneway]` names the app and sets options."""
    (project / "main.py").rename(project / "service.py")
    (project / "pyproject.toml").write_text('[tool.laneway]\napp = "service:app"\nroot_path = "/v1"\n')

    with serving(project, "run") as server:
        assert "service:app" in server.said
        assert server.get()["root_path"] == "/v1"  # type: ignore[index]


def test_the_environment_wins_over_the_project_file(project: Path) -> None:
    """A deployment changes what the repository says."""
    (project / "pyproject.toml").write_text('[tool.laneway]\nroot_path = "/v1"\n')

    with serving(project, "run", LANEWAY_ROOT_PATH="/v2") as server:
        assert server.get()["root_path"] == "/v2"  # type: ignore[index]


def test_the_command_line_wins_over_the_environment(project: Path) -> None:
    """What is typed is meant."""
    with serving(project, "run", "--root-path", "/v3", LANEWAY_ROOT_PATH="/v2") as server:
        assert server.get()["root_path"] == "/v3"  # type: ignore[index]


def test_headers_of_a_trusted_proxy_are_believed(project: Path) -> None:
    """The client and the scheme are those that the proxy saw."""
    forwarded = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}

    with serving(project, "run", "--forwarded-allow-ips", "127.0.0.1") as server:
        seen = server.get(**forwarded)

    assert (seen["client"], seen["scheme"]) == ("192.0.2.7", "https")  # type: ignore[index]


def test_headers_of_a_proxy_can_be_ignored(project: Path) -> None:
    """Where there is no proxy, anyone can send them."""
    with serving(project, "run", "--no-proxy-headers") as server:
        assert server.get(**{"X-Forwarded-For": "192.0.2.7"})["client"] == "127.0.0.1"  # type: ignore[index]


def test_run_serves_on_a_unix_socket(project: Path) -> None:
    """The file is there while the server is, and gone afterwards."""
    path = project / "app.sock"
    with serving(project, "run", "--uds", "app.sock"), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"GET /items/3 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")

        assert client.makefile("rb").read().endswith(b"\r\n\r\n3")
    assert not path.exists()


def test_workers_share_the_address(project: Path) -> None:
    """Two processes, one announcement."""
    with serving(project, "run", "--workers", "2") as server:
        assert server.get("/items/3") == 3
    assert server.said.count("Laneway serves") == 1


def test_dev_restarts_when_a_file_changes(project: Path) -> None:
    """The new code answers on the old address."""
    with serving(project, "dev") as server:
        assert server.get()["version"] == 1  # type: ignore[index]

        (project / "main.py").write_text(APP.replace('"version": 1', '"version": "second"'))

        assert server.wait_until_ready() == server.url
        assert server.get()["version"] == "second"  # type: ignore[index]


def test_dev_waits_for_a_correction_of_broken_code(project: Path) -> None:
    """A syntax error ends the worker, not the command."""
    (project / "main.py").write_text("app = \n")
    process = subprocess.Popen(
        [*COMMAND, "dev", "--port", "0"],
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    try:
        said = ""
        while "Save a file to try again." not in said:
            said += process.stdout.readline()
        assert "SyntaxError" in said

        (project / "main.py").write_text(APP)

        assert Served(process).get("/items/3") == 3
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@pytest.mark.parametrize("more", [[], ["--workers", "2"]])
def test_fastapi_apps_run_unchanged(project: Path, more: list[str]) -> None:
    """With `--fastapi` the import of fastapi gives Laneway, in worker processes too."""
    (project / "main.py").write_text(
        "from fastapi import FastAPI\nimport laneway\napp = FastAPI()\n"
        "@app.get('/')\ndef ours() -> bool:\n    return isinstance(app, laneway.Laneway)\n"
    )

    with serving(project, "run", "--fastapi", *more) as server:
        assert server.get() is True


def test_an_app_that_cannot_be_imported_ends_the_command(project: Path) -> None:
    """With the app's own traceback and a status that says so."""
    (project / "main.py").write_text("limit = 1 / 0\n")

    done = laneway(project, "run", "--port", "0")

    assert done.returncode == 3
    assert "Error: importing 'main' failed" in done.stderr
    assert "uvicorn" not in done.stderr


def test_workers_that_cannot_start_end_the_command(project: Path) -> None:
    """No endless loop of restarts."""
    (project / "main.py").write_text("limit = 1 / 0\n")

    assert laneway(project, "run", "--port", "0", "--workers", "2").returncode == 3


def test_an_address_in_use_is_named_with_the_way_out(refusal: Callable[..., str]) -> None:
    """Before the app is imported."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        message = refusal("run", "--port", str(port))

    assert f"cannot listen on 127.0.0.1:{port}: address already in use; choose another --port" in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--port", "many"], "Invalid value for '--port': 'many' is not a whole number"),
        (["run", "--log-level", "loud"], "'loud' is none of critical, error, warning, info, debug, trace"),
        (["run", "--prot", "80"], "No such option: --prot"),
        (["run", "--reload", "--workers", "3"], "--reload restarts one process, not 3"),
        (["run", "--workers", "0"], "--workers 0 serves nobody; give 1 or more"),
        (["run", "--reload", "--reload-dir", "nowhere"], "--reload-dir nowhere is no directory"),
        (["serve"], "No such command 'serve'"),
    ],
)
def test_a_wrong_option_is_named_with_the_way_out(
    refusal: Callable[..., str], arguments: list[str], message: str
) -> None:
    """The value is in the message."""
    assert message in refusal(*arguments)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("prot = 80", "[tool.laneway] in pyproject.toml has an unknown option 'prot'; did you mean 'port'?"),
        ('port = "80"', "port = '80' in [tool.laneway] of pyproject.toml must be a number"),
        ("reload = 1", "reload = 1 in [tool.laneway] of pyproject.toml must be true or false"),
        ('log_level = "loud"', "log_level in [tool.laneway] of pyproject.toml: 'loud' is none of critical"),
        ("port =", "is not valid TOML"),
    ],
)
def test_a_wrong_option_in_the_project_file_is_named(
    project: Path, refusal: Callable[..., str], line: str, message: str
) -> None:
    """With the place and the way out."""
    (project / "pyproject.toml").write_text(f"[tool.laneway]\n{line}\n")

    assert message in refusal("run")


def test_a_wrong_value_in_the_environment_is_named(
    refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its variable."""
    monkeypatch.setenv("LANEWAY_RELOAD", "perhaps")

    message = refusal("run")

    assert "environment variable LANEWAY_RELOAD: 'perhaps' is neither true nor false" in message


def test_a_misspelt_variable_is_warned_of(project: Path) -> None:
    """Only a warning: apps have variables too."""
    done = laneway(project, "routes", LANEWAY_PROT="80")

    assert "LANEWAY_PROT is not an option; did you mean 'LANEWAY_PORT'?" in done.stderr
    assert done.returncode == 0


def test_routes_lists_the_routes(project: Path) -> None:
    """Method, path, name, lane and source."""
    lines = [line.split() for line in laneway(project, "routes").stdout.splitlines()]

    assert ["GET", "/items/{item_id}", "read_item", "thread", "main.py:17"] in lines


def test_routes_lists_for_programs(project: Path) -> None:
    """The same as JSON."""
    rows = json.loads(laneway(project, "routes", "--json").stdout)

    assert {
        "methods": ["GET"],
        "path": "/",
        "name": "home",
        "lane": "loop",
        "source": "main.py:8",
    } in rows


@pytest.mark.parametrize("route", ["GET /items/{item_id}", "get /items/5", "/items/5"])
def test_explain_shows_how_a_route_is_served(project: Path, route: str) -> None:
    """Found by its template or by a path it serves; lane, dependencies and source are shown."""
    said = laneway(project, "explain", route).stdout

    assert "GET /items/{item_id}" in said
    assert re.search(r"Lane\s+thread", said)
    assert re.search(r"Calls\s+1\. user .*\n\s+2\. the endpoint", said)
    assert "def plan(" in said


def test_explain_says_why_a_route_is_not_compiled(project: Path) -> None:
    """A route class with a handler of its own takes the general path."""
    (project / "main.py").write_text(
        "from laneway import APIRouter, Laneway\nfrom laneway.routing import APIRoute\n"
        "class Own(APIRoute):\n    def get_route_handler(self):\n        return super().get_route_handler()\n"
        "router = APIRouter(route_class=Own)\n@router.get('/own')\nasync def own(): ...\n"
        "app = Laneway()\napp.include_router(router)\n"
    )

    assert re.search(r"Path\s+general, not compiled: its class", laneway(project, "explain", "/own").stdout)


def test_explain_offers_the_nearest_route(project: Path) -> None:
    """When there is none of that path."""
    done = laneway(project, "explain", "GET /item")

    assert "no route 'GET /item'; did you mean 'GET /items/{item_id}'?" in done.stderr


def test_openapi_prints_the_document(project: Path) -> None:
    """As JSON, and nothing else on standard output."""
    document = json.loads(laneway(project, "openapi").stdout)

    assert document["info"]["title"] == "Shop"


def test_openapi_writes_a_file(project: Path) -> None:
    """For a repository or a client generator."""
    done = laneway(project, "openapi", "--output", "openapi.json")

    assert done.stdout == ""
    assert "/items/{item_id}" in json.loads((project / "openapi.json").read_text())["paths"]


def test_a_terminal_gets_a_panel(project: Path) -> None:
    """Address, docs and how to stop, where a person reads it."""
    reader, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "run", "--port", "0"], cwd=project, env=environment(), stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    said = b""
    while b"Ctrl+C" not in said:
        said += os.read(reader, 1024)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    os.close(reader)

    text = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[0-9;]*m", "", said.decode())  # links and colours
    assert re.search(r"App +main:app", text)
    assert re.search(r"Docs +http://127\.0\.0\.1:\d+/docs", text)


def test_a_missing_library_is_named_with_its_installation(project: Path) -> None:
    """The core alone has no command line."""
    program = "import sys; sys.modules['typer'] = None; from laneway.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert 'needs typer; get it with: pip install "laneway[standard]"' in done.stderr
