"""The benchmark's own way to run a server, which counts how requests are served."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .server_process import APP, ServerProcess, environment
from .ways.wire import get

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_each_way_is_counted_once(tmp_path: Path, workers: str) -> None:
    """Every process writes what it has served: parsed heads, remembered ones, and what went through ASGI."""
    (tmp_path / "main.py").write_text(APP + "\napp.mount('/old', Laneway())\n")
    output, counted = tmp_path / "output.txt", tmp_path / "counted"
    counted.mkdir()
    with output.open("wb") as file:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "bench.counted",
                "run",
                f"{tmp_path / 'main.py'}:app",
                "--workers",
                workers,
            ],
            cwd=ROOT,
            env=environment(LANEWAY_PORT="0", LANEWAY_GUARD="off", BENCH_COUNTERS=str(counted)),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        server = ServerProcess(process, output)
        with server.connect() as line:
            for _ in range(5):
                line.send(get("/fast").raw)
                line.reply()
        server.ask("/old/nothing")
        server.ask("/fast")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)

    files = [json.loads(file.read_text()) for file in counted.iterdir()]
    assert {name: sum(one[name] for one in files) for name in files[0]} == {"memo": 4, "parsed": 2, "asgi": 1}
