"""Examples served as their readers serve them: `laneway run`, in a process of its own, on a free port."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
STOP_SECONDS = 10
READY = re.compile(r"serves (?P<app>\S+) on (?P<url>http://\S+)")


class NotServedError(Exception):
    """The server ended before it served; the message is what it said."""


@dataclass(slots=True)
class Server:
    """A running example.

    Attributes:
        url: Scheme, host and port.
        said: What it printed until it was ready.
    """

    process: "subprocess.Popen[str]"
    url: str = ""
    said: list[str] = field(default_factory=list)


@contextmanager
def served(app: str, *options: str, **environment: str) -> Iterator[Server]:
    """Serve an app for the time of a `with`.

    Args:
        app: Its file, seen from the repository's folder.
        options: Further options of `laneway run`.
        environment: Variables that it gets in addition to ours.

    Raises:
        NotServedError: It did not come up.
    """
    command = [sys.executable, "-m", "laneway", "run", app, "--port", "0", "--no-access-log", *options]
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield wait_until_ready(Server(process))
        finally:
            stop(process)


def wait_until_ready(server: Server) -> Server:
    """The server, as soon as it has said where it is."""
    assert server.process.stdout
    for line in server.process.stdout:
        server.said.append(line.rstrip())
        if ready := READY.search(line):
            server.url = ready["url"]
            return server
    raise NotServedError("\n".join(server.said))


def stop(process: "subprocess.Popen[str]") -> None:
    """End the server; clients that stay connected do not keep it."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
