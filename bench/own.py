"""`laneway run` as a child process, for programs that measure nothing else."""

import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from subprocess import DEVNULL, Popen

from bench.launch import HOST
from bench.server import cores, free_port

PATIENCE_SECONDS = 30.0


@contextmanager
def own_server(target: str, *options: str) -> Iterator[tuple[int, "Popen[bytes]"]]:
    """Serve an app on a free port; on a core of its own if there are two."""
    port = free_port()
    command = [sys.executable, "-m", "laneway", "run", target, "--port", str(port), *options]
    prefix = ["taskset", "-c", str(pair[0])] if (pair := cores()) else []
    server = Popen([*prefix, *command], stdout=DEVNULL, stderr=DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection((HOST, port), 1):
                break
            time.sleep(0.05)
        yield port, server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE_SECONDS)
