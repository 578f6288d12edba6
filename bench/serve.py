"""The server process: `python -m bench.serve TARGET` prints its port and serves one app under uvicorn.

Every peer gets these settings: one worker, uvloop, httptools, no access log.
"""

import socket
import sys

import uvicorn


def main(target: str) -> None:
    """Serve `target` on a free loopback port until the process is ended."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(target, loop="uvloop", http="httptools", access_log=False, log_level="warning")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1])
