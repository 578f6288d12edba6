"""The access log of `laneway run`: every request has a whole line, whatever becomes of server and reader."""

import json
import os
import re
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from .server_process import COMMAND, environment, running, wait_until
from .ways.wire import Line, get, post

LINE = re.compile(r'^INFO:     127\.0\.0\.1:\d+ - "GET /items/\w+ HTTP/1\.1" 200 OK$')


def test_a_line_is_as_uvicorn_writes_it(tmp_path: Path) -> None:
    """Address, request, status and its phrase; path and query as they would be sent."""
    with running(tmp_path) as server:
        server.ask("/items/a%20b?q=%C3%A9&secret=1")
        server.ask("/nothing")
        server.ask(post("/echo", b"12"))

        server.wait_for(
            r'INFO:     127\.0\.0\.1:\d+ - "GET /items/a%20b\?q=%C3%A9&secret=1 HTTP/1\.1" 200 OK\n'
        )
        server.wait_for(r'INFO:     127\.0\.0\.1:\d+ - "GET /nothing HTTP/1\.1" 404 Not Found\n')
        server.wait_for(r'INFO:     127\.0\.0\.1:\d+ - "POST /echo HTTP/1\.1" 200 OK\n')


def test_a_line_may_be_json(tmp_path: Path) -> None:
    """With time and size, for programs; whatever a path holds."""
    with running(tmp_path, "--access-log-format", "json") as server:
        server.ask("/items/%22%0A%C3%A9?a=%22")
        text = server.wait_for(r'\{"time".*\}\n')

    line = json.loads(text)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line.pop("time"))
    assert re.fullmatch(r"127\.0\.0\.1:\d+", line.pop("client"))
    body = len(json.dumps('"\né', ensure_ascii=False).encode())
    assert line == {
        "method": "GET",
        "path": '/items/"\né',
        "query": "a=%22",
        "version": "1.1",
        "status": 200,
        "bytes": body,
    }


@pytest.mark.parametrize("options", [["--no-direct"], []])
def test_json_lines_hold_the_same_keys_whoever_serves(tmp_path: Path, options: list[str]) -> None:
    """Without the direct path uvicorn logs, which does not know the size."""
    with running(tmp_path, "--access-log-format", "json", *options) as server:
        server.ask("/fast?x=1")
        line = json.loads(server.wait_for(r'\{"time".*\}\n'))

    assert (line["method"], line["path"], line["query"], line["status"]) == ("GET", "/fast", "x=1", 200)


@pytest.mark.parametrize("options", [["--no-access-log"], ["--log-level", "warning"]])
def test_nothing_is_logged_where_nobody_wants_it(tmp_path: Path, options: list[str]) -> None:
    """By the switch or by the level."""
    with running(tmp_path, *options) as server:
        server.ask("/fast")
        server.stop()
        server.status()

        assert "/fast" not in server.said


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_last_lines_are_not_lost(tmp_path: Path, workers: str) -> None:
    """The server is told to stop before it has written them."""
    with running(tmp_path, "--workers", workers) as server:
        for _ in range(5):
            server.ask("/fast")
        server.stop()
        server.status()

        assert server.said.count('"GET /fast HTTP/1.1" 200 OK') == 5


def ask_often(address: tuple[str, int], name: str, times: int) -> None:
    """Many requests on one connection."""
    with Line(address) as line:
        for _ in range(times):
            line.send(get(f"/items/{name}").raw)
            line.reply()


def test_lines_of_workers_are_not_mixed(tmp_path: Path) -> None:
    """Through a pipe whose reader is slow, so that it is full most of the time."""
    reader, writer = os.pipe()
    (tmp_path / "main.py").write_text("from laneway import Laneway\napp = Laneway()\n"
                                      "@app.get('/items/{name}')\nasync def item(name: str) -> str: return name\n")  # fmt: skip
    process = subprocess.Popen(
        [*COMMAND, "--workers", "2"],
        cwd=tmp_path,
        env=environment(LANEWAY_PORT="0", LANEWAY_GUARD="off"),
        stdout=writer,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    said = b""
    while not (found := re.search(rb"on http://127.0.0.1:(\d+)\n(?:.*\n)*Direct", said)):
        said += os.read(reader, 65536)
    address = ("127.0.0.1", int(found[1]))
    threads = [threading.Thread(target=ask_often, args=(address, letter * 40, 300)) for letter in "abcdefgh"]
    for thread in threads:
        thread.start()
    lines = b""
    while lines.count(b"GET /items") < 2400:
        lines += os.read(reader, 512)
    for thread in threads:
        thread.join()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    os.close(reader)

    written = [line for line in lines.decode().splitlines() if "GET" in line]
    assert len(written) == 2400
    assert not [line for line in written if not LINE.match(line)]


@pytest.mark.parametrize("way", ["closed", "nobody reads"])
def test_a_log_that_nobody_takes_does_not_stop_the_server(tmp_path: Path, way: str) -> None:
    """Standard output is closed, or is a pipe without a reader."""
    (tmp_path / "main.py").write_text("from laneway import Laneway\napp = Laneway()\n"
                                      "@app.get('/')\nasync def home() -> int: return 1\n")  # fmt: skip
    errors = tmp_path / "errors"
    reader, writer = os.pipe()
    os.close(reader)
    shell = f"exec {' '.join(COMMAND)} --uds app.sock" + (" >&-" if way == "closed" else "")
    with errors.open("wb") as file:
        process = subprocess.Popen(
            ["/bin/sh", "-c", shell], cwd=tmp_path, env=environment(), stdout=writer, stderr=file
        )
    os.close(writer)
    assert wait_until((tmp_path / "app.sock").exists, 15)
    assert wait_until(lambda: "startup complete" in errors.read_text(), 15)
    for _ in range(3):
        got = subprocess.run(
            ["curl", "-s", "--unix-socket", "app.sock", "http://x/"],
            cwd=tmp_path,
            capture_output=True,
            check=True,
        )
        assert got.stdout == b"1"
        wait_until(lambda: False, 0.4)  # longer than lines are kept
    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == 0
    assert "Traceback" not in errors.read_text()
    assert "BrokenPipe" not in errors.read_text()
