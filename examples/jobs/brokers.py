"""A Redis and a RabbitMQ of one's own, from the programs that are installed: on loopback ports, gone at the end.

Debian has them as `redis-server` and `rabbitmq-server`. Nothing else that runs on the machine is touched: the data lie in
a temporary folder, and RabbitMQ gets a name, a cookie and a name server (`epmd`) that no other Erlang program knows.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 60.0
RABBITMQ_PROGRAMS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/lib/rabbitmq/sbin/rabbitmq-server")


def find_redis() -> str | None:
    """The program, if it is installed."""
    return shutil.which("redis-server")


def find_rabbitmq() -> str | None:
    """The program, if it is installed: not Debian's wrapper in the path, which would run it as another user."""
    return next((program for program in RABBITMQ_PROGRAMS if Path(program).exists()), None)


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@contextmanager
def _process(command: list[str], folder: Path, env: dict[str, str] | None = None) -> Iterator[Path]:
    """A process with its children, and the file with what it says."""
    output = folder / f"{Path(command[0]).name}.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - programs of the system
            command,
            env=env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield output
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process group; what it has written goes with the folder."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait(ready: Callable[[], bool], output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it does not start: {output.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def answers(port: int, question: bytes, answer: bytes) -> bool:
    """Whether a server gives an answer that begins so."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as client:
        client.sendall(question)
        return client.recv(64).startswith(answer)
    return False


@contextmanager
def redis_server(port: int | None = None) -> Iterator[str]:
    """The URL of a Redis that writes what it is told to a file."""
    program, port = find_redis(), port or free_port()
    assert program is not None, "there is no redis-server"
    with tempfile.TemporaryDirectory(prefix="laneway-redis-") as folder:
        command = [program, "--bind", "127.0.0.1", "--port", str(port), "--appendonly", "yes", "--save", ""]
        with _process([*command, "--dir", folder], Path(folder)) as output:
            _wait(lambda: answers(port, b"PING\r\n", b"+PONG"), output)
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def rabbitmq_server(port: int | None = None) -> Iterator[str]:
    """The URL of a RabbitMQ."""
    program, port = find_rabbitmq(), port or free_port()
    assert program is not None, "there is no rabbitmq-server"
    with tempfile.TemporaryDirectory(prefix="laneway-rabbitmq-") as folder:
        home, names = Path(folder), free_port()
        env = _environment(home, port, names)
        epmd = ["epmd", "-port", str(names), "-address", "127.0.0.1"]
        with _process(epmd, home, env), _process([program], home, env) as output:
            _wait(lambda: b"Server startup complete" in output.read_bytes(), output)
            yield f"amqp://guest:guest@127.0.0.1:{port}//"


def _environment(home: Path, port: int, names: int) -> dict[str, str]:
    """What RabbitMQ reads where it should run, apart from all others."""
    config = home / "rabbitmq.conf"
    config.write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\ndisk_free_limit.absolute = 50MB\n")
    (home / "plugins").write_text("[].\n")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"laneway-{os.getpid()}-{port}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(config),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RUNNING_UNDER_SYSTEMD": "true",  # no shell in between, which would leave RabbitMQ behind
        "RABBITMQ_LOG_BASE": str(home / "logs"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}",
    }
