"""The server that the guard is tried on: `python -m bench.probes.guard_server LOOP GUARD`.

LOOP is `asyncio` or `uvloop`, GUARD the threshold in milliseconds or `off`. Prints the port, then each incident as a
line of JSON. Ends when its standard input does.
"""

import json
import os
import signal
import socket
import sys
import threading
from dataclasses import asdict
from typing import Literal

import uvicorn

from bench.apps.blocking import build
from laneway.guard import Incident


def _tell(incident: Incident) -> None:
    sys.stdout.write(json.dumps(asdict(incident)) + "\n")
    sys.stdout.flush()


def _end_with_input() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main(loop: Literal["asyncio", "uvloop"], guard: str) -> None:
    """Serve until the standard input ends."""
    app = build(None) if guard == "off" else build(_tell, float(guard) / 1000)
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=_end_with_input, daemon=True).start()
    config = uvicorn.Config(app, loop=loop, http="httptools", access_log=False, log_level="warning")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main("uvloop" if sys.argv[1] == "uvloop" else "asyncio", sys.argv[2])
